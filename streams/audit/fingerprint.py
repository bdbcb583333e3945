"""64 bits that stand for a name, the same here and in ClickHouse (``sinks.queries.checksums.FINGERPRINT``)."""

from collections.abc import Iterable
from hashlib import md5

import numpy as np
import numpy.typing as npt

Prints = npt.NDArray[np.uint64]
"""Fingerprints."""

Numbers = npt.NDArray[np.int64]
"""Counts, offsets, positions."""

Mask = npt.NDArray[np.bool_]
"""Selection from an array."""


def fingerprints(names: Iterable[bytes]) -> Prints:
    """The first eight bytes of each name's MD5, little-endian.

    MD5 is the cheapest hash that both sides have: 0.7 µs here, 0.1 µs there. Of 100,000,000 names on twelve partitions
    two are the same by chance once in 40,000 such histories (n² / 2⁶⁵ a partition).
    """
    digests = b"".join([md5(name, usedforsecurity=False).digest() for name in names])
    return np.frombuffer(digests, "<u8")[::2].astype(np.uint64)


def contains(among: Prints, asked: Prints) -> Mask:
    """Return, for each fingerprint asked for, True if it is among the sorted others."""
    if not len(among):
        return np.zeros(len(asked), np.bool_)
    found = np.minimum(np.searchsorted(among, asked), len(among) - 1)
    return np.asarray(among[found] == asked, np.bool_)


def merged(some: Prints, others: Prints) -> Prints:
    """Two sorted arrays in one; without copying more than once."""
    return np.insert(some, np.searchsorted(some, others), others) if len(others) else some
