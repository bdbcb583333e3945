"""Refresh snapshots at once, and erase forgotten customers from them."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

SNAPSHOTS_OF_CUSTOMERS: Final = ("customers_snapshot", "lost_customers_snapshot", "segment_moves_snapshot")
"""Snapshots with customer ids."""

SNAPSHOTS: Final = (
    "also_bought",
    "products_snapshot",
    *SNAPSHOTS_OF_CUSTOMERS,
    "cohorts_snapshot",
    "contact_drivers_snapshot",
    "campaigns_snapshot",
    "daily_activity_snapshot",
)
"""All snapshots, the most expensive first."""

_REFRESH_FAILED: Final = 730
"""ClickHouse's code for: the last refresh failed, and the rows of the one before are still there."""


def refresh_snapshots(client: Client, together: int = 1) -> None:
    """Refresh all snapshots now; return once they are stored.

    Args:
        client: A connection to the database, as a user who may write.
        together: Number of refreshes at the same time; each takes one core.

    Raises:
        DatabaseError: A refresh fails.
    """
    with ThreadPoolExecutor(together) as threads:
        list(threads.map(partial(_refresh, client), SNAPSHOTS))


def _refresh(client: Client, snapshot: str) -> None:
    for statement in ("REFRESH", "WAIT"):
        client.command(f"SYSTEM {statement} VIEW {snapshot}")


def erase_from_snapshots(client: Client, customer_id: str) -> None:
    """Delete a customer from every snapshot; return once no query finds a row. Repeating it changes nothing.

    Args:
        client: A connection to the database, as a user who may write.
        customer_id: Whose rows are deleted from the tables already, so that no later refresh brings them back.

    Raises:
        DatabaseError: ClickHouse refuses.
    """
    named = {"customer": customer_id}
    condition = "WHERE customer_id = {customer:String}"
    for snapshot in SNAPSHOTS_OF_CUSTOMERS:
        _wait(client, snapshot)
        if client.command(f"SELECT count() FROM {snapshot} {condition}", parameters=named):  # noqa: S608 - names above
            statement = f"ALTER TABLE {rows_of_snapshot(snapshot)} DELETE {condition}"
            client.command(statement, parameters=named, settings={"mutations_sync": 1})


def rows_of_snapshot(snapshot: str) -> str:
    """Return the table in which a snapshot's rows are stored."""
    return f"{snapshot}_rows"


def _wait(client: Client, snapshot: str) -> None:
    """Wait for a refresh that may have read the rows before they were deleted."""
    try:
        client.command(f"SYSTEM WAIT VIEW {snapshot}")
    except DatabaseError as error:
        if error.code != _REFRESH_FAILED:
            raise
