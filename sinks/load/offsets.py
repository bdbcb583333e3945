"""Positions of the assigned partitions: read, stored and committed. Pure: no client is asked."""

from collections.abc import Iterable, Mapping

from runtime.kafka.offsets import Place


class Offsets:
    """The positions of one member of the group in the partitions assigned to it."""

    def __init__(self) -> None:
        self._read: dict[Place, int] = {}
        self._stored: dict[Place, int] = {}
        self._behind: set[Place] = set()
        self.committed: dict[Place, int] = {}
        """The offset after the last record stored and committed."""

    @property
    def caught_up(self) -> bool:
        """True if every partition was read to its end."""
        return not self._behind

    @property
    def waiting(self) -> Mapping[Place, int]:
        """Offsets of what is stored and not committed yet."""
        return self._stored

    def assign(self, places: Iterable[Place]) -> None:
        """Count partitions that were just assigned as not read to their end.

        Args:
            places: All of them.
        """
        self._behind = set(places)

    def read(self, place: Place, offset: int) -> bool:
        """Note a record; return False if its offset was read before: the partition was created again.

        Args:
            place: Where it was read.
            offset: Its offset there.
        """
        if offset < self._read.get(place, 0):
            return False
        self._read[place] = offset + 1
        self._behind.add(place)
        return True

    def reach_end(self, place: Place, offset: int) -> bool:
        """Note that a partition was read to its end; return False if all before is committed.

        Args:
            place: Which.
            offset: Where its next record will be; after the markers of transactions, which are never delivered.
        """
        self._behind.discard(place)
        return offset > self.committed.get(place, 0)

    def store(self, offsets: Mapping[Place, int]) -> None:
        """Note stored offsets.

        Args:
            offsets: The offset after the last record, by place.
        """
        self._stored |= offsets

    def commit(self) -> None:
        """Note that all stored offsets are committed."""
        self.committed |= self._stored
        self._stored = {}

    def clear(self) -> None:
        """Drop everything: the partitions were revoked."""
        self._read, self._stored, self._behind, self.committed = {}, {}, set(), {}
