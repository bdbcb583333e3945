"""Hourly rate: the number of events of a feed to be expected in an hour, by what was heard before.

Once four weeks are known, each hour of the week has its own rate, so that nights and closed Sundays are expected to be
empty; before that, all hours share one. Rates fade with a half-life of 30 days. Where the latest days had fewer events
than their hours of the week made likely, less is expected of all hours.
"""

from array import array
from typing import Final

WEEK_HOURS: Final = 168
_KNOWN_HOURS: Final = 4 * WEEK_HOURS
_FADING: Final = 1.0 - 2.0 ** (-7 / 30)
"""Weight of the latest week: the half-life is 30 days."""

_RECENT: Final = 2.0 ** (-1 / 72)
"""Share left after an hour of what the latest days brought: the half-life is three days."""


class HourlyRate:
    """Expected events by hour of the week.

    Attributes:
        by_hour: Fading mean of each hour of the week, shape (168,); single precision, so that it is stored exactly.
        hours: Number of hours learnt.
        recent: Fading number of events of the latest days.
        recent_expected: Fading number of events that were expected in them.
    """

    __slots__ = ("_mean", "by_hour", "hours", "recent", "recent_expected")

    def __init__(
        self, by_hour: bytes = bytes(4 * WEEK_HOURS), hours: int = 0, recent: float = 0.0, recent_expected: float = 0.0
    ) -> None:
        """Start with nothing heard, or go on from what was stored; see the attributes."""
        self.by_hour = array("f", by_hour)
        self.hours = hours
        self.recent = recent
        self.recent_expected = recent_expected
        self._mean = self._mean_of_all()

    @property
    def knows_the_week(self) -> bool:
        """True once four weeks were heard."""
        return self.hours >= _KNOWN_HOURS

    def expected(self, hour: int) -> float:
        """Return the number of events to be expected in an hour since 1970."""
        return self._usual(hour) * self._slack()

    def expected_between(self, start: int, end: int) -> float:
        """Return the number of events to be expected in a span of hours, hours since 1970."""
        weeks, rest = divmod(end - start, WEEK_HOURS)
        usual = sum(self._usual(hour) for hour in range(end - rest, end))
        if weeks:  # seldom, and the mean of a week takes longer than all else
            usual += weeks * WEEK_HOURS * self._mean_of_all()
        return usual * self._slack()

    def learn(self, hour: int, events: int) -> None:
        """Learn the number of events in the hour after the one learnt before.

        Args:
            hour: Hours since 1970.
            events: Number of events stamped in it.
        """
        self.recent = self.recent * _RECENT + events
        self.recent_expected = self.recent_expected * _RECENT + self._usual(hour)
        place = hour % WEEK_HOURS
        weight = max(_FADING, 1.0 / (self.hours // WEEK_HOURS + 1))
        self.by_hour[place] += weight * (events - self.by_hour[place])
        self.hours += 1
        if self.hours < _KNOWN_HOURS:
            self._mean = self._mean_of_all()

    def _usual(self, hour: int) -> float:
        return self.by_hour[hour % WEEK_HOURS] if self.hours >= _KNOWN_HOURS else self._mean

    def _mean_of_all(self) -> float:
        return sum(self.by_hour) / max(min(self.hours, WEEK_HOURS), 1)

    def _slack(self) -> float:
        """Return the share of the usual events that the latest days had; 1 at most."""
        return min(self.recent / self.recent_expected, 1.0) if self.recent_expected > 0.0 else 1.0
