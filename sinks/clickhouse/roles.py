"""The roles of writers and analysts."""

from importlib.resources import files
from typing import Final

from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import errors_sorted, open_client
from sinks.clickhouse.sql_files import statements_of

WRITER: Final = "stayline_writer"
ANALYST: Final = "stayline_analyst"


def create_roles(settings: ClickHouseSettings) -> None:
    """Create the roles and their grants; existing ones are brought up to date.

    Args:
        settings: Where ClickHouse is, as a user who may manage access, and which database the roles are for.

    Raises:
        FatalError: ClickHouse refuses a statement.
        ServerUnreachableError: ClickHouse does not answer.
        UsageError: ClickHouse refuses the user, or the user may not manage access.
    """
    with open_client(settings, database="") as client, errors_sorted(settings, "creating roles"):
        for statement in role_statements(settings.database):
            client.command(statement)


def role_statements(database: str) -> tuple[str, ...]:
    """Return the statements that create the roles, in order.

    Args:
        database: The database of the grants.
    """
    text = files("sinks.clickhouse").joinpath("roles.sql").read_text("utf-8")
    return statements_of(text.replace("{database}", f"`{database}`"))
