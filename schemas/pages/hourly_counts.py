"""Hourly counts: numbers of valid events by raw topic, or part of one, and hour of their stamps, in headers of pages.

Every page of a source brings the hours that were completed since its page before, for the raw partitions that it reads.
So a reader of any customer partition knows how many events all of a topic's raw partitions had in each hour. Those of
parts are on the pages of one customer partition alone, since a warning needs one watch.
"""

from itertools import chain, pairwise
from typing import Final

import msgspec

HourlyCounts = dict[str, dict[int, int]]
"""Number of events by raw topic, or the text of a part of one, and hour, hours since 1970."""

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(dict[str, list[int]]).decode


def add_count(counts: HourlyCounts, name: str, hour: int, events: int) -> None:
    """Add a number of events.

    Args:
        counts: Changed in place.
        name: Raw topic, or the text of a part of one.
        hour: Hours since 1970.
        events: Number of events.
    """
    by_hour = counts.setdefault(name, {})
    by_hour[hour] = by_hour.get(hour, 0) + events


def encode_counts(counts: HourlyCounts) -> bytes:
    """Encode counts: of each name the first hour with its number, then the distance of each further hour with its."""
    return _encode({name: _flat(by_hour) for name, by_hour in counts.items()})


def decode_counts(encoded: bytes) -> HourlyCounts:
    """Decode counts.

    Raises:
        ValueError: The bytes are none.
    """
    counts: HourlyCounts = {}
    for name, flat in _decode(encoded).items():
        by_hour = counts[name] = {}
        hour = 0
        for gap, number in zip(flat[::2], flat[1::2], strict=True):
            hour += gap
            by_hour[hour] = number
    return counts


def _flat(by_hour: dict[int, int]) -> list[int]:
    hours = sorted(by_hour)
    gaps = [later - earlier for earlier, later in pairwise([0, *hours])]
    return list(chain.from_iterable(zip(gaps, map(by_hour.__getitem__, hours), strict=True)))
