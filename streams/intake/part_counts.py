"""Counts the valid events of a raw partition by channel and campaign, hour by hour.

They warn and conclude nothing, so that memory is bounded first: campaigns are free text, and of an hour only so many
are counted as come first, of a batch only the most frequent.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from schemas.pages.feed_part import CAMPAIGN, CHANNEL, FeedPart
from schemas.pages.hourly_counts import HourlyCounts

MOST_NAMES: Final = 64
"""Names counted of a raw partition's hour, and campaigns of a topic told in a batch."""

_STORED_BYTES: Final = 2_000
"""Room beside a committed offset, where Kafka keeps 4,096 bytes for all."""

_LONGEST_LETTER: Final = 6
"""Bytes of a letter that JSON escapes."""

_LONGEST_COUNT: Final = 40
"""Bytes of an entry beside its name, at most."""

PartsOfHours = dict[int, dict[str, int]]
"""Number of events by hour, hours since 1970, and by kind and name of the part, as in ``channel/web``."""

_encode: Final = msgspec.json.Encoder().encode


def count_parts(counts: PartsOfHours, hour: int, channel: str, campaign: str) -> None:
    """Count an event for its channel and its campaign.

    Args:
        counts: Changed in place.
        hour: Hour of its stamp, hours since 1970.
        channel: Its channel; empty where there is none.
        campaign: Its campaign; empty where there is none.
    """
    of_hour = counts.get(hour)
    if of_hour is None:
        of_hour = counts[hour] = {}
    for kind, name in ((CHANNEL, channel), (CAMPAIGN, campaign)):
        if name:
            key = f"{kind}/{name}"
            if key in of_hour or len(of_hour) < MOST_NAMES:
                of_hour[key] = of_hour.get(key, 0) + 1


def copy_parts(counts: Mapping[int, Mapping[str, int]]) -> PartsOfHours:
    """Return a copy that shares nothing."""
    return {hour: dict(of_hour) for hour, of_hour in counts.items()}


def stored_parts(counts: Mapping[int, Mapping[str, int]]) -> PartsOfHours:
    """Return the most frequent parts of the hours, as far as they fit beside a committed offset."""
    keys = [key for of_hour in counts.values() for key in of_hour]
    if _LONGEST_COUNT * len(keys) + _LONGEST_LETTER * sum(map(len, keys)) <= _STORED_BYTES:
        return copy_parts(counts)
    stored: PartsOfHours = {}
    left = _STORED_BYTES
    entries = [(events, hour, key) for hour, of_hour in counts.items() for key, events in of_hour.items()]
    for events, hour, key in sorted(entries, reverse=True):
        left -= len(_encode({hour: {key: events}}))
        if left < 0:
            break
        stored.setdefault(hour, {})[key] = events
    return stored


def most_frequent(parts: HourlyCounts) -> HourlyCounts:
    """Return the parts without the rarest campaigns of each topic, where there are too many."""
    campaigns: dict[str, list[tuple[int, str]]] = {}
    for text, by_hour in parts.items():
        part = FeedPart.of(text)
        if part.kind == CAMPAIGN:
            campaigns.setdefault(part.topic, []).append((sum(by_hour.values()), text))
    rare = {text for found in campaigns.values() for _, text in sorted(found, reverse=True)[MOST_NAMES:]}
    return {text: by_hour for text, by_hour in parts.items() if text not in rare}
