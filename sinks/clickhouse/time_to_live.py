"""How long rows are kept: table TTLs as the settings want them."""

import re
from collections.abc import Mapping
from typing import Final, get_args

from clickhouse_connect.driver.client import Client

from schemas.settings import ClickHouseSettings, KeptTable
from sinks.clickhouse.client import errors_sorted, open_client

_AGED_BY: Final[Mapping[KeptTable, str]] = {
    "interactions": "occurred_at",
    "risk_scores": "scored_at",
    "training_examples": "settled_at",
    "alerts": "changed_at",
    "dead_letters": "refused_at",
}
"""The same in every copy of a row, so that copies go together."""

_TTL: Final = re.compile(r" TTL (.+?)(?: SETTINGS |$)", re.DOTALL)

_ENGINES: Final = """
SELECT name, engine_full FROM system.tables WHERE database = currentDatabase() AND name IN {tables:Array(String)}
"""


def keep_for(settings: ClickHouseSettings) -> list[str]:
    """Give every table the TTL that is set, and take away one that is set no more; what fits is left alone.

    Args:
        settings: Where ClickHouse is, and for how many days rows are kept.

    Returns:
        A line for each table that was changed.

    Raises:
        FatalError: ClickHouse refuses.
        ServerUnreachableError: ClickHouse does not answer.
        UsageError: ClickHouse refuses the user.
    """
    with open_client(settings) as client, errors_sorted(settings, "setting how long rows are kept"):
        there = _ttls(client)
        return [
            _change(client, table, settings.keep_days.get(table))
            for table in get_args(KeptTable)
            if there[table] != wanted(table, settings.keep_days.get(table))
        ]


def wanted(table: KeptTable, days: int | None) -> str:
    """The TTL as ClickHouse writes it; empty for rows that are kept for ever."""
    return "" if days is None else f"toDateTime({_AGED_BY[table]}) + toIntervalDay({days})"


def _ttls(client: Client) -> dict[str, str]:
    rows = client.query(_ENGINES, parameters={"tables": list(get_args(KeptTable))}).result_rows
    return {table: found[1] if (found := _TTL.search(engine)) else "" for table, engine in rows}


def _change(client: Client, table: KeptTable, days: int | None) -> str:
    if days is None:
        client.command(f"ALTER TABLE {table} REMOVE TTL")
        return f"{table}: rows are kept for ever from now on"
    client.command(f"ALTER TABLE {table} MODIFY TTL {wanted(table, days)}")
    return f"{table}: rows are dropped {days} days after {_AGED_BY[table]}"
