"""Ask ClickHouse one question: bound parameters in, typed rows out."""

from typing import Any, TypeVar

import msgspec
from clickhouse_connect.driver.client import Client

Connection = Client
"""A connection to the database, for those who ask and know no driver."""

Row = TypeVar("Row", bound=msgspec.Struct)


def ask(client: Client, statement: str, row: type[Row], **parameters: object) -> list[Row]:
    """Return the rows of an answer.

    Args:
        client: A connection to the database.
        statement: The query, with ``{name:Type}`` for each parameter.
        row: Type of a row; columns are its fields by name.
        parameters: Values, bound by the server.
    """
    bound: dict[str, Any] = dict(parameters)
    return [msgspec.convert(found, row) for found in client.query(statement, parameters=bound).named_results()]
