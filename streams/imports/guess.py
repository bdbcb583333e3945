"""``stayline import --guess``: a mapping to edit, from the names and the first rows of an unknown file."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import duckdb
import msgspec

from schemas.errors import UsageError
from schemas.mapping.mapping import ISO, Mapping, ReadingMapping
from schemas.mapping.read import read_mapping
from streams.imports.fields.columns import find_columns
from streams.imports.fields.moments import TimeReading, has_offset
from streams.imports.fields.numbers import macros, present
from streams.imports.files.database import name_of, open_database
from streams.imports.files.sources import FileSource, open_source
from streams.imports.presets import PRESETS, preset_text

_SAMPLED: Final = 20_000
_FEW_WORDS: Final = 30
"""Different values up to which a column may be a status."""

_MOST: Final = 0.8
"""Share of a column's values that must be of a kind for the column to be of it."""

_FORMATS: Final = (
    ISO,
    *("%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%d-%m-%Y", "%Y%m%d"),
    *("%m/%d/%Y %I:%M %p", "%b %d, %Y %I:%M:%S %p", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S"),
)
_ROLES: Final = {
    "customer": ("customer.?(id|no|nr|number)", "client|buyer|kunde", "user.?id", "account|member", "customer|user"),
    "email": ("e.?mail",),
    "date": ("created|placed|ordered", "date|datum|fecha", "time|when"),
    "order": ("order.?(id|no|nr|number|name)", "invoice|receipt|bestell|rechnung", "transaction.?id", "^order$|^id$"),
    "price": ("(unit|item).?price", "price|preis", "amount|total|revenue|sales|betrag|importe|value"),
    "quantity": ("quantity|qty", "units|pieces|menge|anzahl|cantidad"),
    "article": ("sku|stock.?code", "article|artikel", "(product|item).?(id|code)"),
    "currency": ("currency|währung|moneda",),
    "status": ("status|state",),
}
"""Meanings of a column, with what its name then has in it, the likeliest first."""


@dataclass(frozen=True, slots=True)
class _Column:
    """A column by its first rows: shares of its values that are of a kind, and examples."""

    name: str
    filled: int
    distinct: int
    numbers: float
    commas: float
    emails: float
    codes: float
    moments: dict[str, int]
    offsets: int
    negatives: int
    examples: list[str]

    @property
    def moment_share(self) -> float:
        return max(self.moments.values()) / max(self.filled, 1)


def guess(file: Path) -> str:
    """Return the text of a mapping for a file, with what is unsure in comments.

    Args:
        file: CSV, NDJSON, Parquet or Excel.

    Raises:
        UsageError: It cannot be read, or has no rows.
    """
    if not file.is_file():
        raise UsageError(f"{file} cannot be read: there is no such file")
    with TemporaryDirectory(prefix="stayline-sheet-") as folder:
        sheet = Path(folder) / "sheet.csv"
        with open_database([file, sheet]) as connection:
            for macro in macros(decimal_comma=False):
                connection.execute(macro)
            source = open_source(connection, file, ReadingMapping(), sheet)
            columns = [one for name in source.columns if (one := _look(connection, source, name)).filled]
    if not columns:
        raise UsageError(f"{file} has no rows")
    return _Guess(file, columns, [preset for preset in PRESETS if _fits(preset, source)]).text()


def _look(connection: duckdb.DuckDBPyConnection, source: FileSource, name: str) -> _Column:
    moments = ", ".join(f"count({TimeReading(one, None).local('x')})" for one in _FORMATS)
    row = (
        connection.execute(
            f"SELECT count(x), count(DISTINCT x), avg(CAST(number(x) IS NOT NULL AS INTEGER)), "
            "avg(CAST(regexp_full_match(x, '-?[0-9.]*,[0-9]{1,2}') AS INTEGER)), "
            "avg(CAST(x LIKE '%_@_%._%' AS INTEGER)), "
            f"avg(CAST(regexp_full_match(x, '[A-Za-z]{{3}}') AS INTEGER)), count_if({has_offset('x')}), "
            f"count_if(number(x) < 0), list(DISTINCT x)[1:3], {moments} "
            f"FROM (SELECT {present(source.column(name))} AS x FROM {source.table} LIMIT {_SAMPLED}) "
            "WHERE x IS NOT NULL"
        ).fetchone()
        or ()
    )
    filled, distinct, *shares, offsets, negatives, examples = row[:9]
    numbers, commas, emails, codes = (float(share or 0.0) for share in shares)
    read = dict(zip(_FORMATS, map(int, row[9:]), strict=True))
    return _Column(
        name, filled, distinct, numbers, commas, emails, codes, read, offsets, negatives, sorted(examples or [])
    )


def _fits(preset: str, source: FileSource) -> bool:
    mapping: Mapping = read_mapping(preset_text(preset))
    try:
        find_columns(mapping, [source])
    except UsageError:
        return False
    return True


class _Guess:
    """Chooses a column for each role, and writes the mapping."""

    def __init__(self, file: Path, columns: Sequence[_Column], presets: Sequence[str]) -> None:
        self._file, self._columns, self._presets = file, columns, presets
        self._comma = any(column.commas > _MOST for column in columns)
        self._taken: set[str] = set()
        self._date = self._choose("date", lambda one: one.moment_share >= _MOST and one.numbers < _MOST)
        self._email = self._choose("email", lambda one: one.emails >= _MOST)
        self._currency = self._choose("currency", lambda one: one.codes >= _MOST, by_content=False)
        self._order = self._choose("order", lambda one: one.moment_share < _MOST, by_content=False)
        self._customer = self._choose("customer", lambda one: one.moment_share < _MOST, by_content=False)
        self._price = self._choose("price", lambda one: max(one.numbers, one.commas) >= _MOST)
        self._quantity = self._choose("quantity", lambda one: one.numbers >= _MOST, by_content=False)
        self._article = self._choose("article", lambda one: one.moment_share < _MOST, by_content=False)
        self._status = self._choose("status", lambda one: one.distinct <= _FEW_WORDS, by_content=False)

    def text(self) -> str:
        """Return the mapping."""
        presets = [f"# All columns of a preset are there; try it first: --as {one}" for one in self._presets]
        said = [f"description = {_quoted(f'Guessed from {self._file.name}')}", "", *self._reading(), *self._time()]
        return "\n".join([*presets, *said, *self._customers(), *self._events()]) + "\n"

    def _reading(self) -> list[str]:
        return ["[reading]", "decimal_comma = true  # as in " + self._example(self._price), ""] if self._comma else []

    def _time(self) -> list[str]:
        if self._date is None:
            return ["[time]", "# unsure: no column looks like a moment; say how it is written", 'formats = ["iso"]', ""]
        moments = self._date.moments
        best = [one for one in _FORMATS if moments[one] == max(moments.values())]
        unsure = f"  # unsure: {' or '.join(best)}, as in {self._example(self._date)}" if len(best) > 1 else ""
        lines = ["[time]", f"formats = [{_quoted(best[0])}]{unsure}"]
        if not self._date.offsets:
            lines.append(
                'zone = "UTC"  # unsure: the moments do not say their zone; an IANA name, such as Europe/Berlin'
            )
        return [*lines, ""]

    def _customers(self) -> list[str]:
        lines = ["[customers]"]
        if self._customer is not None:
            lines.append(f"id = {_quoted(self._customer.name)}  # as in {self._example(self._customer)}")
        elif self._email is None:
            lines.append(f'id = "?"  # unsure: which column is the customer? there are {self._rest()}')
        if self._email is not None:
            lines += [f"email = {_quoted(self._email.name)}", 'missing = "email"  # or "refuse", or "guests"']
        return [*lines, ""]

    def _events(self) -> list[str]:
        """Return the sections of events: returns, too, where units or amounts below zero tell them."""
        signed = next((one for one in (self._quantity, self._price) if one is not None and one.negatives), None)
        lines = ["[purchases]"]
        if self._status is not None:
            left_out = f"{name_of(self._status.name)} <> 'cancelled'"
            lines.append(
                f"# unsure: leave out what was cancelled? {self._status.name} is such as {self._status.examples}"
            )
            lines.append(f"# rows = {_quoted(left_out)}")
        if signed is not None:
            lines.append(f"rows = {_quoted(f'coalesce(number({name_of(signed.name)}), 0) >= 0')}")
        if self._order is not None:
            lines.append(f"order_id = {_quoted(self._order.name)}  # rows of one order are one purchase")
        unsure = "  # unsure: the price of one unit, or of the whole?" if self._quantity else ""
        lines += [*self._fields(), *self._amounts("unit_price", None)]
        lines[-1] += unsure
        if signed is None:
            return [*lines, "# unsure: no column tells returns; docs/your-own-data.md says how to map them"]
        lines += ["", "# unsure: what lies below zero is taken for a return", "[returns]"]
        lines.append(f"rows = {_quoted(f'coalesce(number({name_of(signed.name)}), 0) < 0')}")
        if self._order is not None:
            lines.append(f"return_id = {_quoted(self._order.name)}")
        return [*lines, *self._fields(), *self._amounts("refund", signed)]

    def _fields(self) -> list[str]:
        """Return what purchases and returns have in common."""
        lines = [f"occurred_at = {_quoted(self._date.name if self._date else '?')}"]
        if self._currency is not None:
            lines.append(f"currency = {_quoted(self._currency.name)}")
        else:
            lines.append('currency = "USD"  # unsure: no column has it')
        return [*lines, f"sku = {_quoted(self._article.name)}"] if self._article is not None else lines

    def _amounts(self, price: str, signed: _Column | None) -> list[str]:
        """Return the number of units and the price of one, without the sign of the column that tells returns."""
        named = {"quantity": self._quantity, price: self._price}
        lines = []
        for setting, column in named.items():
            if column is None:
                lines += [] if setting == "quantity" else [f'{setting} = "?"  # unsure: which column is the price?']
            elif column is signed:
                lines.append(f"{setting} = {_quoted(f'abs(number({name_of(column.name)}))')}")
            else:
                lines.append(f"{setting} = {_quoted(column.name)}")
        return lines

    def _choose(self, role: str, fits: Callable[[_Column], bool], *, by_content: bool = True) -> _Column | None:
        """Return the column whose name says the role, or the first whose values do."""
        free = [column for column in self._columns if column.name not in self._taken and fits(column)]
        for pattern in _ROLES[role]:
            for column in free:
                if re.search(pattern, column.name.replace("_", " ").casefold()):
                    self._taken.add(column.name)
                    return column
        if by_content and free:
            self._taken.add(free[0].name)
            return free[0]
        return None

    def _example(self, column: _Column | None) -> str:
        return column.examples[0] if column and column.examples else "nothing"

    def _rest(self) -> str:
        return ", ".join(column.name for column in self._columns if column.name not in self._taken)


def _quoted(text: str) -> str:
    """Return a text of TOML, whose escapes are those of JSON."""
    return msgspec.json.encode(text).decode()
