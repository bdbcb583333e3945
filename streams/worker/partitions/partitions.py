"""The partitions of this process: recovered from the changelog, taken from their committed positions, given up."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Final

from runtime.kafka.offsets import CommittedOffset, OffsetClient
from schemas.errors import (
    CommitFailedError,
    FatalError,
    RecreatedTopicError,
    ServerUnreachableError,
    StaylineError,
    StoreDamagedError,
)
from streams.faust.protocol import ChangelogRecord, Failure
from streams.worker.commit.batch import AssignedPartition
from streams.worker.commit.provenance import GROWING, ProvenanceCheck, split_mark
from streams.worker.engine.protocols import ShardFactory
from streams.worker.setup import WorkerSetup
from streams.worker.store.partition_store import LocalStore, PartitionView

logger = logging.getLogger(__name__)

_ANSWER_SECONDS: Final = 30.0


class Partitions:
    """The assigned partitions and their local copy (see :class:`streams.faust.protocol.ChangelogCopy`)."""

    def __init__(
        self,
        setup: WorkerSetup,
        *,
        store: LocalStore,
        provenance: ProvenanceCheck,
        executor: Executor,
        failure: Failure,
        shard_factory: ShardFactory,
    ) -> None:
        """Start with no partition.

        Args:
            setup: Settings of this process.
            store: The customers.
            provenance: Checks that what is there now is what the customers were made from.
            executor: Where blocking calls run.
            failure: Told when partitions cannot be taken.
            shard_factory: Makes the engine of a partition.
        """
        self._store = store
        self._setup = setup
        self._offsets = OffsetClient(setup.kafka, answer_seconds=_ANSWER_SECONDS, patience_seconds=_ANSWER_SECONDS)
        self._provenance = provenance
        self._executor = executor
        self._failure = failure
        self._shard_factory = shard_factory
        self._assigned: dict[int, AssignedPartition] = {}
        self.recovered = False
        """True if the partitions of the last assignment are all being folded."""

    def offset(self, partition: int) -> int | None:
        """Return the changelog offset of the last record in the store; None for an empty one."""
        return self._store.partition(partition).offset

    async def ends(self, partitions: set[int]) -> Mapping[int, int]:
        """Return the ends of the changelog's partitions, open transactions included."""
        return await self._ends(self._setup.changelog_topic, partitions)

    def write(self, partition: int, records: Sequence[ChangelogRecord]) -> None:
        """Apply fetched changelog records, at least one, in their order."""
        changes = {record.key: record.value for record in records}
        self._store.partition(partition).write(changes, records[-1].offset)

    def revoked(self, partition: int) -> None:
        """Drop a partition's shard and close its store."""
        self._assigned.pop(partition, None)
        self._store.close(partition)

    def close(self) -> None:
        """Close all stores."""
        self._store.close_all()

    async def committed(self, numbers: set[int]) -> dict[int, CommittedOffset]:
        """Return the committed positions of partitions, of those that have one; waits for open transactions.

        aiokafka could not tell: it asks for no *stable* offsets (KIP-447), so it would answer with the offset before a
        commit that is just landing, and the page behind it would be folded twice.

        Raises:
            ServerUnreachableError: The broker does not answer.
        """
        places = [(self._setup.pages_topic, number) for number in numbers]
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._executor, self._offsets.stable, self._setup.group, places)
        return {number: one for (_, number), one in found.items()}

    async def _ends(self, topic: str, numbers: set[int]) -> Mapping[int, int]:
        places = [(topic, number) for number in numbers]
        ends = await asyncio.get_running_loop().run_in_executor(self._executor, self._offsets.ends, places)
        return {number: end for (_, number), end in ends.items()}

    async def take(self, numbers: set[int], is_current: Callable[[], bool]) -> bool:
        """Make the shards of these partitions, and of no others; their stores are recovered.

        Args:
            numbers: The assigned partitions.
            is_current: Returns False once another assignment has begun.

        Returns:
            False if another assignment follows, or the process must end.
        """
        try:
            committed = await self.committed(numbers)
            await self._check_offsets(committed)
            if not is_current() or self._failure.raised:
                return False
            self._leave_out_growth(numbers, committed)
            assigned: dict[int, AssignedPartition] = {}
            for number in sorted(numbers):
                assigned[number] = self._prepare(number, committed.get(number))
                # A hundred thousand customers take a second; the group must hear of us in between.
                await asyncio.sleep(0)
        except ServerUnreachableError as error:
            self._failure.set(CommitFailedError(f"The committed offsets could not be read: {error}."))
        except StaylineError as error:
            self._failure.set(error)
        except Exception as error:
            logger.exception("A shard could not be made")
            self._failure.set(FatalError(f"The partitions {sorted(numbers)} could not be taken: {error!r}."))
        else:
            if is_current():
                self._assigned = assigned
                self.recovered = True
                return True
        return False

    async def _check_offsets(self, committed: Mapping[int, CommittedOffset]) -> None:
        """Raise RecreatedTopicError where an offset lies beyond the topic that is there now."""
        ends = await self._ends(self._setup.pages_topic, set(committed))
        for number, position in committed.items():
            self._provenance.check_offset(number, position.offset, ends[number])

    def _leave_out_growth(self, numbers: set[int], committed: Mapping[int, CommittedOffset]) -> None:
        """Keep no store filled while customers moved: tombstones that it has not seen are compacted away some day."""
        if any(GROWING in split_mark(position.metadata)[1] for position in committed.values()):
            for number in numbers:
                self._store.partition(number)
                self._store.discard(number, "was filled while customers were moving")

    def _prepare(self, number: int, committed: CommittedOffset | None) -> AssignedPartition:
        next_offset = 0 if committed is None else committed.offset
        kept = self._assigned.get(number)
        if kept is not None and kept.next_offset == next_offset:
            return kept
        local = self._store.partition(number)
        # Not every broker keeps an offset's metadata: Tansu gives back an empty string.
        progress, before = split_mark("" if committed is None else committed.metadata)
        self._provenance.check_settings(number, before)
        if committed is None:
            self._provenance.check_unknown(number, has_customers=local.offset is not None)
        view = PartitionView(local)
        try:
            shard = self._shard_factory(number, view, progress or None)
        except StoreDamagedError:
            self._store.discard(number)
            raise
        return AssignedPartition(number, shard, view, next_offset, self._provenance.provenance)

    def pause(self) -> None:
        """Fold no partition until they are taken again."""
        self.recovered = False

    def get(self, number: int) -> AssignedPartition | None:
        """Return a partition; None unless it is ours and recovered."""
        return self._assigned.get(number) if self.recovered else None

    def all(self) -> list[AssignedPartition]:
        """Return the partitions taken last."""
        return list(self._assigned.values())

    def offsets(self) -> dict[int, int]:
        """Return the offset of the next page by partition."""
        return {number: partition.next_offset for number, partition in self._assigned.items()}

    @property
    def assigned(self) -> list[int]:
        """Numbers of the partitions taken last."""
        return sorted(self._assigned)

    def backwards(self, number: int, offset: int, after: int) -> RecreatedTopicError:
        """Return the error of a partition that was read up to some offset and goes on at an earlier one."""
        return self._provenance.backwards(number, offset, after)
