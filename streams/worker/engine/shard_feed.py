"""The feed watch of one partition: fed by the pages, kept beside the customers, so that both are committed together."""

from typing import Final

from customers.feed.feed_watch import FeedWatch
from customers.feed.holes import Hole, Holes
from schemas.hourly_counts import HourlyCounts
from streams.worker.engine.protocols import PartitionStore

FEED_KEY: Final = b"\xfffeed"
"""Key of the watch in store and changelog; no UTF-8, so that no customer has it."""


class ShardFeed:
    """Finds the holes of the raw topics for one partition; every partition finds the same."""

    def __init__(self, store: PartitionStore) -> None:
        """Go on from what the store has.

        Args:
            store: The partition's customers, and the watch beside them.

        Raises:
            msgspec.DecodeError: What the store has is no watch.
        """
        self._store = store
        self._watch = FeedWatch(store.get(FEED_KEY))

    @property
    def holes(self) -> Holes:
        """Known holes of the purchases."""
        return self._watch.holes

    def take(self, hours: HourlyCounts, clock: int) -> None:
        """Take in what a page tells.

        Args:
            hours: Hours that its source has completed.
            clock: The watermark after it, ms since 1970.
        """
        for topic, events in hours.items():
            for hour, number in events.items():
                self._watch.count(topic, hour, number)
        if self._watch.pass_to(clock) or hours:
            self._store.put(FEED_KEY, self._watch.encode())

    def lasting(self) -> dict[str, Hole]:
        """Return the holes that last now, by raw topic."""
        return {topic: hole for topic, hole in self._watch.known() if not hole.end}
