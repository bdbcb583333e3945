"""The feed watch of one partition: fed by the pages, kept beside the customers, so that both are committed together.

A hole is published when its end is known. Every partition writes the same record, so that any of them will do.
"""

from typing import Final

from customers.feed.feed_watch import FeedWatch
from customers.feed.holes import Hole, Holes
from schemas.hourly_counts import HourlyCounts
from schemas.moments import from_ms
from schemas.records import PUBLISHED_DIGITS, FeedHole, encode_record
from schemas.topics import HOLES
from streams.worker.engine.protocols import Batch, PartitionStore

FEED_KEY: Final = b"\xfffeed"
"""Key of the watch in store and changelog; no UTF-8, so that no customer has it."""


class ShardFeed:
    """Finds the holes of the raw topics for one partition; every partition finds the same.

    Attributes:
        lasting: The holes that last now, by raw topic.
    """

    def __init__(self, store: PartitionStore) -> None:
        """Go on from what the store has.

        Args:
            store: The partition's customers, and the watch beside them.

        Raises:
            msgspec.DecodeError: What the store has is no watch.
        """
        self._store = store
        self._watch = FeedWatch(store.get(FEED_KEY))
        self.lasting = self._lasting()

    @property
    def holes(self) -> Holes:
        """Known holes of the purchases."""
        return self._watch.holes

    def take(self, hours: HourlyCounts, clock: int, batch: Batch) -> None:
        """Take in what a page tells, and publish the holes that are over by it.

        Args:
            hours: Hours that its source has completed.
            clock: The watermark after it, ms since 1970.
            batch: Gets a record for each hole whose end was not known before.
        """
        for topic, events in hours.items():
            for hour, number in events.items():
                self._watch.count(topic, hour, number)
        ended = self._watch.pass_to(clock)
        if ended is None and not hours:
            return
        self._store.put(FEED_KEY, self._watch.encode())
        self.lasting = self._lasting()
        for topic, hole in ended or ():
            batch.emit(HOLES, f"{topic}/{hole.start}".encode(), encode_record(_record_of(topic, hole)))

    def _lasting(self) -> dict[str, Hole]:
        return {topic: hole for topic, hole in self._watch.known() if not hole.end}


def _record_of(topic: str, hole: Hole) -> FeedHole:
    return FeedHole(
        topic=topic,
        starts_at=from_ms(hole.start),
        known_at=from_ms(hole.known_at),
        ends_at=from_ms(hole.end),
        missing=round(hole.missing, PUBLISHED_DIGITS),
    )
