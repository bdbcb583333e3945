"""Lines to events: the rows of an order are one purchase, as the text that a publisher would have sent."""

from typing import Final

import duckdb

from schemas.events.raw_events import MAX_ITEMS
from schemas.mapping.mapping import SectionName
from streams.imports.fields.lines import BUCKETS
from streams.imports.files.database import count_of

_LINES_AT_ONCE: Final = 1_500_000
"""Lines that are grouped in memory; with more, they are taken in parts, by a hash of the keys."""

_LONGEST_ID: Final = 64
_PREFIXES: Final[dict[SectionName, str]] = {"purchases": "order", "returns": "return", "support_contacts": "contact"}
_TYPES: Final[dict[SectionName, str]] = {
    "purchases": "purchase",
    "returns": "return",
    "support_contacts": "support_contact",
}
_ITEMS: Final[dict[SectionName, str]] = {
    "purchases": """'{"sku":' || to_json(sku) || ',"quantity":' || CAST(quantity AS BIGINT)
        || ',"unit_price":"' || digits(unit_price) || '"'
        || CASE WHEN discount > 0 THEN ',"discount":"' || digits(discount) || '"' ELSE '' END
        || coalesce(',"category":' || to_json(category), '') || '}'""",
    "returns": """'{"sku":' || to_json(sku) || ',"quantity":' || CAST(quantity AS BIGINT) || ',"refund":"'
        || digits(refund) || '"}'""",
    "support_contacts": """'"channel":"' || channel || '"' || coalesce(',"topic":' || to_json(topic), '')
        || coalesce(',"direction":"' || direction || '"', '') || coalesce(',"resolved":' || resolved, '')
        || coalesce(',"wait_seconds":' || digits(wait_seconds), '')
        || coalesce(',"satisfaction":' || satisfaction, '')""",
}
"""An item of an event; of a support contact, which has none, all that it says."""

_HEADS: Final[dict[SectionName, str]] = {
    "purchases": """'"order_id":' || to_json(named) || ',"currency":"' || currency || '"'
        || coalesce(',"channel":"' || channel || '"', '') || coalesce(',"campaign":' || to_json(campaign), '')""",
    "returns": """coalesce('"order_id":' || to_json(order_id) || ',', '') || '"currency":"' || currency || '"'
        || coalesce(',"reason":"' || reason || '"', '')""",
    "support_contacts": "''",
}
_KEPT: Final[dict[SectionName, tuple[str, ...]]] = {
    "purchases": ("channel", "campaign"),
    "returns": ("order_id", "reason"),
    "support_contacts": (),
}
"""Fields that an event has once, each taken from the first of its rows that says it."""


def create_events(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the empty table of events."""
    connection.execute("CREATE TABLE event (moment TIMESTAMP, id VARCHAR, section VARCHAR, row BIGINT, body VARCHAR)")


def group_lines(connection: duckdb.DuckDBPyConnection, section: SectionName) -> None:
    """Group the good lines of a section, and add them to the events.

    Lines with the same key, customer and currency are one event; of a key that several customers or currencies have,
    each event has an id of its own. Lines without a key are an event each, known by what they say, so that the same
    file gives the same ids. An event with more items than the contract takes is split.

    Args:
        connection: The engine; lines are in the table that is named as the section.
        section: Kind of events.
    """
    lines = count_of(connection, f"SELECT count(*) FROM {section}")
    parts = min(lines // _LINES_AT_ONCE + 1, BUCKETS)
    if parts > 1:  # so that each part is read from where it lies, and not from everywhere
        connection.execute(f"CREATE TABLE sorted_lines AS SELECT * FROM {section} ORDER BY bucket, row")
        connection.execute(f"DROP TABLE {section}")
        connection.execute(f"ALTER TABLE sorted_lines RENAME TO {section}")
    for part in range(parts):
        within = f"bucket >= {BUCKETS * part // parts} AND bucket < {BUCKETS * (part + 1) // parts}"
        connection.execute(f"INSERT INTO event {_events(section, within)}")


def _events(section: SectionName, within: str) -> str:
    """Return the query of the events of one part of the keys; ``alone`` are lines that have no key."""
    contacts = section == "support_contacts"
    currency = "''" if contacts else "currency"
    kept = "".join(f", arg_min({name}, row) AS {name}" for name in _KEPT[section])
    items = "',\"items\":[' || array_to_string(items[start + 1:start + size], ',') || ']'"
    body = "items[start + 1]" if contacts else f"{_HEADS[section]} || {items}"
    return f"""
        WITH line AS (
            SELECT *, {_ITEMS[section]} AS item, {currency} AS currency_key, key IS NULL AS alone
            FROM {section} WHERE {within} AND fault IS NULL AND customer IS NOT NULL
        ), named AS (
            SELECT *, coalesce(key, md5(concat_ws('|', customer, moment, currency_key, item))) AS named FROM line
        ), grouped AS (
            SELECT named, alone, customer, currency_key, min(moment) AS moment, min(row) AS row,
                list(item ORDER BY row) AS items, any_value(currency_key) AS currency {kept}
            FROM named GROUP BY named, alone, customer, currency_key
        ), counted AS (
            SELECT *, CASE WHEN alone THEN 1 WHEN {contacts} THEN len(items) ELSE {MAX_ITEMS} END AS size,
                count(*) OVER (PARTITION BY named) > 1 AND NOT alone AS shared
            FROM grouped
        ), cut AS (
            SELECT *, unnest(range(0, len(items), size)) AS start FROM counted
        ), suffixed AS (
            SELECT *, CASE WHEN start > 0 THEN '/' || (start // size + 1) ELSE '' END AS suffix,
                '{_PREFIXES[section]}-' || named
                || CASE WHEN shared THEN '/' || left(md5(customer || '|' || currency_key), 8) ELSE '' END AS whole_id
            FROM cut
        ), ready AS (
            SELECT * REPLACE (CASE WHEN alone THEN named || suffix ELSE named END AS named),
                CASE WHEN length(whole_id || suffix) > {_LONGEST_ID}
                THEN '{_PREFIXES[section]}-' || md5(whole_id) ELSE whole_id END || suffix AS id
            FROM suffixed
        )
        SELECT moment, id, '{section}', row,
            '{{"type":"{_TYPES[section]}","event_id":' || to_json(id) || ',"customer_id":' || to_json(customer)
            || ',"occurred_at":"' || replace(strftime(moment, '%Y-%m-%dT%H:%M:%S.%fZ'), '.000000Z', 'Z') || '",'
            || {body} || '}}'
        FROM ready"""
