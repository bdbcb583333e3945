"""The period that all figures of the page share, and queries about it."""

from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from clickhouse_connect.driver.client import Client

from sinks.clickhouse.ask import Row, ask
from sinks.queries.log_end import log_end

_WEEK_DAYS: Final = 7
_SHORT_DAYS: Final = 60
"""Longest period that is shown by days; longer ones are shown by weeks."""


class Period(msgspec.Struct, frozen=True):
    """The days that the page covers, in steps of equal length that end with the last moment in the log.

    Attributes:
        end: Last moment of an event or a score, UTC.
        steps: Number of steps.
        step_days: Days a step.
    """

    end: datetime
    steps: int
    step_days: int

    @property
    def days(self) -> int:
        """Days in all."""
        return self.steps * self.step_days

    @property
    def begin(self) -> datetime:
        """First moment."""
        return self.end - timedelta(days=self.days)

    @property
    def unit(self) -> str:
        """Name of a step: week or day."""
        return "week" if self.step_days == _WEEK_DAYS else "day"

    def ends(self) -> list[datetime]:
        """Return the end of every step, the first first."""
        return [self.end - timedelta(days=self.step_days * back) for back in reversed(range(self.steps))]


def period_of(client: Client, days: int) -> Period | None:
    """Return the latest days of the log, in whole weeks if more than sixty, or None if the log is empty.

    Args:
        client: A connection to the database.
        days: Least number of days.
    """
    end = log_end(client)
    if end is None:
        return None
    step_days = 1 if days <= _SHORT_DAYS else _WEEK_DAYS
    return Period(end, -(-days // step_days), step_days)


def ask_of(client: Client, period: Period, statement: str, row: type[Row], **parameters: object) -> list[Row]:
    """Ask one question about a period; the statement may use ``begin``, ``end``, ``steps`` and ``step_days``."""
    bounds: dict[str, Any] = {
        "begin": period.begin,
        "end": period.end,
        "steps": period.steps,
        "step_days": period.step_days,
    }
    return ask(client, statement, row, **bounds, **parameters)
