"""Hole detector: complete hours of one feed in, known holes out.

It sees each hour once, in order, with the number of events stamped in it. So its holes follow from the log alone, and
what it knows at an instant never depends on what came later. While a feed is silent its expectation stands still: a
silence that turns out to be a hole teaches nothing, any other one is learnt once it is over. A trickle of one event in
fifty does not end a silence, so that it hides no outage. Two unlikely silences of like length within a quarter are the
feed's own rhythm (Saturdays are closed now, bills go out once a month), and the next one like them is no hole.
"""

from collections.abc import MutableMapping
from typing import Final

import msgspec

from customers.feed.holes import Hole, Holes
from customers.feed.hourly_rate import WEEK_HOURS, HourlyRate
from customers.feed.trickle import LONGEST_HOURS, Trickle
from schemas.moments import HOUR_MS

LEAST_MISSING: Final = 50.0
"""Events that must have been expected in a hole: that none came by chance is out of the question."""

_LEAST_DAYS_MISSING: Final = 0.5
"""Part of an average day's events that must have been expected, too: a business that opens an hour later than it used
to, as when daylight saving ends, misses less."""

_WEEK_DAYS: Final = 7
_LEAST_HOURS: Final = 24
_LEAST_HOURS_AT_FIRST: Final = WEEK_HOURS
"""Before the hours of the week are known, a closed Sunday cannot be told from a hole; in its first week a feed has no
rate at all."""

_REMEMBERED_HOURS: Final = 90 * 24
"""Time for which an unlikely silence is remembered, hours."""

_REPEATED: Final = 2
"""Number of unlikely silences after which one that is no longer than they were is expected."""

_AS_LONG: Final = 1.25
"""Part of their length that it may last."""


class DetectorState(msgspec.Struct, array_like=True, frozen=True):
    """Everything that a detector knows, as it is stored.

    Attributes:
        rates: Rates by hour of the week, as bytes.
        hours: Number of hours learnt.
        recent: Fading number of events of the latest days.
        recent_expected: Fading number of events that were expected in them.
        next_hour: Next hour to be passed, hours since 1970.
        silent_from: First hour after the last event, hours since 1970.
        missing: Number of events expected since then; no more is added once a hole is known.
        holes: Known holes.
        silences: Unlikely silences of the latest time: the hour in which each ended, hours since 1970, and its hours.
        trickle: Number of events by hour in the silence that did not end it.
        evidence: Evidence by the last of them that the feed is back.
    """

    rates: bytes
    hours: int
    recent: float
    recent_expected: float
    next_hour: int
    silent_from: int
    missing: float
    holes: list[Hole]
    silences: list[tuple[int, int]] = []
    trickle: dict[int, int] = {}
    evidence: float = 0.0


