"""Watched feed: a detector, and counts of hours that are not complete."""

from typing import Self

import msgspec

from customers.feed.hole_detector import DetectorState, HoleDetector


class StoredFeed(msgspec.Struct, array_like=True, frozen=True):
    """A feed as it is stored.

    Attributes:
        detector: State of its detector.
        waiting: Number of events by hour, of hours that are not complete.
    """

    detector: DetectorState
    waiting: dict[int, int]


class WatchedFeed:
    """A feed as it is watched.

    Attributes:
        detector: Finds its holes.
        waiting: Number of events by hour, of hours that are not complete.
    """

    __slots__ = ("detector", "waiting")

    def __init__(self) -> None:
        """Start with nothing heard."""
        self.detector = HoleDetector()
        self.waiting: dict[int, int] = {}

    @classmethod
    def resume(cls, stored: StoredFeed) -> Self:
        """Return a feed that goes on from what was stored."""
        self = cls()
        self.detector = HoleDetector.resume(stored.detector)
        self.waiting = stored.waiting
        return self

    def stored(self) -> StoredFeed:
        """Return everything that it knows."""
        return StoredFeed(self.detector.state(), self.waiting)

    def count(self, hour: int, events: int) -> None:
        """Count events of an hour since 1970."""
        self.waiting[hour] = self.waiting.get(hour, 0) + events
