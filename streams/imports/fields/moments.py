"""Moments as files write them: one format for all rows, chosen by reading them all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import duckdb

from schemas.errors import UsageError
from schemas.mapping.mapping import EPOCH_MILLISECONDS, EPOCH_SECONDS, ISO, TimeMapping
from streams.imports.files.database import text_of

_OFFSET: Final = r":[0-9]{2}([.][0-9]+)?\s*(Z|z|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?)$"


@dataclass(frozen=True, slots=True)
class TimeReading:
    """Reading of the moments of a column.

    Attributes:
        format: ``iso``, ``epoch_seconds``, ``epoch_milliseconds`` or a format of strptime.
        zone: Time zone of moments without an offset; None where there is none.
    """

    format: str
    zone: str | None

    def moment(self, text: str) -> str:
        """Return SQL that gives a moment in UTC; NULL for what cannot be read, or has no offset where it needs one.

        Args:
            text: SQL that gives it as text.
        """
        if self.format in {EPOCH_SECONDS, EPOCH_MILLISECONDS}:
            factor = 1_000_000 if self.format == EPOCH_SECONDS else 1_000
            return f"make_timestamp(CAST(round(number({text}) * {factor}) AS BIGINT))"
        local = f"timezone({text_of(self.zone)}, {self.local(text)})" if self.zone else "NULL::TIMESTAMPTZ"
        if self.format == ISO:
            squeezed = rf"regexp_replace({text}, '\s+([+-][0-9])', '\1')"
            milliseconds = (
                f"CASE WHEN regexp_full_match({text}, '[0-9]{{13}}') THEN to_timestamp(number({text}) / 1000) END"
            )
            local = f"CASE WHEN {has_offset(text)} THEN TRY_CAST({squeezed} AS TIMESTAMPTZ) ELSE {local} END"
            local = f"coalesce({local}, {milliseconds})"
        elif "%z" in self.format:
            local = self.local(text)
        return f"timezone('UTC', {local})"

    def local(self, text: str) -> str:
        """Return SQL that gives what the text says, whatever its zone; NULL for what cannot be read."""
        if self.format == ISO:
            return f"TRY_CAST({text} AS TIMESTAMP)"
        return f"try_strptime({text}, {text_of(self.format)})"


def has_offset(text: str) -> str:
    """Return SQL that is true of a moment that says its offset from UTC."""
    return f"regexp_matches({text}, '{_OFFSET}')"


def choose_format(
    connection: duckdb.DuckDBPyConnection, name: str, column: str, table: str, time: TimeMapping
) -> TimeReading:
    """Choose the format by which most rows can be read.

    Args:
        connection: The engine.
        name: Setting of the mapping, for people.
        column: SQL that gives the moment as text.
        table: Where it is.
        time: Section of the mapping.

    Raises:
        UsageError: Two formats read as many rows, and read them differently; or the zone is unknown.
    """
    _check_zone(connection, time.zone)
    readings = [TimeReading(one, time.zone) for one in time.formats]
    if len(readings) == 1:
        return readings[0]
    read = [f"number({column})" if one.format.startswith("epoch") else one.local(column) for one in readings]
    counted = connection.execute(f"SELECT {', '.join(f'count({one})' for one in read)} FROM {table}").fetchone() or ()
    most = max(counted)
    best = [place for place, count in enumerate(counted) if count == most]
    if most:
        _check_same(connection, name, [(readings[place].format, read[place]) for place in best], table)
    return readings[best[0]]


def _check_same(connection: duckdb.DuckDBPyConnection, name: str, best: Sequence[tuple[str, str]], table: str) -> None:
    chosen, first = best[0]
    for other, second in best[1:]:
        differs = connection.execute(
            f"SELECT {first}, {second} FROM {table} WHERE {first} IS DISTINCT FROM {second} LIMIT 1"
        ).fetchone()
        if differs:
            raise UsageError(
                f"{name} can be read as {chosen} ({differs[0]}) and as {other} ({differs[1]}), and all rows fit both; "
                f"say which it is: --set 'time.formats={chosen}'"
            )


def _check_zone(connection: duckdb.DuckDBPyConnection, zone: str | None) -> None:
    if zone is None:
        return
    known = connection.execute("SELECT 1 FROM pg_timezone_names() WHERE name = ?", [zone]).fetchone()
    if known is None:
        raise UsageError(f"time.zone is {zone!r}: expected an IANA name such as Europe/Berlin, or UTC")
