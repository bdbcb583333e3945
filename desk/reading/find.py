"""Finds customers by the beginning of their ids."""

from typing import Final

import msgspec

from sinks.clickhouse.ask import Connection, ask

# Scores lie in the order of customer ids, so that the beginning of one is a range of the key.
_FOUND: Final = """
SELECT DISTINCT customer_id
FROM risk_scores
WHERE startsWith(customer_id, {beginning:String})
ORDER BY customer_id
LIMIT {limit:UInt32}
"""


class _FoundCustomer(msgspec.Struct, frozen=True):
    customer_id: str


def find_customers(client: Connection, beginning: str, limit: int = 10) -> list[str]:
    """Return the ids of scored customers that begin with some text, in their order.

    Args:
        client: A connection to the database.
        beginning: The text; with none, nobody is found.
        limit: Largest number of ids.
    """
    if not beginning:
        return []
    return [row.customer_id for row in ask(client, _FOUND, _FoundCustomer, beginning=beginning, limit=limit)]
