"""Rows of the forgotten are deleted, and it is noted without who they were."""

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from schemas.errors import FatalError
from schemas.events.interaction import encode_interaction
from schemas.pages.page import encode_lines
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.snapshots import SNAPSHOTS_OF_CUSTOMERS, refresh_snapshots, rows_of_snapshot
from sinks.load.batch import Tombstone
from sinks.load.erase import erase
from sinks.load.insert import insert
from tests.sinks.records import purchase

pytestmark = pytest.mark.servers

TAKEN = Tombstone("c-1", ("interactions", 3), 17, 1_700_000_000_000)
BY_TOPIC = {"interactions", "risk_scores", "training_examples", "alerts", "decisions", "outcomes", "desk_audit"}


def put(client: Client, database: ClickHouseSettings, *names: str) -> None:
    lines = [encode_interaction(purchase(f"e-{name}", customer_id=name)) for name in names]
    insert(client, database, "interactions", encode_lines(lines))


def customers(client: Client) -> list[str]:
    return [row[0] for row in client.query("SELECT customer_id FROM interactions FINAL ORDER BY 1").result_rows]


def noted(client: Client) -> list[tuple[object, ...]]:
    columns = "source_topic, source_partition, source_offset, deleted_rows"
    return [tuple(row) for row in client.query(f"SELECT {columns} FROM forgotten FINAL").result_rows]  # noqa: S608


def test_a_customers_rows_go_and_their_number_is_noted(database: ClickHouseSettings, client: Client) -> None:
    put(client, database, "c-1", "c-2")
    erase(client, database, "interactions", TAKEN)
    assert (customers(client), noted(client)) == (["c-2"], [("interactions", 3, 17, 1)])


def test_a_customer_leaves_the_snapshots_at_once(database: ClickHouseSettings, client: Client) -> None:
    put(client, database, "c-1", "c-2")
    refresh_snapshots(client)
    erase(client, database, "interactions", TAKEN)
    rows = client.query("SELECT customer_id FROM customers_snapshot").result_rows
    assert rows == [("c-2",)]


@pytest.mark.alters
def test_a_customer_leaves_a_snapshot_whose_last_computation_failed(
    database: ClickHouseSettings, client: Client
) -> None:
    put(client, database, "c-1", "c-2")
    refresh_snapshots(client)
    client.command("RENAME TABLE risk_scores TO hidden_scores")
    client.command("SYSTEM REFRESH VIEW customers_snapshot")
    with pytest.raises(DatabaseError):
        client.command("SYSTEM WAIT VIEW customers_snapshot")
    erase(client, database, "interactions", TAKEN)
    assert client.query("SELECT customer_id FROM customers_snapshot").result_rows == [("c-2",)]


def test_the_snapshots_that_name_customers_are_known(client: Client) -> None:
    asked = (
        "SELECT DISTINCT table FROM system.columns WHERE database = currentDatabase() AND name = 'customer_id' "
        "AND table IN (SELECT view FROM system.view_refreshes WHERE database = currentDatabase())"
    )
    assert {row[0] for row in client.query(asked).result_rows} == set(SNAPSHOTS_OF_CUSTOMERS)


def test_the_same_again_changes_nothing(database: ClickHouseSettings, client: Client) -> None:
    put(client, database, "c-1", "c-2")
    erase(client, database, "interactions", TAKEN)
    erase(client, database, "interactions", TAKEN)
    assert (customers(client), noted(client)) == (["c-2"], [("interactions", 3, 17, 1)])


def test_a_row_stored_afterwards_stays(database: ClickHouseSettings, client: Client) -> None:
    put(client, database, "c-1")
    erase(client, database, "interactions", TAKEN)
    put(client, database, "c-1")
    assert customers(client) == ["c-1"]


def test_a_key_that_names_no_letter_is_refused(database: ClickHouseSettings, client: Client) -> None:
    with pytest.raises(FatalError, match="which names no dead letter"):
        erase(client, database, "dead_letters", TAKEN)


def test_every_table_of_customers_is_filled_by_a_topic_on_which_they_are_taken_back(client: Client) -> None:
    asked = (
        "SELECT DISTINCT columns.table FROM system.columns AS columns INNER JOIN system.tables AS tables "
        "ON tables.name = columns.table AND tables.database = columns.database "
        "WHERE columns.name = 'customer_id' AND columns.database = currentDatabase() "
        "AND tables.engine LIKE '%MergeTree' AND NOT startsWith(columns.table, '.')"
    )
    snapshots = {rows_of_snapshot(snapshot) for snapshot in SNAPSHOTS_OF_CUSTOMERS}
    assert {row[0] for row in client.query(asked).result_rows} == BY_TOPIC | snapshots
