"""Rows of files, as a table of text: the columns that a mapping reads, and the lines that are no rows at all."""

from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import duckdb

from schemas.errors import UsageError
from schemas.mapping.mapping import Mapping
from streams.imports.fields.columns import FILE_NAME, Columns
from streams.imports.fields.numbers import present
from streams.imports.files.database import count_of, name_of, text_of
from streams.imports.files.sources import FileSource

_MALFORMED: Final = "malformed_line"


class FileRows:
    """Rows of files, in the table ``line_source``, and what was refused so far, in ``refused``.

    Attributes:
        count: Rows in the files, refused ones included.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Start with none.

        Args:
            connection: The engine.
        """
        self.count = 0
        self._connection = connection
        self._files: list[Path] = []
        self._starts: list[int] = []

    def load(self, sources: Sequence[FileSource], columns: Columns, used: set[str], mapping: Mapping) -> None:
        """Read the files.

        Args:
            sources: The files.
            columns: Their columns.
            used: Names of those that the mapping reads.
            mapping: The mapping.
        """
        names = sorted(used - {FILE_NAME})
        declared = "".join(f", {name_of(name)} VARCHAR" for name in names)
        self._connection.execute(f"CREATE TABLE loaded ({FILE_NAME} VARCHAR, {_MALFORMED} VARCHAR{declared})")
        self._connection.execute(
            "CREATE TABLE refused (row BIGINT, file INTEGER, line BIGINT, fault VARCHAR, value VARCHAR)"
        )
        for source in sources:
            self._load_file(source, columns, names)
        self._connection.execute(
            f"INSERT INTO refused SELECT rowid, NULL, NULL, 'line is no JSON object', {_MALFORMED} FROM loaded "
            f"WHERE {_MALFORMED} IS NOT NULL"
        )
        self.count = count_of(self._connection, "SELECT count(*) FROM loaded")
        self.count += count_of(self._connection, "SELECT count(*) FROM refused WHERE line IS NOT NULL")
        self._fill(names, mapping)

    def place(self, file: int | None, line: int | None, row: int) -> str:
        """Return the place of a row, for people.

        Args:
            file: Number of the file, and ``line`` in it, of what is no row.
            line: See there.
            row: Number among the rows of all files, of what is one.
        """
        if file is not None:
            return f"{self._files[file].name}, line {line:,}"
        file = bisect_right(self._starts, row) - 1
        return f"{self._files[file].name}, row {row - self._starts[file] + 1:,}"

    def _load_file(self, source: FileSource, columns: Columns, names: Sequence[str]) -> None:
        self._files.append(source.file)
        self._starts.append(count_of(self._connection, "SELECT count(*) FROM loaded"))
        said = [text_of(source.file.name), source.malformed]
        said += [_column(source, columns.in_file(name)) for name in names]
        self._connection.execute(f"INSERT INTO loaded SELECT {', '.join(said)} FROM {source.table}")
        self._take_rejected(len(self._files) - 1)

    def _take_rejected(self, file: int) -> None:
        """Keep the lines of a file that the engine could not take for a row."""
        there = "SELECT 1 FROM duckdb_tables() WHERE table_name = 'reject_errors' AND temporary"
        if not self._connection.execute(there).fetchone():
            return
        self._connection.execute(
            f"INSERT INTO refused SELECT -1, {file}, line, 'line is no row of the file', "
            "any_value(left(csv_line, 200)) FROM reject_errors GROUP BY line"
        )
        self._connection.execute("DELETE FROM reject_errors")

    def _fill(self, names: Sequence[str], mapping: Mapping) -> None:
        """Give all rows of an order what only its first row says."""
        good = f"SELECT rowid AS row, * FROM loaded WHERE {_MALFORMED} IS NULL"
        given = mapping.purchases
        if given is None or not given.order_columns or given.order_id is None:
            self._connection.execute(f"CREATE VIEW line_source AS {good}")
            return
        for name in (given.order_id, *given.order_columns):
            if name not in names:
                raise UsageError(
                    f"purchases.order_columns: {name} is no column that the mapping reads; these and order_id are of "
                    f"{', '.join(names)}"
                )
        order = name_of(given.order_id)
        filled = ", ".join(
            f"first_value({name_of(name)} IGNORE NULLS) OVER (PARTITION BY {order} ORDER BY row "
            f"ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS {name_of(name)}"
            for name in names
            if name in given.order_columns
        )
        self._connection.execute(f"CREATE TABLE line_source AS SELECT * REPLACE ({filled}) FROM ({good})")


def _column(source: FileSource, column: str | None) -> str:
    """Return SQL of a column of a file; of one that this file has not, nothing."""
    if column is None or column not in source.columns:
        return "NULL"
    return present(source.column(column))