class HoleDetector:
    """Finds the holes of one feed.

    Attributes:
        holes: Known holes.
        next_hour: Next hour to be passed, hours since 1970; 0 before the first event.
    """

    def __init__(self) -> None:
        """Start with nothing heard."""
        self.holes = Holes()
        self.next_hour = 0
        self._rate = HourlyRate()
        self._silent_from = 0
        self._missing = 0.0
        self._silences: list[tuple[int, int]] = []
        self._trickle = Trickle()

    @classmethod
    def resume(cls, state: DetectorState) -> "HoleDetector":
        """Return a detector that goes on from a stored state."""
        self = cls()
        self.holes = Holes(state.holes)
        self.next_hour = state.next_hour
        self._rate = HourlyRate(state.rates, state.hours, state.recent, state.recent_expected)
        self._silent_from = state.silent_from
        self._missing = state.missing
        self._silences = list(state.silences)
        self._trickle = Trickle(state.trickle, state.evidence)
        return self

    def state(self) -> DetectorState:
        """Return everything that it knows."""
        rate = self._rate
        return DetectorState(
            rate.by_hour.tobytes(),
            rate.hours,
            rate.recent,
            rate.recent_expected,
            self.next_hour,
            self._silent_from,
            self._missing,
            self.holes.known,
            self._silences,
            self._trickle.events,
            self._trickle.evidence,
        )

    @property
    def open_hole(self) -> Hole | None:
        """The hole that lasts; None if the feed is heard."""
        known = self.holes.known
        return known[-1] if known and not known[-1].end else None

    @property
    def silent_from(self) -> int:
        """First hour after the last event, hours since 1970; 0 before the first event."""
        return self._silent_from

    @property
    def recent_events(self) -> float:
        """Fading number of events of the latest days that were heard."""
        return self._rate.recent

    def pass_uncounted(self, until: int) -> None:
        """Pass hours before one without events, and without expecting any; hours since 1970."""
        if self.next_hour and self.open_hole is None:
            self.next_hour = max(self.next_hour, until)

    def restart(self, hour: int) -> None:
        """Leave all hours before one out, as if the last event had just been; a hole that lasts goes on.

        Args:
            hour: Hours since 1970; not before the next one to be passed.
        """
        if self.next_hour and self.open_hole is None:
            self.next_hour = self._silent_from = hour
            self._end_silence()

    def pass_to(self, hour: int, events: MutableMapping[int, int]) -> list[Hole]:
        """Pass all hours before one, which are complete, and return the holes that end in them.

        Args:
            hour: First hour that is not complete, hours since 1970.
            events: Number of events by hour; those of the passed hours are removed.
        """
        ended: list[Hole] = []
        for heard in sorted(one for one in events if one < hour):
            number = events.pop(heard)
            if heard >= self.next_hour and number:
                self._pass_silence(heard)
                if self._trickle.take(heard, number, self._rate, self._silent_from):
                    self._pass_silence(heard + 1)
                    continue
                if (hole := self.open_hole) is not None:
                    ended.append(hole)
                self._hear(heard, number)
        self._pass_silence(hour)
        return ended

    def _hear(self, hour: int, events: int) -> None:
        if self.open_hole is not None or self._is_unlikely():
            recent = [one for one in self._silences if hour - one[0] <= _REMEMBERED_HOURS]
            self._silences = [*recent, (hour, hour - self._silent_from)]
        learnt_from = self._silent_from or hour
        if (hole := self.open_hole) is not None:
            hole.end = hour * HOUR_MS
            shrunk = self._trickle.events and hour - self._silent_from > LONGEST_HOURS
            learnt_from = hour - LONGEST_HOURS if shrunk else hour
        for silent in range(learnt_from, hour):
            self._rate.learn(silent, self._trickle.events.get(silent, 0))
        self._rate.learn(hour, events)
        self.next_hour = self._silent_from = hour + 1
        self._end_silence()

    def _end_silence(self) -> None:
        self._missing = 0.0
        self._trickle = Trickle()

    def _pass_silence(self, until: int) -> None:
        """Pass hours without events."""
        if not self.next_hour or until <= self.next_hour:
            return
        while self.next_hour < until and self.open_hole is None:
            self._pass_silent_hour()
        if (hole := self.open_hole) is not None:
            # Anew each time, so that it does not depend on how often it was asked for.
            hole.missing = self._rate.expected_between(self._silent_from, until)
            self.next_hour = until

    def _pass_silent_hour(self) -> None:
        self._missing += self._rate.expected(self.next_hour)
        self.next_hour += 1
        if self._is_hole():
            start, known_at = self._silent_from * HOUR_MS, self.next_hour * HOUR_MS
            self.holes.known.append(Hole(start, known_at))

    def _is_hole(self) -> bool:
        """Return True if the silence so far is a hole: unlikely, and longer than those of late."""
        return self._is_unlikely() and self.next_hour - self._silent_from > self._usual_hours()

    def _usual_hours(self) -> float:
        """Return the length up to which an unlikely silence repeats those of late, hours; 0 where these are too few."""
        late = sorted(hours for end, hours in self._silences if self._silent_from - end <= _REMEMBERED_HOURS)
        return late[-_REPEATED] * _AS_LONG if len(late) >= _REPEATED else 0.0

    def _is_unlikely(self) -> bool:
        """Return True if the silence so far would hardly have come by chance."""
        if self._missing < LEAST_MISSING:
            return False
        rate, hours = self._rate, self.next_hour - self._silent_from
        if rate.hours < WEEK_HOURS or hours < (_LEAST_HOURS if rate.knows_the_week else _LEAST_HOURS_AT_FIRST):
            return False
        return self._missing >= _LEAST_DAYS_MISSING * rate.expected_between(0, WEEK_HOURS) / _WEEK_DAYS
