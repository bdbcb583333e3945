"""Times to live of tables, as the settings want them."""

import re
from collections.abc import Mapping
from typing import Final, get_args

from clickhouse_connect.driver.client import Client

from schemas.settings.connections import ClickHouseSettings, KeptTable
from sinks.clickhouse.client import errors_sorted, open_client

_AGED_BY: Final[Mapping[KeptTable, str]] = {
    "interactions": "occurred_at",
    "risk_scores": "scored_at",
    "training_examples": "settled_at",
    "alerts": "changed_at",
    "decisions": "decided_at",
    "outcomes": "settled_at",
    "desk_audit": "at",
    "dead_letters": "refused_at",
}
"""Columns that are equal in every copy of a row, so that copies are dropped together."""

_TTL: Final = re.compile(r" TTL (.+?)(?: SETTINGS |$)", re.DOTALL)

_ENGINES: Final = """
SELECT name, engine_full FROM system.tables WHERE database = currentDatabase() AND name IN {tables:Array(String)}
"""


def set_times_to_live(settings: ClickHouseSettings) -> list[str]:
    """Set the time to live of every table, and remove one that is no longer set; what is right is left alone.

    Args:
        settings: Where ClickHouse is, and how many days each table keeps its rows.

    Returns:
        A line for each table that was changed.

    Raises:
        FatalError: ClickHouse refuses.
        ServerUnreachableError: ClickHouse does not answer.
        UsageError: ClickHouse refuses the user.
    """
    with open_client(settings) as client, errors_sorted(settings, "setting how long rows are kept"):
        current = _ttls(client)
        return [
            _change(client, table, settings.keep_days.get(table))
            for table in get_args(KeptTable)
            if current[table] != ttl_of(table, settings.keep_days.get(table))
        ]


def ttl_of(table: KeptTable, days: int | None) -> str:
    """Return the TTL as ClickHouse writes it; empty if rows are kept for ever."""
    return "" if days is None else f"toDateTime({_AGED_BY[table]}) + toIntervalDay({days})"


def _ttls(client: Client) -> dict[str, str]:
    rows = client.query(_ENGINES, parameters={"tables": list(get_args(KeptTable))}).result_rows
    return {table: found[1] if (found := _TTL.search(engine)) else "" for table, engine in rows}


def _change(client: Client, table: KeptTable, days: int | None) -> str:
    if days is None:
        client.command(f"ALTER TABLE {table} REMOVE TTL")
        return f"{table}: rows are kept for ever from now on"
    client.command(f"ALTER TABLE {table} MODIFY TTL {ttl_of(table, days)}")
    return f"{table}: rows are dropped {days} days after {_AGED_BY[table]}"
