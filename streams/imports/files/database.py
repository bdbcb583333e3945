"""The engine of an import: DuckDB on a temporary folder, with little memory, and no way to any other file."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import duckdb

from schemas.errors import UsageError

MEMORY: Final = "800MB"
"""Memory that the engine may hold; more is kept in the folder. The process takes some 300 MB beside it."""

_THREADS: Final = 2


@contextmanager
def open_database(files: Sequence[Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an empty database that may read the given files; it is gone at the end.

    Args:
        files: What may be read; they exist.

    Raises:
        UsageError: The disk is full, or the engine fails in another way that a person must mend.
    """
    with TemporaryDirectory(prefix="stayline-import-") as folder:
        connection = duckdb.connect(str(Path(folder) / "import.duckdb"))
        try:
            _restrict(connection, Path(folder), files)
            yield connection
        except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
            first = str(error).splitlines()[0]
            raise UsageError(f"the import cannot go on: {first}; TMPDIR names the folder that it works in") from None
        except duckdb.Error as error:
            first = str(error).splitlines()[0]
            raise UsageError(f"the import cannot go on: {first}; look at the expressions of the mapping") from None
        finally:
            connection.close()


def text_of(value: object) -> str:
    """Return a text literal of SQL."""
    return "'" + str(value).replace("'", "''") + "'"


def name_of(column: str) -> str:
    """Return a name of SQL, quoted."""
    return '"' + column.replace('"', '""') + '"'


def count_of(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """Return the one whole number that a query gives."""
    row = connection.execute(query).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def _restrict(connection: duckdb.DuckDBPyConnection, folder: Path, files: Sequence[Path]) -> None:
    allowed = ", ".join(text_of(file) for file in files)
    for setting in (
        f"threads = {_THREADS}",
        f"memory_limit = '{MEMORY}'",
        f"temp_directory = {text_of(folder / 'spilled')}",
        "preserve_insertion_order = true",
        "enable_progress_bar = false",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "timezone = 'UTC'",
        f"allowed_paths = [{allowed}]",
        f"allowed_directories = [{text_of(folder)}]",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}")
