"""The partitions of this process: taken when their customers are recovered, folded page by page, given up."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor

from confluent_kafka import KafkaException
from faust.types import Message

from schemas.errors import CommitFailedError, FatalError, OwnershipLostError, StaylineError, StoreDamagedError
from schemas.pages import published_ms
from streams.worker.commit.batch import AssignedPartition, Membership, Position
from streams.worker.commit.committer import Committer
from streams.worker.commit.offsets import OffsetReader
from streams.worker.commit.provenance import GROWING, Lineage, split_mark
from streams.worker.engine.protocols import ShardFactory
from streams.worker.failure import Failure
from streams.worker.partitions.retry_policy import Attempts
from streams.worker.store.partition_store import LocalStore, PartitionView

logger = logging.getLogger(__name__)

_IDLE_SECONDS = 0.05


class Partitions:
    """The shards of the assigned partitions."""

    def __init__(
        self,
        *,
        committer: Committer,
        store: LocalStore,
        offsets: OffsetReader,
        lineage: Lineage,
        executor: Executor,
        failure: Failure,
        shard_factory: ShardFactory,
        attempts: Attempts,
    ) -> None:
        """Start with no partition.

        Args:
            committer: Where folded pages go.
            store: The customers.
            offsets: Tells how far the group is.
            lineage: Knows whether what is there now is what the customers were made from.
            executor: Where its blocking calls run.
            failure: Told when a page cannot be folded.
            shard_factory: Makes the engine of a partition.
            attempts: Asks the shards, and sets aside what they cannot do.
        """
        self._committer = committer
        self._store = store
        self._offsets = offsets
        self._lineage = lineage
        self._executor = executor
        self._failure = failure
        self._shard_factory = shard_factory
        self._attempts = attempts
        self._assigned: dict[int, AssignedPartition] = {}
        self.recovered = False
        """Whether the partitions of the last assignment are all being folded."""

    async def committed(self, numbers: Iterable[int]) -> dict[int, Position]:
        """Return the committed positions of partitions (see :meth:`OffsetReader.committed`)."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._offsets.committed, list(numbers))

    async def take(self, numbers: set[int], membership: Membership, still_member: Callable[[], bool]) -> None:
        """Fold these partitions, and no others, from their committed positions on; their stores are recovered.

        Args:
            numbers: The assigned partitions.
            membership: In whose name their batches are committed.
            still_member: Whether that is still our membership; if not, another assignment follows.
        """
        try:
            committed = await self.committed(numbers)
            await self._compare(committed)
            if not still_member() or self._failure.raised:
                return
            self._leave_out_growth(numbers, committed)
            assigned: dict[int, AssignedPartition] = {}
            for number in sorted(numbers):
                assigned[number] = self._prepare(number, committed.get(number))
                # A hundred thousand customers take a second; the group must hear of us in between.
                await asyncio.sleep(0)
            if not still_member():
                return
        except KafkaException as error:
            self._failure.set(CommitFailedError(f"The committed offsets could not be read: {error.args[0].str()}."))
        except StaylineError as error:
            self._failure.set(error)
        except Exception as error:
            logger.exception("A shard could not be made")
            self._failure.set(FatalError(f"The partitions {sorted(numbers)} could not be taken: {error!r}."))
        else:
            self._assigned = assigned
            self._committer.membership = membership
            self._committer.committed = {number: position.offset for number, position in committed.items()}
            self.recovered = True

    async def _compare(self, committed: Mapping[int, Position]) -> None:
        """Raise RecreatedTopicError where an offset lies beyond the topic that is there now."""
        loop = asyncio.get_running_loop()
        ends = await loop.run_in_executor(self._executor, self._offsets.pages_ends, list(committed))
        for number, position in committed.items():
            self._lineage.check_offset(number, position.offset, ends[number])

    def _leave_out_growth(self, numbers: set[int], committed: Mapping[int, Position]) -> None:
        """Keep no store filled while customers moved: tombstones that it has not seen are compacted away some day."""
        if any(GROWING in split_mark(position.progress)[1] for position in committed.values()):
            for number in numbers:
                self._store.partition(number)
                self._store.condemn(number, "was filled while customers were moving")

    def _prepare(self, number: int, committed: Position | None) -> AssignedPartition:
        next_offset = 0 if committed is None else committed.offset
        kept = self._assigned.get(number)
        if kept is not None and kept.next_offset == next_offset:
            return kept
        local = self._store.partition(number)
        # Not every broker keeps an offset's metadata: Tansu gives back an empty string.
        progress, before = split_mark("" if committed is None else committed.progress)
        self._lineage.check_origin(number, before)
        if committed is None:
            self._lineage.check_unknown(number, has_customers=local.offset is not None)
        view = PartitionView(local)
        try:
            shard = self._shard_factory(number, view, progress or None)
        except StoreDamagedError:
            self._store.condemn(number)
            raise
        return AssignedPartition(number, shard, view, next_offset, self._lineage.origin)

    async def fold(self, message: Message, begin: int | None) -> None:
        """Fold one page, unless its partition is not ours or it was folded before.

        Args:
            message: Faust's message.
            begin: The offset after the page fetched before this one; None if a seek came in between.
        """
        partition = self._assigned.get(message.partition)
        if partition is None or begin is None or not self.recovered or self._failure.raised:
            return
        if begin > message.offset:
            self._failure.set(self._lineage.backwards(message.partition, message.offset, begin))
            return
        if message.offset < partition.next_offset:
            return
        place = f"topic {message.topic}, partition {message.partition}, offset {message.offset}"
        if begin != partition.next_offset:
            self._failure.set(FatalError(f"Pages before {place} were lost on their way; a restart reads them again."))
            return
        try:
            self._attempts.fold(partition, message)
        except StaylineError as error:
            self._failure.set(error)
            return
        partition.next_offset = message.offset + 1
        await self._committer.folded(partition, published_ms(message.value or b""))

    async def work_off(self) -> None:
        """Do what is due without another page, a little at a time, for ever."""
        while True:
            busy = False
            for partition in list(self._assigned.values()):
                busy = await self._work_off(partition) or busy
                await asyncio.sleep(0)
            if not busy:
                await asyncio.sleep(_IDLE_SECONDS)

    async def _work_off(self, partition: AssignedPartition) -> bool:
        ours = self._assigned.get(partition.number) is partition and self.recovered and not self._failure.raised
        if not ours:
            return False
        try:
            busy = self._attempts.work_off(partition)
        except StaylineError as error:
            self._failure.set(error)
            return False
        if busy:
            await self._committer.folded(partition)
        return busy

    async def pause(self) -> None:
        """Stop folding and commit what is folded; the partitions may be taken again."""
        self.recovered = False
        await self._committer.drain()

    def lose(self, why: str) -> None:
        """End the process if partitions were taken from us without our knowing; their open batch is discarded."""
        self.recovered = False
        self._committer.discard()
        if self._assigned:
            self._failure.set(OwnershipLostError(f"The group gave this worker's partitions to others ({why})."))

    def give_up(self, number: int) -> None:
        """Forget a partition's shard and close its store."""
        self._assigned.pop(number, None)
        self._committer.committed.pop(number, None)
        self._store.close(number)

    @property
    def assigned(self) -> list[int]:
        """Numbers of the partitions taken last."""
        return sorted(self._assigned)
