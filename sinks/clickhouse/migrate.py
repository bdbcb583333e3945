"""Bring the database to the schema of this program: tables step by step, views as their files define them."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Final

from clickhouse_connect.driver.client import Client

from schemas.errors import FatalError
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import errors_sorted, open_client
from sinks.clickhouse.sql_files import Migration, ViewFile, known_migrations, known_views, statements_of
from sinks.clickhouse.squashed import is_squashed, take_over

_RECORD_MIGRATION: Final = (
    "INSERT INTO schema_migrations (number, name, checksum) SELECT {number:UInt32}, {name:String}, {checksum:String}"
)
_RECORD_VIEWS: Final = (
    "INSERT INTO schema_views (name, checksum) SELECT view.1, view.2 "
    "FROM (SELECT arrayJoin(arrayZip({names:Array(String)}, {checksums:Array(String)})) AS view)"
)


def migrate(
    settings: ClickHouseSettings,
    migrations: Sequence[Migration] | None = None,
    views: Sequence[ViewFile] | None = None,
) -> list[str]:
    """Create the database if need be, apply the migrations it lacks, and make the views that are not as defined.

    Args:
        settings: Where ClickHouse is, and which database.
        migrations: What the tables consist of, in order; this program's own when not given.
        views: What the views are, in order; this program's own when not given.

    Returns:
        Files applied now: names of migrations, and ``views/NAME.sql``.

    Raises:
        FatalError: The database was written by a newer program, a migration was changed after it had been applied,
            or ClickHouse refuses a statement.
        ServerUnreachable: ClickHouse does not answer.
        UsageError: ClickHouse refuses the user.
    """
    _create_database(settings)
    with open_client(settings) as client:
        with errors_sorted(settings, "creating schema_migrations"):
            for statement in _record_tables():
                client.command(statement)
        applied = _applied(client, settings)
        if is_squashed(applied, settings.database):
            with errors_sorted(settings, "taking over a database of an earlier program"):
                take_over(client)
            applied = {}
        waiting = missing(known_migrations() if migrations is None else migrations, applied, settings.database)
        for migration in waiting:
            _apply(client, migration, settings)
        changed = differing(known_views() if views is None else views, _made(client, settings))
        _make(client, changed, settings)
    return _files(waiting, changed)


def pending_migrations(settings: ClickHouseSettings) -> list[str]:
    """Return the files that ``migrate`` would apply; nothing is changed.

    Raises:
        FatalError: There is no such database, or it does not fit this program.
        ServerUnreachable: ClickHouse does not answer.
        UsageError: ClickHouse refuses the user.
    """
    with open_client(settings) as client:
        applied = _applied(client, settings)
        if is_squashed(applied, settings.database):
            applied = {}
        waiting = missing(known_migrations(), applied, settings.database)
        return _files(waiting, differing(known_views(), _made(client, settings)))


def missing(known: Sequence[Migration], applied: Mapping[int, tuple[str, str]], database: str) -> list[Migration]:
    """Return the migrations that have yet to be applied.

    Args:
        known: What this program carries, in order.
        applied: Name and checksum by number, as the database has them.
        database: Its name, for the message.

    Raises:
        FatalError: The database has what this program does not know, or knows otherwise.
    """
    by_number = {migration.number: migration for migration in known}
    for number, (name, checksum) in sorted(applied.items()):
        if number not in by_number:
            raise FatalError(f"database {database} has migration {name}, newer than this program; upgrade the program")
        if by_number[number].checksum != checksum:
            raise FatalError(
                f"migration {name} was changed after it had been applied to database {database}; "
                "put the file back as it was and write the change as a new migration"
            )
    return [migration for migration in known if migration.number not in applied]


def differing(known: Sequence[ViewFile], made: Mapping[str, str]) -> list[ViewFile]:
    """Return the views that the database lacks or has by another definition.

    Args:
        known: What this program carries, in order.
        made: Checksum by name, as the database has them.
    """
    return [view for view in known if made.get(view.name) != view.checksum]


def _create_database(settings: ClickHouseSettings) -> None:
    with open_client(settings, database="") as client, errors_sorted(settings, f"creating {settings.database}"):
        client.command(f"CREATE DATABASE IF NOT EXISTS `{settings.database}`")


def _record_tables() -> tuple[str, ...]:
    return statements_of(files("sinks.clickhouse").joinpath("schema_records.sql").read_text("utf-8"))


def _applied(client: Client, settings: ClickHouseSettings) -> dict[int, tuple[str, str]]:
    with errors_sorted(settings, "reading schema_migrations"):
        rows = client.query("SELECT number, name, checksum FROM schema_migrations FINAL").result_rows
    return {number: (name, checksum) for number, name, checksum in rows}


def _made(client: Client, settings: ClickHouseSettings) -> dict[str, str]:
    with errors_sorted(settings, "reading schema_views"):
        if not client.command("EXISTS TABLE schema_views"):
            return {}
        rows = client.query("SELECT name, checksum FROM schema_views FINAL").result_rows
    return {name: checksum for name, checksum in rows}  # noqa: C416 - rows are sequences of unknown length


def _apply(client: Client, migration: Migration, settings: ClickHouseSettings) -> None:
    with errors_sorted(settings, f"applying migration {migration.name}"):
        for statement in migration.statements:
            client.command(statement)
        named = {"number": migration.number, "name": migration.name, "checksum": migration.checksum}
        client.command(_RECORD_MIGRATION, parameters=named)


def _make(client: Client, views: Sequence[ViewFile], settings: ClickHouseSettings) -> None:
    """Make views, and record them together: a record for each would be a third of the work, and any is made again."""
    for view in views:
        with errors_sorted(settings, f"making view {view.name}"):
            for statement in view.statements:
                client.command(statement)
    if views:
        made = {"names": [view.name for view in views], "checksums": [view.checksum for view in views]}
        with errors_sorted(settings, "recording the views made"):
            client.command(_RECORD_VIEWS, parameters=made)


def _files(migrations: Sequence[Migration], views: Sequence[ViewFile]) -> list[str]:
    return [*(migration.name for migration in migrations), *(f"views/{view.name}.sql" for view in views)]
