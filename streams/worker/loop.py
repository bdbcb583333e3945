"""The worker's loop, from a fetched page to its commit.

Faust fetches and calls :meth:`WorkerLoop.page`. In order: is the page the next one of a partition of ours; the shard
folds it, or it becomes a dead letter; the open batch takes what followed; the committer commits that batch, as one
transaction, while the next pages are folded. Nothing else lies between a fetch and a commit.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from schemas.errors import FatalError, OwnershipLostError, StaylineError
from streams.faust.protocol import Failure, FetchedRecord, Membership
from streams.worker.commit.batch import AssignedPartition
from streams.worker.commit.committer import Committer
from streams.worker.partitions.partitions import Partitions
from streams.worker.partitions.retry_policy import RetryPolicy

_IDLE_SECONDS: Final = 0.05
_AHEAD_SECONDS: Final = 0.01


class WorkerLoop:
    """Folds the pages of the assigned partitions (see :class:`streams.faust.protocol.RecordHandler`)."""

    def __init__(
        self, partitions: Partitions, retry_policy: RetryPolicy, committer: Committer, failure: Failure
    ) -> None:
        """Start with no partition.

        Args:
            partitions: Knows which partitions are ours, and how far they are.
            retry_policy: Makes the shards work, and quarantines what they cannot do.
            committer: Has the open batch.
            failure: Told when the process cannot go on.
        """
        self._partitions = partitions
        self._retry_policy = retry_policy
        self._committer = committer
        self.failure = failure
        self._model_arrived = asyncio.Event()

    def model_arrived(self) -> None:
        """Go on with what has waited for a model."""
        self._model_arrived.set()

    async def assigned(self, partitions: set[int], membership: Membership, is_current: Callable[[], bool]) -> None:
        """Fold these partitions, and no others, from their committed positions on."""
        if await self._partitions.take(partitions, is_current):
            self._committer.take_over(membership, self._partitions.offsets())

    async def start_offsets(self, partitions: set[int]) -> Mapping[int, int]:
        """Return the stable committed offsets, of those partitions that have one."""
        return {number: position.offset for number, position in (await self._partitions.committed(partitions)).items()}

    async def page(self, record: FetchedRecord) -> None:
        """Fold a page, unless its partition is not ours or it was folded before."""
        partition = self._partitions.get(record.partition)
        if partition is None or record.follows is None or self.failure.raised:
            return
        try:
            if not self._is_next(partition, record, record.follows):
                return
            if not await self._until_pages_help(partition):
                return
            published = self._retry_policy.fold(partition, record)
        except StaylineError as error:
            self.failure.set(error)
            return
        partition.next_offset = record.offset + 1
        await self._committer.folded(partition, published)

    async def _until_pages_help(self, partition: AssignedPartition) -> bool:
        """Wait while nothing can be done with a page before a model arrives, on this partition or another.

        Otherwise facts would be read in without bound. Where one partition is not so far yet, all are read on: it may
        be the one for whose answers the model waits.

        Returns:
            False if the partition has been given up meanwhile.
        """
        while all(one.shard.is_ahead for one in self._partitions.all()):
            await asyncio.sleep(_AHEAD_SECONDS)
            if self._partitions.get(partition.number) is not partition or self.failure.raised:
                return False
        return True

    def _is_next(self, partition: AssignedPartition, record: FetchedRecord, follows: int) -> bool:
        """Return False for a page folded before.

        Raises:
            RecreatedTopicError: The partition goes backwards.
            FatalError: Pages before this one were fetched and never arrived.
        """
        if follows > record.offset:
            raise self._partitions.backwards(record.partition, record.offset, follows)
        if record.offset < partition.next_offset:
            return False
        if follows != partition.next_offset:
            raise FatalError(f"Pages before {record} were lost on their way; a restart reads them again.")
        return True

    async def work_off(self) -> None:
        """Do what is due without another page, a little at a time, until the process ends."""
        while True:
            busy = False
            for partition in self._partitions.all():
                busy = await self._work_off(partition) or busy
                await asyncio.sleep(0)
            if not busy:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._model_arrived.wait(), _IDLE_SECONDS)
                self._model_arrived.clear()

    async def _work_off(self, partition: AssignedPartition) -> bool:
        if self._partitions.get(partition.number) is not partition or self.failure.raised:
            return False
        try:
            busy = self._retry_policy.work_off(partition)
        except StaylineError as error:
            self.failure.set(error)
            return False
        if busy:
            await self._committer.folded(partition)
        return busy

    async def commit(self) -> None:
        """Stop folding and commit what is folded; the partitions may be taken again."""
        self._partitions.pause()
        await self._committer.drain()

    def lost(self, why: str) -> None:
        """Discard the open batch, and end the process if partitions were taken from it without its knowing."""
        self._partitions.pause()
        self._committer.discard()
        if self._partitions.assigned:
            self.failure.set(OwnershipLostError(f"The group gave this worker's partitions to others ({why})."))
