"""The last moment in the log: what a customer's figures are as of."""

from datetime import datetime
from typing import Final

import msgspec
from clickhouse_connect.driver.client import Client

from sinks.clickhouse.ask import ask

_CLOCK: Final = """
SELECT
    (SELECT maxOrNull(stamped_at) FROM interactions) AS last_event,
    (SELECT maxOrNull(scored_at) FROM risk_scores) AS last_score
"""


class _Clock(msgspec.Struct, frozen=True):
    last_event: datetime | None
    last_score: datetime | None


def log_end(client: Client) -> datetime | None:
    """Return the last moment of an event or a score, UTC; None if the log is empty.

    Args:
        client: A connection to the database.
    """
    (clock,) = ask(client, _CLOCK, _Clock)
    return max((moment for moment in (clock.last_event, clock.last_score) if moment is not None), default=None)
