"""Import of files: from their rows to events in the order of time, and to what was refused."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import duckdb

from schemas.errors import UsageError
from schemas.mapping.mapping import Mapping, MappingSection, SectionName
from streams.imports.fields.columns import Columns, find_columns
from streams.imports.fields.expressions import Expressions
from streams.imports.fields.faults import remedy_of
from streams.imports.fields.lines import LineQuery, LinesBuilder
from streams.imports.fields.numbers import macros
from streams.imports.files.database import count_of, open_database
from streams.imports.files.sources import open_source
from streams.imports.grouping import create_events, group_lines
from streams.imports.rows import FileRows

_AT_ONCE: Final = 10_000
_NO_EXPRESSIONS: Final[set[str]] = {"missing", "satisfaction_scale", "order_columns"}


@dataclass(frozen=True, slots=True)
class Refused:
    """Rows that were refused for the same fault.

    Attributes:
        setting: What the mapping calls the field that is at fault, such as ``purchases.unit_price``.
        fault: What is wrong with it.
        rows: How many there are.
        place: File and row of the first.
        value: What stands there.
        remedy: What to do.
    """

    setting: str
    fault: str
    rows: int
    place: str
    value: str | None
    remedy: str


@dataclass(frozen=True, slots=True)
class Guests:
    """Orders without a customer, which the mapping counts as guests.

    Attributes:
        orders: How many.
        revenue: Their amount by currency.
    """

    orders: int
    revenue: dict[str, float]


@contextmanager
def importing(files: Sequence[Path], mapping: Mapping, now: datetime) -> Iterator["Imported"]:
    """Import files; what was made of them is gone at the end.

    Args:
        files: CSV, NDJSON, Parquet or Excel files, all by the same mapping; of any size.
        mapping: What their columns mean.
        now: Wall clock; what lies later is refused.

    Raises:
        UsageError: A file, a setting or an expression cannot be used; the message says what to do.
    """
    for file in files:
        if not file.is_file():
            raise UsageError(f"{file} cannot be read: {'it is a folder' if file.is_dir() else 'there is no such file'}")
    with TemporaryDirectory(prefix="stayline-sheets-") as folder:
        sheets = [Path(folder) / f"{number}.csv" for number in range(len(files))]
        with open_database([*files, *sheets]) as connection:
            imported = Imported(connection, mapping)
            imported.load(files, sheets, now)
            yield imported


class Imported:
    """Files that have been imported.

    Attributes:
        times: Format by which moments were read, by section.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> None:
        """Start with nothing; :func:`importing` does the rest."""
        self.times: dict[SectionName, str] = {}
        self._connection = connection
        self._mapping = mapping
        self._rows = FileRows(connection)

    def load(self, files: Sequence[Path], sheets: Sequence[Path], now: datetime) -> None:
        """Read the files, and group their rows to events.

        Args:
            files: The files.
            sheets: For each, where it may be written as CSV.
            now: Wall clock.
        """
        for macro in macros(decimal_comma=self._mapping.reading.decimal_comma):
            self._connection.execute(macro)
        sources = [
            open_source(self._connection, file, self._mapping.reading, sheet)
            for file, sheet in zip(files, sheets, strict=True)
        ]
        columns = find_columns(self._mapping, sources)
        self._rows.load(sources, columns, self._used(columns), self._mapping)
        create_events(self._connection)
        expressions = Expressions(self._connection, columns)
        builder = LinesBuilder(self._connection, self._mapping, expressions, now)
        for section in self._mapping.sections:
            self._load_lines(builder.build(section))
            group_lines(self._connection, section)
        self.times = builder.times

    @property
    def rows(self) -> int:
        """Rows in the files, refused ones included."""
        return self._rows.count

    def events(self) -> Iterator[bytes]:
        """Yield the events in the order of time, each a line of JSON."""
        found = self._connection.cursor().execute("SELECT body FROM event ORDER BY moment, section, id")
        while rows := found.fetchmany(_AT_ONCE):
            yield from (str(row[0]).encode() for row in rows)

    def refused(self) -> list[Refused]:
        """Return the kinds of refusals, the most frequent first."""
        kinds = self._connection.execute(
            "SELECT fault, count(*), min((file, line, row, value)) FROM refused GROUP BY fault "
            "ORDER BY count(*) DESC, fault"
        ).fetchall()
        return [self._refused(fault, rows, *first) for fault, rows, first in kinds]

    def each_refused(self) -> Iterator[dict[str, object]]:
        """Yield every refused row: place, fault, value, what to do."""
        found = self._connection.cursor().execute(
            "SELECT fault, 1, file, line, row, value FROM refused ORDER BY file, line, row"
        )
        while rows := found.fetchmany(_AT_ONCE):
            for row in rows:
                one = self._refused(*row)
                yield {
                    "place": one.place,
                    "field": one.setting,
                    "fault": one.fault,
                    "value": one.value,
                    "do": one.remedy,
                }

    def left_out(self) -> int:
        """Return the number of rows that no section takes, and that nothing is wrong with."""
        taken = " UNION ALL ".join(f"SELECT row FROM {section}" for section in self._mapping.sections)
        every = count_of(self._connection, "SELECT count(*) FROM line_source")
        return every - count_of(self._connection, f"SELECT count(DISTINCT row) FROM ({taken})")

    def guests(self) -> Guests:
        """Return what guests bought, where the mapping counts them."""
        if self._mapping.purchases is None or self._mapping.customers.missing != "guests":
            return Guests(0, {})
        found = self._connection.execute(
            "SELECT currency, count(DISTINCT coalesce(key, CAST(row AS VARCHAR))), "
            "CAST(sum(CAST(quantity AS DOUBLE) * CAST(unit_price - coalesce(discount, 0) AS DOUBLE)) AS DOUBLE) "
            "FROM purchases WHERE fault IS NULL AND customer IS NULL GROUP BY currency ORDER BY currency"
        ).fetchall()
        return Guests(sum(int(row[1]) for row in found), {str(row[0]): float(row[2]) for row in found})

    def _used(self, columns: Columns) -> set[str]:
        """Return the columns that the mapping reads: the names in it, and whatever its expressions read."""
        expressions = Expressions(self._connection, columns)
        sections: list[tuple[str, MappingSection]] = [("customers", self._mapping.customers)]
        for name, section in [*sections, *self._mapping.sections.items()]:
            for setting, value in section.model_dump(exclude=_NO_EXPRESSIONS).items():
                if isinstance(value, str):
                    expressions.sql(f"{name}.{setting}", value, (value,) if value.isalpha() else ())
        return expressions.used | set(self._mapping.columns)

    def _load_lines(self, lines: LineQuery) -> None:
        self._connection.execute(f"CREATE TABLE {lines.section} AS {lines.sql()}")
        self._connection.execute(
            f"INSERT INTO refused SELECT row, NULL, NULL, fault, fault_value "
            f"FROM {lines.section} WHERE fault IS NOT NULL"
        )

    def _refused(
        self, fault: str, rows: int, file: int | None, line: int | None, row: int, value: str | None
    ) -> Refused:
        setting, _, what = fault.partition(" ")
        return Refused(setting, what, rows, self._rows.place(file, line, row), value, remedy_of(fault))
