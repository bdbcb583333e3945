"""Databases from before the tables' first twenty migrations were squashed into one file."""

from collections.abc import Mapping
from typing import Final

from clickhouse_connect.driver.client import Client

from schemas.errors import FatalError

FIRST: Final = ("0001_tables.sql", "1b5ba948f1cab73c6656ac7dd3ddde2ba1e27951827e0c35b6d5f5299404be3c")
_LAST_NUMBER: Final = 20
LAST: Final = ("0020_parts_in_one_file.sql", "80b6577e703a09fd0f7634ef70f76aa8df503a474913b20be1fd35bc469fba66")

_FORGET_THEM: Final = "ALTER TABLE schema_migrations DELETE WHERE number <= 20"


def is_squashed(applied: Mapping[int, tuple[str, str]], database: str) -> bool:
    """Return True if a database has all of the squashed migrations, and so the tables of today's first one.

    Args:
        applied: Name and checksum by number, as the database has them.
        database: Its name, for the message.

    Raises:
        FatalError: It has some of them only.
    """
    if applied.get(1) != FIRST:
        return False
    if applied.get(_LAST_NUMBER) != LAST:
        newest, _ = applied[max(applied)]
        raise FatalError(
            f"database {database} stopped at migration {newest}, which this program no longer carries: "
            f"run the earlier program's stayline migrate to its end ({LAST[0]}), or name a new database"
        )
    return True


def take_over(client: Client) -> None:
    """Strike the squashed migrations from the record; the first of today then finds its tables and is recorded."""
    client.command(_FORGET_THEM, settings={"mutations_sync": 1})
