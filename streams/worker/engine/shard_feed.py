"""The feed watch of one partition: fed by the pages, kept beside the customers, so that both are committed together.

A hole is published when its end is known. Every partition writes the same record, so that any of them will do. Parts of
topics are watched by the one partition whose pages tell of them.
"""

from typing import Final

from customers.feed.feed_parts import FeedParts
from customers.feed.feed_watch import FeedWatch
from customers.feed.holes import Hole, Holes
from schemas.moments import from_ms
from schemas.pages.hourly_counts import HourlyCounts
from schemas.pages.page import PARTS_PARTITION
from schemas.records.encode import PUBLISHED_DIGITS, encode_record
from schemas.records.feed_hole import FeedHole
from schemas.topics import HOLES
from streams.worker.engine.protocols import Batch, PartitionStore

FEED_KEY: Final = b"\xfffeed"
"""Key of the watch in store and changelog; no UTF-8, so that no customer has it."""


class ShardFeed:
    """Finds the holes of the raw topics for one partition; every partition finds the same.

    Attributes:
        lasting: The holes that last now, by raw topic.
        silent_parts: The holes of parts that last now.
    """

    def __init__(self, partition: int, store: PartitionStore) -> None:
        """Go on from what the store has.

        Args:
            partition: Its number. One partition alone is told of parts; another may have had its watch from that one.
            store: The partition's customers, and the watch beside them.

        Raises:
            msgspec.DecodeError: What the store has is no watch.
        """
        self._store = store
        self._watch = FeedWatch(store.get(FEED_KEY))
        if partition != PARTS_PARTITION:
            self._watch.parts = FeedParts()
        self._look()

    @property
    def holes(self) -> Holes:
        """Known holes of the purchases."""
        return self._watch.holes

    def take(self, hours: HourlyCounts, parts: HourlyCounts, clock: int, batch: Batch) -> None:
        """Take in what a page tells, and publish the holes that are over by it.

        Args:
            hours: Hours that its source has completed, by raw topic.
            parts: The same by part of a topic.
            clock: The watermark after it, ms since 1970.
            batch: Gets a record for each hole whose end was not known before.
        """
        self._watch.count_all(hours, parts)
        ended = self._watch.pass_to(clock)
        if ended is None and not hours:
            return
        self._store.put(FEED_KEY, self._watch.encode())
        self._look()
        for topic, hole in ended or ():
            batch.emit(HOLES, f"{topic}/{hole.start}".encode(), encode_record(_record_of(topic, hole)))

    def _look(self) -> None:
        self.lasting = {topic: hole for topic, hole in self._watch.known() if not hole.end}
        self.silent_parts = dict(self._watch.parts.silent())


def _record_of(topic: str, hole: Hole) -> FeedHole:
    return FeedHole(
        topic=topic,
        starts_at=from_ms(hole.start),
        known_at=from_ms(hole.known_at),
        ends_at=from_ms(hole.end),
        missing=round(hole.missing, PUBLISHED_DIGITS),
    )
