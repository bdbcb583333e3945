"""The database's schema: applied once, in order, and equal to the records."""

import socket

import msgspec
import pytest
from clickhouse_connect.driver.client import Client

from deploy.local.clickhouse import ClickHouse
from schemas.errors import FatalError, ServerUnreachableError, UsageError
from schemas.events.dead_letter import DeadLetter
from schemas.events.interaction import Interaction
from schemas.records.alert import Alert
from schemas.records.decisions import DecisionOutcome, RetentionDecision
from schemas.records.desk_audit import DeskAudit
from schemas.records.feed_hole import FeedHole
from schemas.records.score import RiskScore
from schemas.records.training_example import TrainingExample
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import open_client
from sinks.clickhouse.migrate import migrate, pending_migrations
from sinks.clickhouse.sql_files import known_migrations, read_migration

pytestmark = pytest.mark.servers


def definitions(client: Client) -> dict[str, str]:
    """SHOW CREATE of every object, by name."""
    asked = "SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase()"
    return {name: text for name, text in client.query(asked).result_rows if not name.startswith(".tmp")}


def test_migrating_again_changes_nothing(database: ClickHouseSettings, client: Client) -> None:
    recorded = (
        "SELECT * FROM (SELECT name, applied_at FROM schema_migrations "
        "UNION ALL SELECT name, made_at FROM schema_views) ORDER BY ALL"
    )
    before = (definitions(client), client.query(recorded).result_rows)
    assert migrate(database) == []
    assert (definitions(client), client.query(recorded).result_rows) == before


def test_every_migration_is_recorded_in_order(client: Client) -> None:
    rows = client.query("SELECT number, name, checksum FROM schema_migrations FINAL ORDER BY number").result_rows
    assert rows == [(known.number, known.name, known.checksum) for known in known_migrations()]


@pytest.mark.alters
def test_a_new_migration_is_applied_alone(database: ClickHouseSettings, client: Client) -> None:
    new = read_migration(
        "9000_more.sql", "CREATE TABLE more (a UInt8) ENGINE = Memory;\n-- a; comment\nSELECT ';'\n;\n"
    )
    assert migrate(database, [*known_migrations(), new]) == ["9000_more.sql"]
    assert client.command("SELECT count() FROM more") == 0


def test_what_is_pending_is_said_and_not_applied(clickhouse: ClickHouse, database: ClickHouseSettings) -> None:
    assert pending_migrations(database) == []
    with pytest.raises(FatalError, match="run stayline migrate"):
        pending_migrations(ClickHouseSettings(url=clickhouse.url, database="nobody_made_it"))


@pytest.mark.alters
def test_a_database_newer_than_the_program_is_refused(database: ClickHouseSettings) -> None:
    newer = read_migration("9001_newer.sql", "SELECT 1;")
    migrate(database, [*known_migrations(), newer])
    with pytest.raises(FatalError, match=r"has migration 9001_newer\.sql, newer than this program"):
        migrate(database)


def test_a_migration_changed_after_it_was_applied_is_refused(database: ClickHouseSettings) -> None:
    first, *others = known_migrations()
    with pytest.raises(FatalError, match=r"0001_tables\.sql was changed after it had been applied"):
        migrate(database, [msgspec.structs.replace(first, checksum="0"), *others])


@pytest.mark.alters
def test_a_migration_that_clickhouse_refuses_is_named(database: ClickHouseSettings) -> None:
    wrong = read_migration("9002_wrong.sql", "CREATE TABLE wrong (a NoSuchType) ENGINE = Memory;")
    with pytest.raises(FatalError, match=r"applying migration 9002_wrong\.sql: ClickHouse refuses .*NoSuchType"):
        migrate(database, [*known_migrations(), wrong])


def test_a_migration_without_a_number_is_refused() -> None:
    with pytest.raises(UsageError, match=r"NNNN_words\.sql"):
        read_migration("tables.sql", "SELECT 1;")


@pytest.mark.parametrize(
    ("table", "record"),
    [
        ("interactions", Interaction),
        ("risk_scores", RiskScore),
        ("training_examples", TrainingExample),
        ("alerts", Alert),
        ("decisions", RetentionDecision),
        ("outcomes", DecisionOutcome),
        ("desk_audit", DeskAudit),
        ("holes", FeedHole),
        ("dead_letters", DeadLetter),
    ],
)
def test_a_table_has_the_fields_of_its_record(client: Client, table: str, record: type[msgspec.Struct]) -> None:
    columns = client.query(
        "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String} "
        "AND default_kind NOT IN ('MATERIALIZED', 'ALIAS') ORDER BY position",
        parameters={"table": table},
    ).result_rows
    assert [name for (name,) in columns] == [field.encode_name for field in msgspec.structs.fields(record)]


def test_every_table_and_column_says_what_it_is(client: Client) -> None:
    silent = client.query(
        "SELECT table, name FROM "
        "(SELECT table, name, comment FROM system.columns WHERE database = currentDatabase() "
        "UNION ALL SELECT name, '', comment FROM system.tables WHERE database = currentDatabase()) "
        "WHERE comment = '' AND table NOT LIKE '.%'"
    ).result_rows
    assert silent == []


def test_a_server_that_does_not_answer_is_unreachable() -> None:
    with pytest.raises(ServerUnreachableError, match=r"ClickHouse at http://127\.0\.0\.1:1 does not serve"):
        migrate(ClickHouseSettings(url="http://127.0.0.1:1"))


def test_a_server_that_is_too_slow_is_not_to_be_started() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # it takes connections, and answers none
        settings = ClickHouseSettings(url=f"http://127.0.0.1:{deaf.getsockname()[1]}", timeout_seconds=1)
        with pytest.raises(ServerUnreachableError, match="is there, but did not answer within 1 s") as refused:
            migrate(settings)

    assert "start it" not in str(refused.value)


def test_a_database_without_the_tables_asks_for_the_migration(database: ClickHouseSettings) -> None:
    with pytest.raises(FatalError, match="run stayline migrate"), open_client(database) as client:
        client.query("SELECT * FROM no_such_table")
