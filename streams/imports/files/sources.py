"""Files of any kind, as tables of text: what each can be read as, and its columns."""

import gzip
from codecs import getincrementaldecoder
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import msgspec

from schemas.errors import UsageError
from schemas.mapping.mapping import FileFormat, ReadingMapping
from streams.imports.files.database import name_of, text_of
from streams.imports.files.excel import write_as_csv

_FORMATS: Final[dict[str, FileFormat]] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "ndjson",
    ".parquet": "parquet",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".xlsb": "excel",
    ".xls": "excel",
    ".ods": "excel",
}
_COMPRESSIONS: Final = (".gz", ".zst")
_MAGIC: Final = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_BEGIN_BYTES: Final = 4_096
_LONGEST_LINE: Final = 16 * 1024 * 1024
_SAMPLED_ROWS: Final = 2_000
_CHECKED_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file as a table of text.

    Attributes:
        file: As it was given.
        columns: Names of its columns.
        table: Table function of SQL that reads it.
        is_json: True if its one column is a line of JSON, from which columns are taken by their paths.
        each: Path of the list of which each element is a row; empty where each line is one.
    """

    file: Path
    columns: tuple[str, ...]
    table: str
    is_json: bool = False
    each: str = ""

    @property
    def malformed(self) -> str:
        """SQL that gives the beginning of a line that is no JSON, and otherwise nothing."""
        return "CASE WHEN NOT json_valid(line) THEN left(line, 200) END" if self.is_json else "NULL"

    def column(self, name: str) -> str:
        """Return the expression of SQL that gives a column as text."""
        if not self.is_json:
            return f"CAST({name_of(name)} AS VARCHAR)"
        if self.each and name.startswith(f"{self.each}."):
            return f"json_extract_string(element, {text_of(_path(name.removeprefix(f'{self.each}.')))})"
        return f"CASE WHEN json_valid(line) THEN json_extract_string(line, {text_of(_path(name))}) END"


def open_source(connection: duckdb.DuckDBPyConnection, file: Path, reading: ReadingMapping, work: Path) -> FileSource:
    """Find out how a file is read, and its columns.

    Args:
        connection: The engine.
        file: The file.
        reading: What the mapping says of it.
        work: Path of a file that may be written for it, of which the name has to end in .csv.

    Raises:
        UsageError: It cannot be read.
    """
    if not begin_of(file):
        raise UsageError(f"{file} is empty")
    kind = reading.format or format_of(file)
    if kind == "excel":
        write_as_csv(file, reading.sheet, work)
        return _of_query(connection, file, _csv(work, reading.model_copy(update={"delimiter": ","})))
    if kind == "ndjson":
        return _of_json(connection, file, reading.each or "")
    table = f"read_parquet({text_of(file)})" if kind == "parquet" else _csv(file, reading)
    return _of_query(connection, file, table)


def format_of(file: Path) -> FileFormat:
    """Return the kind of a file, by its name."""
    suffixes = [suffix.lower() for suffix in file.suffixes]
    while suffixes and suffixes[-1] in _COMPRESSIONS:
        suffixes.pop()
    return _FORMATS.get(suffixes[-1] if suffixes else "", "csv")


def _of_query(connection: duckdb.DuckDBPyConnection, file: Path, table: str) -> FileSource:
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()
    except (duckdb.Error, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {str(error).splitlines()[0]}") from None
    return FileSource(file, tuple(str(row[0]) for row in described), table)


def _csv(file: Path, reading: ReadingMapping) -> str:
    options = [
        "all_varchar = true",
        "header = true",
        "store_rejects = true",
        "rejects_limit = 0",
        "null_padding = false",
    ]
    if reading.delimiter:
        options.append(f"delim = {text_of(reading.delimiter)}")
    elif ".tsv" in file.suffixes:
        options.append("delim = '\t'")
    options.append(f"encoding = {text_of(reading.encoding or _encoding_of(file))}")
    options.append(f"compression = {text_of(compression_of(file))}")
    return f"read_csv({text_of(file)}, {', '.join(options)})"


def _encoding_of(file: Path) -> str:
    """Return UTF-8 if the beginning of a file is; what is not is most often Latin-1."""
    packed = compression_of(file)
    if packed == "zstd":
        return "utf-8"
    try:
        with gzip.open(file) if packed == "gzip" else file.open("rb") as opened:
            begin = opened.read(_CHECKED_BYTES)
    except (OSError, EOFError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from None
    if begin[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    try:
        getincrementaldecoder("utf-8")().decode(begin, final=len(begin) < _CHECKED_BYTES)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def begin_of(file: Path) -> bytes:
    """Return the first bytes of a file.

    Raises:
        UsageError: It cannot be read.
    """
    try:
        with file.open("rb") as opened:
            return opened.read(_BEGIN_BYTES)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None


def compression_of(file: Path) -> str:
    """Return how a file is compressed, by its first bytes: ``gzip``, ``zstd`` or ``none``."""
    begin = begin_of(file)
    return next((name for magic, name in _MAGIC.items() if begin.startswith(magic)), "none")


def json_lines(connection: duckdb.DuckDBPyConnection, file: Path) -> str:
    """Return the table of a file's lines of JSON; an array is taken apart.

    Raises:
        UsageError: It cannot be read.
    """
    packed = f"compression = {text_of(compression_of(file))}"
    lines = (
        f"read_csv({text_of(file)}, columns = {{'line': 'VARCHAR'}}, delim = '\x01', quote = '', escape = '', "
        f"header = false, auto_detect = false, {packed}, store_rejects = true, rejects_limit = 0, "
        f"max_line_size = {_LONGEST_LINE})"
    )
    try:
        first = connection.execute(f"SELECT line FROM {lines} LIMIT 1").fetchone()
    except duckdb.Error as error:
        raise UsageError(f"{file} cannot be read: {str(error).splitlines()[0]}") from None
    if first is None or not str(first[0]).lstrip().startswith("["):
        return lines
    objects = f"read_json_objects({text_of(file)}, format = 'array', {packed})"
    return f"(SELECT regexp_replace(CAST(json AS VARCHAR), '[\r\n]+', ' ', 'g') AS line FROM {objects})"


def _of_json(connection: duckdb.DuckDBPyConnection, file: Path, each: str) -> FileSource:
    lines = json_lines(connection, file)
    try:
        first = connection.execute(f"SELECT line FROM {lines} LIMIT {_SAMPLED_ROWS}").fetchall()
    except duckdb.Error as error:
        raise UsageError(f"{file} cannot be read: {str(error).splitlines()[0]}") from None
    columns: dict[str, None] = {}
    for (line,) in first:
        columns.update(dict.fromkeys(_paths_of(str(line), each)))
    if not columns:
        raise UsageError(f"{file} has no line with a JSON object among its first {_SAMPLED_ROWS:,}")
    return FileSource(file, tuple(columns), _elements(lines, each) if each else lines, is_json=True, each=each)


def _elements(lines: str, each: str) -> str:
    """Return the table of the elements of a list, each with its line; a line without any is one row."""
    path = _path(each)
    found = f"json_extract(line, {text_of(path + '[*]')})"
    listed = f"json_valid(line) AND len({found}) > 0"
    return f"(SELECT line, unnest(CASE WHEN {listed} THEN {found} ELSE [NULL::JSON] END) AS element FROM {lines})"


def _path(name: str) -> str:
    return "$" + "".join(f'."{part}"' for part in name.split("."))


def _paths_of(line: str, each: str) -> list[str]:
    try:
        read = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return []
    return list(_paths("", read, each)) if isinstance(read, dict) else []


def _paths(before: str, given: dict[str, object], each: str) -> Iterator[str]:
    """Yield the paths of all values, with a dot between the names; of the list of rows those in its elements."""
    for name, value in given.items():
        if isinstance(value, dict):
            yield from _paths(f"{before}{name}.", value, each)
        elif isinstance(value, list) and before + name == each:
            for element in value:
                yield from _paths(f"{each}.", element, "") if isinstance(element, dict) else ()
        else:
            yield before + name
