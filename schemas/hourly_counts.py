"""Hourly counts: numbers of valid events by raw topic and hour of their stamps, in the headers of pages.

Every page of a source brings the hours that were completed since its page before, for the raw partitions that it reads.
So a reader of any customer partition knows how many events all of a topic's raw partitions had in each hour.
"""

from itertools import chain, pairwise
from typing import Final

import msgspec

HourlyCounts = dict[str, dict[int, int]]
"""Number of events by raw topic and hour, hours since 1970."""

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(dict[str, list[int]]).decode


def encode_counts(counts: HourlyCounts) -> bytes:
    """Encode counts: of each topic the first hour with its number, then the distance of each further hour with its."""
    return _encode({topic: _flat(by_hour) for topic, by_hour in counts.items()})


def decode_counts(encoded: bytes) -> HourlyCounts:
    """Decode counts.

    Raises:
        ValueError: The bytes are none.
    """
    counts: HourlyCounts = {}
    for topic, flat in _decode(encoded).items():
        by_hour = counts[topic] = {}
        hour = 0
        for gap, number in zip(flat[::2], flat[1::2], strict=True):
            hour += gap
            by_hour[hour] = number
    return counts


def _flat(by_hour: dict[int, int]) -> list[int]:
    hours = sorted(by_hour)
    gaps = [later - earlier for earlier, later in pairwise([0, *hours])]
    return list(chain.from_iterable(zip(gaps, map(by_hour.__getitem__, hours), strict=True)))
