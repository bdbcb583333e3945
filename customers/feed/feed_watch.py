"""Feed watch: the holes of all raw topics, from the number of events in each hour.

Counts may come ahead of the clock, from raw partitions that are read faster than others; they wait until it has passed
their hour.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import msgspec

from customers.feed.hole_detector import DetectorState, HoleDetector
from customers.feed.holes import Hole
from schemas.events import TOPIC_OF_TYPE
from schemas.moments import HOUR_MS

PURCHASES: Final = TOPIC_OF_TYPE["purchase"]
"""The raw topic whose holes count: silence and questions are about purchases."""


class _StoredFeed(msgspec.Struct, array_like=True, frozen=True):
    """One feed as it is stored: its detector, and counts of hours that are not complete."""

    detector: DetectorState
    waiting: dict[int, int]


class _Feed:
    """One feed: its detector, and counts of hours that are not complete, by hour."""

    def __init__(self, detector: HoleDetector, waiting: dict[int, int]) -> None:
        self.detector = detector
        self.waiting = waiting


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(dict[str, _StoredFeed])


class FeedWatch:
    """Finds the holes of every raw topic.

    Attributes:
        holes: Known holes of the purchases, on which silence and questions rest.
    """

    def __init__(self, stored: bytes | None = None) -> None:
        """Start with nothing heard, or go on from a stored watch.

        Args:
            stored: Result of ``encode`` of an earlier watch.

        Raises:
            msgspec.DecodeError: The bytes are none.
        """
        found = _decoder.decode(stored) if stored else {}
        self._feeds: defaultdict[str, _Feed] = defaultdict(lambda: _Feed(HoleDetector(), {}))
        for topic, feed in found.items():
            self._feeds[topic] = _Feed(HoleDetector.resume(feed.detector), feed.waiting)
        self._hour = 0
        self.holes = self._feeds[PURCHASES].detector.holes

    def encode(self) -> bytes:
        """Return everything that it knows, as bytes."""
        return _encoder.encode({t: _StoredFeed(feed.detector.state(), feed.waiting) for t, feed in self._feeds.items()})

    def count(self, topic: str, hour: int, events: int = 1) -> None:
        """Count events.

        Args:
            topic: Raw topic.
            hour: Hour of their stamps, hours since 1970.
            events: Number of them.
        """
        waiting = self._feeds[topic].waiting
        waiting[hour] = waiting.get(hour, 0) + events

    def pass_to(self, clock: int) -> list[tuple[str, Hole]] | None:
        """Take the hours before a clock for complete.

        Args:
            clock: Instant up to which every event was counted, ms since 1970.

        Returns:
            The holes that end in these hours, with their raw topics; None if no hour was passed.
        """
        hour = (clock + 1) // HOUR_MS
        if hour <= self._hour:
            return None
        self._hour = hour
        return [
            (topic, hole) for topic, feed in self._feeds.items() for hole in feed.detector.pass_to(hour, feed.waiting)
        ]

    def known(self) -> Iterator[tuple[str, Hole]]:
        """Yield the known holes of all topics."""
        for topic, feed in self._feeds.items():
            yield from ((topic, hole) for hole in feed.detector.holes.known)
