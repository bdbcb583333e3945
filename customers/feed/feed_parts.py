"""Feed parts: the channels, campaigns and raw partitions that fell silent while the rest of their topic goes on.

Each is watched by the statistic of whole topics. But hours count only in which its topic was heard, and a part that was
silent for two weeks is taken for given up. They warn; nothing is concluded about customers.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from customers.feed.holes import Hole
from customers.feed.watched_feed import StoredFeed, WatchedFeed
from schemas.moments import HOUR_MS
from schemas.pages.feed_part import CAMPAIGN, FeedPart

MOST_CAMPAIGNS: Final = 16
"""Campaigns watched of a topic: any text may be one, and memory is bounded."""

GIVEN_UP_HOURS: Final = 14 * 24
"""Silence after which a part is forgotten, hours: a campaign is over, a channel is closed."""


class FeedParts:
    """Finds the parts of the raw topics that fell silent."""

    def __init__(self, stored: Mapping[str, StoredFeed] | None = None) -> None:
        """Start with nothing heard, or go on from what was stored."""
        self._topics: defaultdict[str, dict[FeedPart, WatchedFeed]] = defaultdict(dict)
        for text, feed in (stored or {}).items():
            part = FeedPart.of(text)
            self._topics[part.topic][part] = WatchedFeed.resume(feed)

    def stored(self) -> dict[str, StoredFeed]:
        """Return everything that is known, by the text of each part."""
        return {part.text: feed.stored() for parts in self._topics.values() for part, feed in parts.items()}

    def count(self, part: FeedPart, by_hour: Mapping[int, int]) -> None:
        """Count events of a part, unless it is a campaign rarer than those that are watched.

        Args:
            part: One part of a raw topic.
            by_hour: Number of events by hour of their stamps, hours since 1970.
        """
        parts = self._topics[part.topic]
        feed = parts.get(part)
        if feed is None:
            if part.kind == CAMPAIGN and not _has_room(parts, sum(by_hour.values())):
                return
            feed = parts[part] = WatchedFeed()
        for hour, events in by_hour.items():
            feed.count(hour, events)

    def pass_hours(self, topic: str, heard: Sequence[int], ended: Sequence[Hole]) -> None:
        """Pass complete hours of a topic.

        Args:
            topic: Raw topic.
            heard: The hours in which it had events, in their order, hours since 1970.
            ended: Its holes that ended in them.
        """
        parts = self._topics.get(topic)
        if not parts or not heard:
            return
        after_holes = {hole.end // HOUR_MS for hole in ended}
        for part, feed in list(parts.items()):
            _pass_hours(feed, heard, after_holes)
            silent_from = feed.detector.silent_from
            if silent_from and heard[-1] - silent_from >= GIVEN_UP_HOURS:
                del parts[part]

    def silent(self) -> Iterator[tuple[FeedPart, Hole]]:
        """Yield the parts that are silent now, with their holes."""
        for parts in self._topics.values():
            for part, feed in parts.items():
                if (hole := feed.detector.open_hole) is not None:
                    yield part, hole


def _pass_hours(feed: WatchedFeed, heard: Sequence[int], after_holes: set[int]) -> None:
    detector, waiting = feed.detector, feed.waiting
    for hour in heard:
        if hour in after_holes:
            detector.restart(hour)
        else:
            detector.pass_uncounted(hour)
        events = waiting.pop(hour, 0)
        if detector.pass_to(hour + 1, {hour: events} if events else {}):
            detector.holes.known.clear()
    for late in [hour for hour in waiting if hour <= heard[-1]]:
        del waiting[late]


def _has_room(parts: dict[FeedPart, WatchedFeed], events: int) -> bool:
    """Return True if a campaign of so many events may be watched; the rarest of those watched gives way to it."""
    campaigns = [part for part in parts if part.kind == CAMPAIGN]
    if len(campaigns) < MOST_CAMPAIGNS:
        return True
    weights = {part: parts[part].detector.recent_events + sum(parts[part].waiting.values()) for part in campaigns}
    rarest = min(campaigns, key=weights.__getitem__)
    if weights[rarest] > events:
        return False
    del parts[rarest]
    return True
