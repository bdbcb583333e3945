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
        """Some of them."""
        return Lines(
            self.prints[which], self.owners[which], self.places[which], self.offsets[which], self.logged[which]
        )

    def __len__(self) -> int:
        return len(self.prints)


def join(parts: Sequence[Lines]) -> Lines:
    """Several in one."""
    return Lines(
        np.concatenate([np.empty(0, np.uint64), *(part.prints for part in parts)]),
        np.concatenate([np.empty(0, np.uint64), *(part.owners for part in parts)]),
        np.concatenate([np.empty(0, np.int64), *(part.places for part in parts)]),
        np.concatenate([np.empty(0, np.int64), *(part.offsets for part in parts)]),
        np.concatenate([np.empty(0, np.int64), *(part.logged for part in parts)]),
    )


@dataclass(frozen=True, slots=True)
class Total:
    """How many, and the sum of their fingerprints modulo 2⁶⁴: the same for the same things in any order."""

    count: int
    checksum: int

    @classmethod
    def of(cls, prints: Prints) -> "Total":
        """Of distinct things."""
        return cls(len(prints), int(prints.sum(dtype=np.uint64)))

    def without(self, other: "Total") -> "Total":
        """What is left after some of them are taken away."""
        return Total(self.count - other.count, (self.checksum - other.checksum) % _WRAP)


class Ledger:
    """What was read of one part, each thing once; takes sixteen bytes for each, and as much again while it grows."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.prints: Prints = np.empty(0, np.uint64)
        """Sorted."""
        self._owners: Prints = np.empty(0, np.uint64)
        self._young = join([])

    def take(self, lines: Lines) -> Lines:
        """Take in what was read next, and return what was new, each once."""
        _, first = np.unique(lines.prints, return_index=True)
        candidates = lines.select(first.astype(np.int64))
        fresh = candidates.select(~contains(self.prints, candidates.prints))
        self._owners = np.insert(self._owners, np.searchsorted(self.prints, fresh.prints), fresh.owners)
        self.prints = merged(self.prints, fresh.prints)
        self._young = join([self._young, fresh])
        return fresh

    def forget(self, owner: Prints) -> None:
        """Expect nothing any more of what was read so far of an owner.

        Args:
            owner: One fingerprint.
        """
        kept = self._owners != owner
        self.prints, self._owners = self.prints[kept], self._owners[kept]
        self._young = self._young.select(self._young.owners != owner)

    def grow_up(self, until: Numbers) -> None:
        """Forget the origins of what lies below a cut; what does not is not expected elsewhere yet.

        Args:
            until: For each raw partition, the offset before which everything counts.
        """
        young = self._young
        self._young = young.select(young.offsets >= until[young.places])

    def total(self) -> Total:
        """What is expected elsewhere."""
        return Total.of(self.prints).without(Total.of(self._young.prints))

    def expected(self) -> Prints:
        """The same, one by one, sorted."""
        return np.setdiff1d(self.prints, self._young.prints, assume_unique=True)
