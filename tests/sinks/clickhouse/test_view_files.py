"""Views and snapshots: one file each, made where it has changed."""

import re
from collections import Counter
from graphlib import CycleError
from importlib.resources import files
from itertools import chain

import msgspec
import pytest
from clickhouse_connect.driver.client import Client

from schemas.errors import FatalError
from schemas.events.interaction import encode_interaction
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse import squashed
from sinks.clickhouse.migrate import migrate, pending_migrations
from sinks.clickhouse.snapshots import SNAPSHOTS, refresh_snapshots, rows_of_snapshot
from sinks.clickhouse.sql_files import in_order, known_migrations, known_views, read_view, statements_of
from sinks.load.insert import insert
from tests.sinks.clickhouse.test_schema import definitions
from tests.sinks.records import purchase

pytestmark = pytest.mark.servers

CREATES = re.compile(r"^CREATE (?:OR REPLACE )?(?:MATERIALIZED )?(?:TABLE|VIEW) (?:IF NOT EXISTS )?(\w+)")
ONE = read_view("one", "CREATE OR REPLACE VIEW one AS SELECT 1 AS a;")


def test_every_object_is_created_by_exactly_one_file(client: Client) -> None:
    recorded = files("sinks.clickhouse").joinpath("schema_records.sql").read_text("utf-8")
    migrations = (migration.statements for migration in known_migrations())
    views = (view.statements for view in known_views())
    statements = chain(statements_of(recorded), *migrations, *views)
    created = Counter(found[1] for statement in statements if (found := CREATES.match(statement)))
    assert created == Counter(definitions(client).keys())


def test_a_file_of_a_view_creates_what_it_is_named_for() -> None:
    for view in known_views():
        created = [found[1] for statement in view.statements if (found := CREATES.match(statement))]
        assert created in ([view.name], [rows_of_snapshot(view.name), view.name])


def test_a_snapshot_is_no_table_without_a_name(client: Client) -> None:
    refresh_snapshots(client)
    names = set(definitions(client))
    assert {rows_of_snapshot(snapshot) for snapshot in SNAPSHOTS} <= names
    assert [name for name in names if name.startswith(".inner")] == []


def test_a_view_comes_after_those_that_it_reads() -> None:
    names = [view.name for view in known_views()]
    assert names.index("purchases") < names.index("purchase_items")
    assert names.index("lost_customers") < names.index("lost_customers_snapshot")


def test_views_that_read_one_another_are_refused() -> None:
    one = read_view("one", "CREATE VIEW one AS SELECT * FROM two;")
    two = read_view("two", "CREATE VIEW two AS SELECT * FROM one;")
    with pytest.raises(CycleError):
        in_order([one, two])


def test_comments_of_a_file_do_not_count() -> None:
    assert read_view("one", "-- In other words.\nCREATE OR REPLACE VIEW one AS SELECT 1 AS a;\n") == ONE


@pytest.mark.alters
def test_a_view_is_made_where_its_text_has_changed(database: ClickHouseSettings, client: Client) -> None:
    changed = read_view("one", "CREATE OR REPLACE VIEW one AS SELECT 2 AS a;")
    assert migrate(database, views=[ONE]) == ["views/one.sql"]
    assert migrate(database, views=[ONE]) == []
    assert migrate(database, views=[changed]) == ["views/one.sql"]
    assert client.command("SELECT a FROM one") == 2


@pytest.mark.alters
def test_an_interrupted_change_of_a_snapshot_is_repeated(database: ClickHouseSettings, client: Client) -> None:
    (snapshot,) = (view for view in known_views() if view.name == "customers_snapshot")
    older = msgspec.structs.replace(snapshot, checksum="of another text", statements=snapshot.statements[:2])
    before = definitions(client)
    migrate(database, views=[older])
    assert pending_migrations(database) == ["views/customers_snapshot.sql"]
    assert migrate(database) == ["views/customers_snapshot.sql"]
    assert definitions(client) == before


def record_the_squashed(client: Client, *migrations: tuple[int, str, str]) -> None:
    """Let the database say that it was made by migrations of before, as they recorded it."""
    client.command("DROP TABLE schema_views SYNC")
    client.command("TRUNCATE TABLE schema_migrations")
    client.insert("schema_migrations", migrations, ["number", "name", "checksum"])


@pytest.mark.alters
def test_a_database_of_the_squashed_migrations_is_taken_over_with_its_rows(
    database: ClickHouseSettings, client: Client
) -> None:
    before = definitions(client)
    insert(client, database, "interactions", encode_interaction(purchase("e-1")) + b"\n")
    stored = client.query("SELECT event_id, stored_at FROM interactions").result_rows
    record_the_squashed(client, (1, *squashed.FIRST), (2, "0002_events.sql", "any"), (20, *squashed.LAST))
    every_file = [migration.name for migration in known_migrations()]
    every_file += [f"views/{view.name}.sql" for view in known_views()]
    assert pending_migrations(database) == every_file
    assert migrate(database) == every_file
    assert migrate(database) == []
    assert definitions(client) == before
    assert client.query("SELECT event_id, stored_at FROM interactions").result_rows == stored


@pytest.mark.alters
def test_a_database_of_some_squashed_migrations_is_refused(database: ClickHouseSettings, client: Client) -> None:
    record_the_squashed(client, (1, *squashed.FIRST), (2, "0002_events.sql", "any"))
    with pytest.raises(FatalError, match=r"stopped at migration 0002_events\.sql, which"):
        migrate(database)
