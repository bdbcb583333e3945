"""Holes: spans in which no event of a feed was stamped although many were likely.

A customer's silence during a hole says nothing of the customer. So time is counted without holes, as far as they were
known at the instant at which it is counted: what is known at an instant follows from the complete hours before it.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from customers.state import NEVER
from schemas.moments import HOUR_MS

TELLING_SHARE: Final = 0.1
"""Part of a span in holes above which it says nothing of a customer."""


class Hole(msgspec.Struct, array_like=True):
    """A span without events, in whole hours; all times are ms since 1970.

    Attributes:
        start: End of the last hour with an event.
        known_at: Instant from which on it is known to be a hole.
        end: Start of the first hour with an event again; NEVER while it lasts.
        missing: Number of events that were expected in it, so far.
    """

    start: int
    known_at: int
    end: int = NEVER
    missing: float = 0.0


class Holes:
    """The known holes of one feed.

    Attributes:
        known: Holes in the order of time; only the last one may still last.
    """

    def __init__(self, known: Iterable[Hole] = ()) -> None:
        """Start with holes, in the order of time."""
        self.known = list(known)

    def __bool__(self) -> bool:
        """Return True if there is any hole."""
        return bool(self.known)

    def heard(self, start: int, end: int, as_of: int) -> int:
        """Return the time within a span outside holes, ms.

        Args:
            start: Start of the span, ms since 1970.
            end: End of the span, ms since 1970; not before the start.
            as_of: Instant up to whose last complete hour the feed is known, ms since 1970.
        """
        complete = as_of - as_of % HOUR_MS
        heard = end - start
        for hole in reversed(self.known):
            until = min(hole.end or complete, complete)
            if until <= start:
                break
            if hole.known_at <= as_of:
                heard -= max(min(until, end) - max(hole.start, start), 0)
        return heard

    def is_silent(self, at: int) -> bool:
        """Return True if a hole lasts at an instant, ms since 1970, as far as it is known then."""
        return self.silent_until(at, at) is not None

    def silent_until(self, at: int, until: int) -> int | None:
        """Return the last instant of the hole that lasts at an instant, as far as it is known then; None if none does.

        The hour in which a hole ends counts as silent: that it has an event is known when it is complete.

        Args:
            at: Instant, ms since 1970.
            until: Latest instant of interest, ms since 1970, not before ``at``; a hole that lasts is silent up to it.
        """
        for hole in reversed(self.known):
            if hole.known_at <= at:
                last = hole.end + HOUR_MS - 1 if hole.end else until
                return min(last, until) if at <= last else None
        return None

    def share(self, start: int, end: int, as_of: int) -> float:
        """Return the part of a span that lies in holes; for the arguments see ``heard``."""
        return 1.0 - self.heard(start, end, as_of) / (end - start) if self.known and end > start else 0.0

    def blur(self, since: int, now: int, horizon_ms: int) -> bool:
        """Return True if a silence lies in holes to a telling part, and less than a horizon was heard after them.

        Args:
            since: Start of the silence, ms since 1970.
            now: Present instant, ms since 1970.
            horizon_ms: Length of the horizon, ms.
        """
        if self.share(since, now, now) <= TELLING_SHARE:
            return False
        last = next(hole for hole in reversed(self.known) if hole.known_at <= now)
        return now - (last.end or now) < horizon_ms


NO_HOLES: Final = Holes()
"""Of a feed that was always heard."""
