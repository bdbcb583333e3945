"""Feed watch: the holes of the raw topics that systems publish, and their silent parts, from the events of each hour.

Counts may come ahead of the clock, from raw partitions that are read faster than others; they wait until it has passed
their hour.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import msgspec

from customers.feed.feed_parts import FeedParts
from customers.feed.holes import Hole
from customers.feed.watched_feed import StoredFeed, WatchedFeed
from schemas.events.raw_events import FEEDS, TOPIC_OF_TYPE
from schemas.moments import HOUR_MS
from schemas.pages.feed_part import FeedPart
from schemas.pages.hourly_counts import HourlyCounts

PURCHASES: Final = TOPIC_OF_TYPE["purchase"]
"""The raw topic whose holes count: silence and questions are about purchases."""


class _StoredWatch(msgspec.Struct, array_like=True, frozen=True):
    """A watch as it is stored."""

    topics: dict[str, StoredFeed]
    parts: dict[str, StoredFeed]


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(_StoredWatch | dict[str, StoredFeed])
"""Before parts were watched, the topics alone were stored."""


class FeedWatch:
    """Finds the holes of every feed.

    Attributes:
        holes: Known holes of the purchases, on which silence and questions rest.
        parts: The parts of the topics.
    """

    def __init__(self, stored: bytes | None = None) -> None:
        """Start with nothing heard, or go on from a stored watch.

        Args:
            stored: Result of ``encode`` of an earlier watch.

        Raises:
            msgspec.DecodeError: The bytes are none.
        """
        found = _decoder.decode(stored) if stored else _StoredWatch({}, {})
        known = found if isinstance(found, _StoredWatch) else _StoredWatch(found, {})
        self._feeds: defaultdict[str, WatchedFeed] = defaultdict(WatchedFeed)
        for topic, feed in known.topics.items():
            self._feeds[topic] = WatchedFeed.resume(feed)
        self.parts = FeedParts(known.parts)
        self._hour = 0
        self.holes = self._feeds[PURCHASES].detector.holes

    def encode(self) -> bytes:
        """Return everything that it knows, as bytes."""
        topics = {topic: feed.stored() for topic, feed in self._feeds.items()}
        return _encoder.encode(_StoredWatch(topics, self.parts.stored()))

    def count(self, topic: str, hour: int, events: int = 1) -> None:
        """Count events; those of a raw topic that is no feed do not matter.

        Args:
            topic: Raw topic.
            hour: Hour of their stamps, hours since 1970.
            events: Number of them.
        """
        if topic in FEEDS:
            self._feeds[topic].count(hour, events)

    def count_all(self, hours: HourlyCounts, parts: HourlyCounts) -> None:
        """Count the events that the pages tell of.

        Args:
            hours: By raw topic.
            parts: By the text of each part of a topic.
        """
        for topic, by_hour in hours.items():
            for hour, events in by_hour.items():
                self.count(topic, hour, events)
        for text, by_hour in parts.items():
            self.parts.count(FeedPart.of(text), by_hour)

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
        return [(topic, hole) for topic, feed in self._feeds.items() for hole in self._pass_hours(topic, feed)]

    def _pass_hours(self, topic: str, feed: WatchedFeed) -> list[Hole]:
        heard = sorted(hour for hour in feed.waiting if hour < self._hour)
        ended = feed.detector.pass_to(self._hour, feed.waiting)
        self.parts.pass_hours(topic, heard, ended)
        return ended

    def known(self) -> Iterator[tuple[str, Hole]]:
        """Yield the known holes of all topics."""
        for topic, feed in self._feeds.items():
            yield from ((topic, hole) for hole in feed.detector.holes.known)
