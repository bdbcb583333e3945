"""The content of one transaction: while it is open, and once it is sealed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from runtime.kafka.offsets import CommittedOffset
from schemas.moments import Publication
from schemas.trace import Header
from streams.faust.protocol import Membership
from streams.worker.commit.provenance import Provenance, mark
from streams.worker.engine.protocols import Shard
from streams.worker.store.partition_store import Changes, PartitionView

_LONGEST_PROGRESS = 4095  # brokers take 4,096 bytes, and one is the zero at the end

Emitted = tuple[str, bytes | None, bytes | None, int, Header | None]
"""Topic, key, value (None: a tombstone), partition (-1: by the key), header."""


@dataclass(slots=True)
class AssignedPartition:
    """A partition of ours: its shard, the offset of the next page to fold, and the provenance of its customers."""

    number: int
    shard: Shard
    view: PartitionView
    next_offset: int
    provenance: Provenance = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SealedBatch:
    """A closed batch: changed customers and positions by partition, emitted records, and its membership.

    A position is the offset of the next page, and as metadata the shard's progress there with its provenance.
    """

    changes: Mapping[int, Changes]
    positions: Mapping[int, CommittedOffset]
    emitted: Sequence[Emitted]
    membership: Membership
    published: Sequence[Publication] = ()
    """Publications of the first event of each page."""


class OpenBatch:
    """Collects the changes of pages, until it is sealed."""

    def __init__(self) -> None:
        self.emitted: list[Emitted] = []
        """Records that the transaction would send."""
        self._touched: dict[int, AssignedPartition] = {}
        self._published: list[Publication] = []

    def emit(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int | None = None,
        header: Header | None = None,
    ) -> None:
        """Send a record with this batch (see :class:`streams.worker.engine.protocols.Batch`)."""
        self.emitted.append((topic, key, value, -1 if partition is None else partition, header))

    def mark(self) -> int:
        """Return where the records of the next page begin."""
        return len(self.emitted)

    def undo_to(self, mark: int) -> None:
        """Forget the records emitted since a mark."""
        del self.emitted[mark:]

    def folded(self, partition: AssignedPartition, published: Publication | None = None) -> None:
        """Add a folded page of this partition, with the publication of its first event."""
        partition.view.keep_page()
        if published is not None:
            self._published.append(published)
        self._touched[partition.number] = partition

    @property
    def empty(self) -> bool:
        """True if no page was folded yet."""
        return not self._touched

    @property
    def records(self) -> int:
        """Number of records that the transaction would send now."""
        return len(self.emitted) + sum(partition.view.changed for partition in self._touched.values())

    def seal(self, membership: Membership) -> SealedBatch:
        """Close the batch; pages folded from here on belong to another.

        Raises:
            ValueError: A shard's progress is longer than an offset's metadata may be.
        """
        return SealedBatch(
            changes={number: partition.view.seal() for number, partition in self._touched.items()},
            positions={number: _position(partition) for number, partition in self._touched.items()},
            emitted=self.emitted,
            membership=membership,
            published=self._published,
        )

    def views(self) -> dict[int, PartitionView]:
        """Return the views of the partitions that were folded."""
        return {number: partition.view for number, partition in self._touched.items()}


def _position(partition: AssignedPartition) -> CommittedOffset:
    progress = mark(partition.shard.progress(), partition.provenance)
    if len(progress.encode()) > _LONGEST_PROGRESS:
        raise ValueError(f"The progress of partition {partition.number} is longer than {_LONGEST_PROGRESS} bytes.")
    return CommittedOffset(partition.next_offset, progress)
