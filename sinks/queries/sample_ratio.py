"""Shares of decisions that were held out, beside those that were set."""

import msgspec
from clickhouse_connect.driver.client import Client

from sinks.clickhouse.ask import ask


class StoredRatio(msgspec.Struct, frozen=True):
    """One action's share of decisions held out, as the view ``sample_ratio`` has it.

    Attributes:
        action: Name of the action.
        decisions: Number of settled decisions of which the holdout was open.
        expected: Share that should have been held out.
        found: Share that was.
        is_mismatch: True if the difference is none of chance.
    """

    action: str
    decisions: int
    expected: float
    found: float
    is_mismatch: bool

    def __str__(self) -> str:
        """Return a line for people."""
        return f"{self.action}: {self.found:.2%} of {self.decisions:,} decisions are held out, not {self.expected:.2%}"


def sample_ratios(client: Client) -> list[StoredRatio]:
    """Return the share held out of each action.

    Args:
        client: A connection to the database.
    """
    return ask(
        client,
        "SELECT action, decisions, expected, found, is_mismatch FROM sample_ratio ORDER BY action",
        StoredRatio,
    )
