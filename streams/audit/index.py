"""The distinct things that Kafka holds of one part, and whose they are: sixteen bytes each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from streams.audit.fingerprint import Mask, Numbers, Prints, contains, merged

_WRAP: Final = 2**64


@dataclass(frozen=True, slots=True)
class Lines:
    """Things as they lie on a topic, in columns of one length.

    Attributes:
        prints: Fingerprints of their names.
        owners: Fingerprints of the customers whose they are.
        places: Indexes of the raw partitions that they came from, as the cut numbers them.
        offsets: Their offsets there.
        logged: Their offsets on the topic that was read.
    """

    prints: Prints
    owners: Prints
    places: Numbers
    offsets: Numbers
    logged: Numbers

    def select(self, which: Mask | Numbers) -> "Lines":
        """Return some of them."""
        return Lines(
            self.prints[which], self.owners[which], self.places[which], self.offsets[which], self.logged[which]
        )

    def __len__(self) -> int:
        return len(self.prints)


def join(parts: Sequence[Lines]) -> Lines:
    """Return several parts as one."""
    return Lines(
        np.concatenate([np.empty(0, np.uint64), *(part.prints for part in parts)]),
        np.concatenate([np.empty(0, np.uint64), *(part.owners for part in parts)]),
        np.concatenate([np.empty(0, np.int64), *(part.places for part in parts)]),
        np.concatenate([np.empty(0, np.int64), *(part.offsets for part in parts)]),
        np.concatenate([np.empty(0, np.int64), *(part.logged for part in parts)]),
    )


@dataclass(frozen=True, slots=True)
class Total:
    """Number of things and the sum of their fingerprints modulo 2⁶⁴: the same for the same things in any order."""

    count: int
    checksum: int

    @classmethod
    def of(cls, prints: Prints) -> "Total":
        """Return the total of distinct things."""
        return cls(len(prints), int(prints.sum(dtype=np.uint64)))

    def without(self, other: "Total") -> "Total":
        """Return what is left after some of them are taken away."""
        return Total(self.count - other.count, (self.checksum - other.checksum) % _WRAP)


class FingerprintIndex:
    """The distinct things read of one part; takes sixteen bytes for each, and as much again while it grows."""

    def __init__(self) -> None:
        """Start empty."""
        self.prints: Prints = np.empty(0, np.uint64)
        """Sorted."""
        self.shared: Prints = np.empty(0, np.uint64)
        """Those that several owners have, sorted."""
        self._owners: Prints = np.empty(0, np.uint64)
        self._pending = join([])

    def take(self, lines: Lines) -> Lines:
        """Add what was read next, and return what was new, each once."""
        _, first = np.unique(lines.prints, return_index=True)
        candidates = lines.select(first.astype(np.int64))
        fresh = candidates.select(~contains(self.prints, candidates.prints))
        self._owners = np.insert(self._owners, np.searchsorted(self.prints, fresh.prints), fresh.owners)
        self.prints = merged(self.prints, fresh.prints)
        self._pending = join([self._pending, fresh])
        self._note_shared(lines)
        return fresh

    def _note_shared(self, lines: Lines) -> None:
        """Note the things of these that another owner has, too; all of them are known by now."""
        owners = self._owners[np.searchsorted(self.prints, lines.prints)]
        if len(others := lines.prints[owners != lines.owners]):
            self.shared = np.union1d(self.shared, others)

    def forget(self, owner: Prints) -> None:
        """Remove what was read so far of an owner.

        Args:
            owner: One fingerprint.
        """
        kept = self._owners != owner
        self.shared = np.setdiff1d(self.shared, self.prints[~kept], assume_unique=True)
        self.prints, self._owners = self.prints[kept], self._owners[kept]
        self._pending = self._pending.select(self._pending.owners != owner)

    def settle_below(self, until: Numbers) -> None:
        """Forget the origins of what lies below a cut; what does not is not expected elsewhere yet.

        Args:
            until: For each raw partition, the offset before which everything counts.
        """
        pending = self._pending
        self._pending = pending.select(pending.offsets >= until[pending.places])

    def total(self) -> Total:
        """Return the total of what must be stored elsewhere."""
        return Total.of(self.prints).without(Total.of(self._pending.prints))

    def expected(self) -> Prints:
        """Return the fingerprints of what must be stored elsewhere, sorted."""
        return np.setdiff1d(self.prints, self._pending.prints, assume_unique=True)


class CustomerCounts:
    """Numbers by fingerprint, 0 where nothing is known."""

    def __init__(self) -> None:
        """Start empty."""
        self.keys: Prints = np.empty(0, np.uint64)
        """Sorted."""
        self._numbers: Numbers = np.empty(0, np.int64)

    def add(self, keys: Prints) -> None:
        """Count each key as often as it is given."""
        distinct, times = np.unique(keys, return_counts=True)
        self._know(distinct)
        self._numbers[np.searchsorted(self.keys, distinct)] += times

    def put(self, keys: Prints, numbers: Numbers) -> None:
        """Replace what is known of some keys; of one given twice the later number counts."""
        distinct, latest = np.unique(keys[::-1], return_index=True)
        self._know(distinct)
        self._numbers[np.searchsorted(self.keys, distinct)] = numbers[::-1][latest]

    def of(self, keys: Prints) -> Numbers:
        """Return the numbers of some keys."""
        known = contains(self.keys, keys)
        found = np.zeros(len(keys), np.int64)
        found[known] = self._numbers[np.searchsorted(self.keys, keys[known])]
        return found

    def _know(self, keys: Prints) -> None:
        new = keys[~contains(self.keys, keys)]
        places = np.searchsorted(self.keys, new)
        self._numbers = np.insert(self._numbers, places, 0)
        self.keys = np.insert(self.keys, places, new)
