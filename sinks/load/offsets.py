"""How far each partition was read, stored and committed. Pure: no client is asked."""

from collections.abc import Iterable, Mapping

from runtime.kafka.offsets import Place


class Offsets:
    """What one member of the group knows of the partitions that it has now."""

    def __init__(self) -> None:
        self._read: dict[Place, int] = {}
        self._stored: dict[Place, int] = {}
        self._behind: set[Place] = set()
        self.committed: dict[Place, int] = {}
        """The offset after the last record stored and committed."""

    @property
    def caught_up(self) -> bool:
        """Whether every partition was read to its end."""
        return not self._behind

    @property
    def waiting(self) -> Mapping[Place, int]:
        """What has been stored and is not committed yet."""
        return self._stored

    def begin(self, places: Iterable[Place]) -> None:
        """Count partitions that were just assigned as not read to their end.

        Args:
            places: All of them.
        """
        self._behind = set(places)

    def read(self, place: Place, offset: int) -> bool:
        """Note a record; False if it was there before, so that the partition must have begun again.

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
        """Note that a partition was read to its end; False if all before is committed.

        Args:
            place: Which.
            offset: Where its next record will be; behind the markers of transactions, which are never handed out.
        """
        self._behind.discard(place)
        return offset > self.committed.get(place, 0)

    def store(self, offsets: Mapping[Place, int]) -> None:
        """Note what has been stored.

        Args:
            offsets: The offset after the last record, by place.
        """
        self._stored |= offsets

    def commit(self) -> None:
        """Note that all that waited has been committed."""
        self.committed |= self._stored
        self._stored = {}

    def clear(self) -> None:
        """Forget everything: others have the partitions now."""
        self._read, self._stored, self._behind, self.committed = {}, {}, set(), {}
