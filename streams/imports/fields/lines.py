"""Rows to lines: what each row says in the contract's fields, or what is wrong with it, as one query of SQL."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import duckdb

from schemas.events.decode import FUTURE_TOLERANCE
from schemas.mapping.mapping import ContactMapping, EventMapping, Mapping, PurchaseMapping, ReturnMapping, SectionName
from streams.imports.fields.expressions import Expressions
from streams.imports.fields.faults import GUEST
from streams.imports.fields.moments import choose_format, has_offset
from streams.imports.files.database import text_of

CHANNELS: Final = ("web", "store", "app", "phone", "other")
CONTACT_CHANNELS: Final = ("phone", "email", "chat", "store", "social", "other")
DIRECTIONS: Final = ("inbound", "outbound")
REASONS: Final = ("defective", "wrong_item", "not_as_described", "no_longer_wanted", "late", "other")
BUCKETS: Final = 1024
"""Number of parts in which lines can be taken; those of the same key are in the same."""

_CURRENCY: Final = "[A-Z]{3}"
_MAX_QUANTITY: Final = 1_000_000
_TRUE: Final = ("true", "yes", "1", "solved", "closed", "resolved")
_FALSE: Final = ("false", "no", "0", "new", "open", "pending", "hold", "on-hold")
_STARS: Final = {"stars": "{0}", "percent": "1 + round({0} / 25)", "nps": "1 + round({0} * 0.4)"}
_HIGHEST: Final = {"stars": (1, 5), "percent": (0, 100), "nps": (0, 10)}


@dataclass(slots=True)
class LineQuery:
    """Columns of lines, and the faults that they may have, as SQL.

    Attributes:
        section: Kind of events.
        rows: SQL over the rows that is true of those of this kind.
        columns: Name and SQL over the rows of each column.
        faults: SQL over the columns of a condition, the text of the fault, and the column that is shown; in this order.
    """

    section: SectionName
    rows: str
    columns: dict[str, str] = field(default_factory=dict)
    faults: list[tuple[str, str, str]] = field(default_factory=list)

    def refuse(self, condition: str, fault: str, value: str = "NULL") -> None:
        """Refuse lines for which a condition is true."""
        named = fault if fault.startswith("customers.") else f"{self.section}.{fault}"
        self.faults.append((condition, named, value))

    def sql(self) -> str:
        """Return the query over the table of rows."""
        kinds = " ".join(f"WHEN {condition} THEN {text_of(fault)}" for condition, fault, _ in self.faults)
        shown = ((condition, f"left(CAST({value} AS VARCHAR), 200)") for condition, _, value in self.faults)
        values = " ".join(f"WHEN {condition} THEN {value}" for condition, value in shown)
        said = ", ".join(f"{sql} AS {name}" for name, sql in self.columns.items())
        texts = ", ".join(name for name in self.columns if name.endswith("_text"))
        return (
            f"SELECT * EXCLUDE ({texts}), CASE {kinds} END AS fault, CASE {values} END AS fault_value, "
            f"CAST(hash(coalesce(key, customer || moment)) % {BUCKETS} AS USMALLINT) AS bucket "
            f"FROM (SELECT row, {self.rows} AS applies, {said} FROM line_source) WHERE coalesce(applies, true)"
        )


class LinesBuilder:
    """Builds the query of each section of a mapping."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, mapping: Mapping, expressions: Expressions, now: datetime
    ) -> None:
        """Begin.

        Args:
            connection: The engine, which holds the rows.
            mapping: The mapping.
            expressions: Its words as SQL.
            now: Wall clock; later moments are refused.
        """
        self._connection = connection
        self._mapping = mapping
        self._expressions = expressions
        self._latest = now + FUTURE_TOLERANCE
        self.times: dict[SectionName, str] = {}

    def build(self, section: SectionName) -> LineQuery:
        """Return the lines of a section.

        Raises:
            UsageError: A setting of it cannot be used.
        """
        given = self._mapping.sections[section]
        lines = LineQuery(section, f"({self._sql(section, 'rows', given.rows)})")
        lines.refuse("applies IS NULL", "rows cannot be told")
        self._add_customer(lines)
        self._add_moment(lines, given)
        if isinstance(given, PurchaseMapping):
            self._add_purchase(lines, given)
        elif isinstance(given, ReturnMapping):
            self._add_return(lines, given)
        else:
            self._add_contact(lines, given)
        return lines

    def _sql(self, section: str, setting: str, text: str, words: tuple[str, ...] = ()) -> str:
        return self._expressions.sql(f"{section}.{setting}", text, words)

    def _text(self, section: str, setting: str, text: str | None, words: tuple[str, ...] = ()) -> str:
        if text is None:
            return "NULL::VARCHAR"
        return f"nullif(trim(CAST({self._sql(section, setting, text, words)} AS VARCHAR)), '')"

    def _add_customer(self, lines: LineQuery) -> None:
        given = self._mapping.customers
        named = f"identifier({self._text('customers', 'id', given.id)})"
        if given.missing == "email":
            email = self._text("customers", "email", given.email)
            named = f"coalesce({named}, 'email-' || left(sha256(lower({email})), 32))"
        lines.columns["customer"] = named
        if given.missing != "guests":
            lines.refuse("customer IS NULL", f"customers.id {GUEST}")
        lines.refuse("length(customer) > 128", "customers.id is longer than allowed", "customer")

    def _add_moment(self, lines: LineQuery, given: EventMapping) -> None:
        name = f"{lines.section}.occurred_at"
        text = self._text(lines.section, "occurred_at", given.occurred_at)
        reading = choose_format(self._connection, name, text, "line_source", self._mapping.time)
        self.times[lines.section] = reading.format
        lines.columns["moment_text"] = text
        lines.columns["moment"] = reading.moment(text)
        lines.refuse("moment_text IS NULL", "occurred_at is empty")
        if reading.zone is None:
            local = f"moment IS NULL AND {reading.local('moment_text')} IS NOT NULL AND NOT {has_offset('moment_text')}"
            lines.refuse(local, "occurred_at has no offset from UTC", "moment_text")
        lines.refuse("moment IS NULL", "occurred_at cannot be read as a moment", "moment_text")
        latest = self._latest.replace(tzinfo=None).isoformat(" ")
        lines.refuse(f"moment > TIMESTAMP '{latest}'", "occurred_at lies in the future", "moment_text")

    def _add_key(self, lines: LineQuery, setting: str, text: str | None) -> None:
        lines.columns["key"] = f"identifier({self._text(lines.section, setting, text)})"
        if text is not None:
            lines.refuse("key IS NULL", f"{setting} is empty")
            lines.refuse("length(key) > 64", f"{setting} is longer than allowed", "key")

    def _add_item(self, lines: LineQuery, given: PurchaseMapping | ReturnMapping, price: str) -> None:
        """Add what purchases and returns have in common; ``price`` is the setting of the amount for a unit."""
        section = lines.section
        lines.columns["currency"] = f"upper({self._text(section, 'currency', given.currency, _codes(given.currency))})"
        lines.columns["sku"] = f"identifier({self._text(section, 'sku', given.sku)})"
        self._add_number(lines, "quantity", given.quantity)
        self._add_number(lines, price, str(getattr(given, price)))
        lines.refuse("sku IS NULL", "sku is empty")
        lines.refuse("length(sku) > 64", "sku is longer than allowed", "sku")
        lines.refuse("quantity = 0", "quantity is zero", "quantity_text")
        lines.refuse("quantity <> trunc(quantity)", "quantity is no whole number", "quantity_text")
        lines.refuse(f"quantity > {_MAX_QUANTITY}", "quantity is above 1,000,000", "quantity_text")
        lines.refuse("currency IS NULL", "currency is empty")
        lines.refuse(f"NOT regexp_full_match(currency, '{_CURRENCY}')", "currency is no currency", "currency")

    def _add_number(self, lines: LineQuery, setting: str, text: str, *, optional: bool = False) -> None:
        sql = self._sql(lines.section, setting, text)
        lines.columns[f"{setting}_text"] = f"CAST({sql} AS VARCHAR)"
        lines.columns[setting] = f"amount({sql})"
        if not optional:
            lines.refuse(f"{setting}_text IS NULL", f"{setting} is empty")
        lines.refuse(f"{setting}_text IS NOT NULL AND {setting} IS NULL", f"{setting} is no number", f"{setting}_text")
        below = "is below zero" if lines.section == "support_contacts" else "is negative"
        lines.refuse(f"{setting} < 0", f"{setting} {below}", f"{setting}_text")
        lines.refuse(f"{setting} >= 1e12", f"{setting} is no number", f"{setting}_text")

    def _add_purchase(self, lines: LineQuery, given: PurchaseMapping) -> None:
        self._add_key(lines, "order_id", given.order_id)
        self._add_item(lines, given, "unit_price")
        self._add_number(lines, "discount", given.discount or "0", optional=True)
        lines.columns["category"] = f"left({self._text(lines.section, 'category', given.category)}, 128)"
        channel = self._text(lines.section, "channel", given.channel, CHANNELS)
        lines.columns["channel"] = _one_of(channel, CHANNELS)
        lines.columns["campaign"] = f"left({self._text(lines.section, 'campaign', given.campaign)}, 128)"

    def _add_return(self, lines: LineQuery, given: ReturnMapping) -> None:
        self._add_key(lines, "return_id", given.return_id)
        self._add_item(lines, given, "refund")
        lines.columns["order_id"] = f"identifier({self._text(lines.section, 'order_id', given.order_id)})"
        lines.refuse("length(order_id) > 64", "order_id is longer than allowed", "order_id")
        lines.columns["reason"] = _one_of(self._text(lines.section, "reason", given.reason, REASONS), REASONS)

    def _add_contact(self, lines: LineQuery, given: ContactMapping) -> None:
        section = lines.section
        self._add_key(lines, "contact_id", given.contact_id)
        channel = self._text(section, "channel", given.channel, CONTACT_CHANNELS)
        lines.columns["channel"] = f"coalesce({_one_of(channel, CONTACT_CHANNELS)}, 'other')"
        lines.columns["topic"] = f"left({self._text(section, 'topic', given.topic)}, 128)"
        direction = self._text(section, "direction", given.direction, DIRECTIONS)
        lines.columns["direction"] = _one_of(direction, DIRECTIONS, otherwise=None)
        lines.columns["resolved"] = _truth(self._text(section, "resolved", given.resolved))
        self._add_number(lines, "wait_seconds", given.wait_seconds or "NULL", optional=True)
        self._add_satisfaction(lines, given)

    def _add_satisfaction(self, lines: LineQuery, given: ContactMapping) -> None:
        text = self._text(lines.section, "satisfaction", given.satisfaction)
        lines.columns["satisfaction_text"] = text
        if given.satisfaction_scale == "good_bad":
            lines.columns["satisfaction"] = f"CASE lower({text}) WHEN 'good' THEN 5 WHEN 'bad' THEN 1 END"
            return
        lowest, highest = _HIGHEST[given.satisfaction_scale]
        rated = f"number({text})"
        stars = f"CAST({_STARS[given.satisfaction_scale].format(rated)} AS INTEGER)"
        whole = f" AND {rated} = trunc({rated})" if given.satisfaction_scale == "stars" else ""
        lines.columns["satisfaction"] = f"CASE WHEN {rated} BETWEEN {lowest} AND {highest}{whole} THEN {stars} END"
        wrong = "satisfaction_text IS NOT NULL AND satisfaction IS NULL"
        lines.refuse(wrong, "satisfaction is not on the scale", "satisfaction_text")


def _codes(text: str) -> tuple[str, ...]:
    """Return a currency's code as the word that it is; anything else is a column or an expression."""
    return (text,) if len(text) == len("EUR") and text.isupper() and text.isalpha() else ()


def _one_of(text: str, words: tuple[str, ...], otherwise: str | None = "other") -> str:
    allowed = ", ".join(text_of(word) for word in words)
    rest = "NULL" if otherwise is None else f"CASE WHEN {text} IS NOT NULL THEN {text_of(otherwise)} END"
    return f"CASE WHEN lower({text}) IN ({allowed}) THEN lower({text}) ELSE {rest} END"


def _truth(text: str) -> str:
    yes, no = (", ".join(text_of(word) for word in words) for words in (_TRUE, _FALSE))
    return f"CASE WHEN lower({text}) IN ({yes}) THEN true WHEN lower({text}) IN ({no}) THEN false END"
