"""Bring the database to the schema of this program, once and in order."""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from typing import Final

import msgspec
from clickhouse_connect.driver.client import Client

from schemas.errors import FatalError, UsageError
from schemas.settings import ClickHouseSettings
from sinks.clickhouse.client import errors_sorted, open_client

_NAME: Final = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")
_END_OF_STATEMENT: Final = re.compile(r";[ \t]*$", re.MULTILINE)
_COMMENT: Final = re.compile(r"^\s*--.*$", re.MULTILINE)

_RECORD: Final = """
CREATE TABLE IF NOT EXISTS schema_migrations
(
    number UInt32 COMMENT 'Migrations are applied in this order',
    name String COMMENT 'File that holds it',
    checksum String COMMENT 'SHA-256 of the file as it was applied',
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When'
)
ENGINE = ReplacingMergeTree
ORDER BY number
COMMENT 'Which migrations this database has; read it with FINAL'
"""


class Migration(msgspec.Struct, frozen=True):
    """One numbered step of the schema.

    Attributes:
        number: Its place in the order.
        name: Its file.
        checksum: SHA-256 of the file's text, in hexadecimal.
        statements: What it does. ClickHouse has no transactions for these, so each may be run again: a migration
            that was interrupted is begun anew.
    """

    number: int
    name: str
    checksum: str
    statements: tuple[str, ...]


def known_migrations() -> list[Migration]:
    """The migrations that this program carries, in order."""
    scripts = (entry for entry in files("sinks.clickhouse").joinpath("migrations").iterdir() if _NAME.match(entry.name))
    return sorted((read_migration(entry.name, entry.read_text("utf-8")) for entry in scripts), key=lambda m: m.number)


def read_migration(name: str, text: str) -> Migration:
    """Read one migration.

    Args:
        name: Its file's name, ``NNNN_words.sql``.
        text: The file; a statement ends with a semicolon at the end of a line.

    Raises:
        UsageError: The name does not begin with a number.
    """
    numbered = _NAME.match(name)
    if numbered is None:
        raise UsageError(f"migration {name} must be called NNNN_words.sql")
    checksum = sha256(text.encode()).hexdigest()
    return Migration(int(numbered[1]), name, checksum, statements_of(text))


def statements_of(text: str) -> tuple[str, ...]:
    """The statements of a file, without its comments; each ends with a semicolon at the end of a line."""
    statements = (statement.strip() for statement in _END_OF_STATEMENT.split(_COMMENT.sub("", text)))
    return tuple(filter(None, statements))


def migrate(settings: ClickHouseSettings, migrations: Sequence[Migration] | None = None) -> list[str]:
    """Create the database if need be, and apply what it lacks.

    Args:
        settings: Where ClickHouse is, and which database.
        migrations: What the schema consists of, in order; this program's own when not given.

    Returns:
        Names of the migrations applied now.

    Raises:
        FatalError: The database was written by a newer program, a migration was changed after it had been applied,
            or ClickHouse refuses a statement.
        ServerUnreachableError: ClickHouse does not answer.
        UsageError: ClickHouse refuses the user.
    """
    with open_client(settings, database="") as client, errors_sorted(settings, f"creating {settings.database}"):
        client.command(f"CREATE DATABASE IF NOT EXISTS `{settings.database}`")
    with open_client(settings) as client:
        with errors_sorted(settings, "creating schema_migrations"):
            client.command(_RECORD)
        applied = _applied(client, settings)
        waiting = missing(known_migrations() if migrations is None else migrations, applied, settings.database)
        for migration in waiting:
            _apply(client, migration, settings)
    return [migration.name for migration in waiting]


def pending_migrations(settings: ClickHouseSettings) -> list[str]:
    """Names of the migrations that the database lacks; nothing is changed.

    Raises:
        FatalError: There is no such database, or it does not fit this program.
        ServerUnreachableError: ClickHouse does not answer.
        UsageError: ClickHouse refuses the user.
    """
    with open_client(settings) as client:
        waiting = missing(known_migrations(), _applied(client, settings), settings.database)
    return [migration.name for migration in waiting]


def missing(known: Sequence[Migration], applied: Mapping[int, tuple[str, str]], database: str) -> list[Migration]:
    """Which migrations have yet to be applied.

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


def _applied(client: Client, settings: ClickHouseSettings) -> dict[int, tuple[str, str]]:
    with errors_sorted(settings, "reading schema_migrations"):
        rows = client.query("SELECT number, name, checksum FROM schema_migrations FINAL").result_rows
    return {number: (name, checksum) for number, name, checksum in rows}


def _apply(client: Client, migration: Migration, settings: ClickHouseSettings) -> None:
    with errors_sorted(settings, f"applying migration {migration.name}"):
        for statement in migration.statements:
            client.command(statement)
        client.command(
            "INSERT INTO schema_migrations (number, name, checksum) "
            "SELECT {number:UInt32}, {name:String}, {checksum:String}",
            parameters={"number": migration.number, "name": migration.name, "checksum": migration.checksum},
        )
