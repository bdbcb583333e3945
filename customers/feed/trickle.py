"""Trickle: the few events in a silence that do not end it, such as one a day where a thousand are usual.

They are a trickle while they are no more than one in fifty of those expected, and a one-sided sequential test of two
Poisson rates finds no evidence that the feed is back (Page, "Continuous Inspection Schemes", Biometrika 1954).
"""

from math import log
from typing import Final

from customers.feed.hourly_rate import HourlyRate

_MOST: Final = 0.02
"""Part of the expected events that may come in a silence: no more than one of 50 comes by chance in one of 10^20 spans
(Poisson distribution)."""

_BACK: Final = 0.1
"""Part of the expected events with which a feed is back."""

_EVIDENCE: Final = 5.0
"""Logarithm of the likelihood ratio from which on it is back: one time in 150 it is by chance."""

LONGEST_HOURS: Final = 180 * 24
"""Time after which a trickle is the feed's new rate, hours: a business may shrink to a fiftieth."""


class Trickle:
    """Events in a silence that do not end it.

    Attributes:
        events: Their number by hour, hours since 1970.
        evidence: Evidence by the last of them that the feed is back, a logarithm of a likelihood ratio.
    """

    __slots__ = ("events", "evidence")

    def __init__(self, events: dict[int, int] | None = None, evidence: float = 0.0) -> None:
        """Start with none, or go on from what was stored; see the attributes."""
        self.events = dict(events or {})
        self.evidence = evidence

    def take(self, hour: int, events: int, rate: HourlyRate, start: int) -> bool:
        """Add the events of an hour if they are too few to end the silence; return True if so.

        Args:
            hour: Hours since 1970.
            events: Number of events stamped in it.
            rate: What is to be expected.
            start: First hour of the silence, hours since 1970.
        """
        if not rate.knows_the_week or hour - start > LONGEST_HOURS:
            return False
        if sum(self.events.values()) + events > _MOST * rate.expected_between(start, hour + 1):
            return False
        quiet = rate.expected_between(max(self.events, default=start - 1) + 1, hour)
        evidence = max(self.evidence - (_BACK - _MOST) * quiet, 0.0)
        evidence = max(evidence + events * log(_BACK / _MOST) - (_BACK - _MOST) * rate.expected(hour), 0.0)
        if evidence > _EVIDENCE:
            return False
        self.events[hour] = events
        self.evidence = evidence
        return True
