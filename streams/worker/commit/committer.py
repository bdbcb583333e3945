"""Commits batches one after another in a thread, while the event loop folds on."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from schemas.errors import CommitFailedError, StaylineError
from streams.worker.commit.batch import AssignedPartition, Membership, OpenBatch, SealedBatch
from streams.worker.commit.transaction import Sender
from streams.worker.failure import Failure
from streams.worker.store.partition_store import PartitionView

OffsetCommit = Callable[[SealedBatch], Awaitable[None]]
"""Commits a batch's positions through the group, for brokers without transactions."""

TellLanded = Callable[[Sequence[int]], None]


@dataclass(slots=True)
class CommitCounters:
    """What a metrics module reads; counts are since the start of the process."""

    commits: int = 0
    pages: int = 0
    records: int = 0
    seconds: float = 0.0
    last_commit_at: float | None = None
    """Wall time of the last commit, seconds since 1970."""


class Committer:
    """The open batch, and at most one more being committed."""

    def __init__(
        self,
        sender: Sender,
        executor: Executor,
        failure: Failure,
        *,
        max_batch_records: int,
        give_up_seconds: float,
        commit_offsets: OffsetCommit,
    ) -> None:
        """Start with an empty batch.

        Args:
            sender: Sends sealed batches; its calls run in ``executor``.
            executor: One thread.
            failure: Told when a batch cannot be committed.
            max_batch_records: A batch this large is committed early.
            give_up_seconds: A batch not committed after this counts as failed. librdkafka's calls can outlast their own
                timeouts: seen with ``send_offsets_to_transaction`` when a broker comes back in the middle of it.
            commit_offsets: Used when the sender does not commit offsets itself.
        """
        self._sender = sender
        self._executor = executor
        self._failure = failure
        self._max_batch_records = max_batch_records
        self._give_up_seconds = give_up_seconds
        self._commit_offsets = commit_offsets
        self._under_way: asyncio.Task[None] | None = None
        self._filled = asyncio.Event()
        self._ended_at = float("-inf")
        self._took = 0.0
        self.batch = OpenBatch()
        self.membership: Membership | None = None
        self.committed: dict[int, int] = {}
        """Committed offset by partition of the interactions topic."""
        self.counters = CommitCounters()
        self.tell_landed: TellLanded = lambda _published: None
        """Told after every commit when the first event of each page in it was published, ms since 1970."""

    async def folded(self, partition: AssignedPartition, published: int | None = None) -> None:
        """Note that a page is in the open batch; wait if that is full while another is being committed.

        Args:
            partition: Whose page it is.
            published: When the page's first event was published, ms since 1970; None where it has none.
        """
        self.counters.pages += 1
        self.batch.folded(partition, published)
        self._filled.set()
        if self.batch.records >= self._max_batch_records:
            await self._settle()
            self.start()

    def start(self) -> None:
        """Seal the open batch and commit it, unless it is empty or another is being committed."""
        if self._under_way is not None or self.batch.empty or self._failure.raised or self.membership is None:
            return
        views = self.batch.views()
        try:
            sealed = self.batch.seal(self.membership)
        except ValueError as error:
            self._failure.set(CommitFailedError(str(error)))
            return
        self.batch = OpenBatch()
        self._under_way = asyncio.create_task(self._commit(sealed, views))

    async def run(self, longest_pause_seconds: float) -> None:
        """Commit whatever is folded, for ever.

        A commit costs the same whatever is in it. So it follows the one before after a pause as long as that one took:
        at once where traffic is thin, and with much in it where the machine is busy.

        Args:
            longest_pause_seconds: The pause is never longer.
        """
        while True:
            await self._filled.wait()
            pause = min(self._took, longest_pause_seconds)
            await asyncio.sleep(self._ended_at + pause - time.monotonic())
            await self._settle()
            self._filled.clear()
            self.start()

    async def drain(self) -> None:
        """Return when everything folded so far is committed, or cannot be."""
        await self._settle()
        self.start()
        await self._settle()

    def discard(self) -> None:
        """Forget the open batch: its pages will be read again by whoever owns their partitions."""
        self.batch = OpenBatch()

    async def _settle(self) -> None:
        while self._under_way is not None:
            await asyncio.wait({self._under_way})

    async def _commit(self, sealed: SealedBatch, views: dict[int, PartitionView]) -> None:
        began = time.monotonic()
        try:
            await self._in_time(sealed, views)
            if not self._sender.commits_offsets:
                await self._commit_offsets(sealed)
        except StaylineError as error:
            self._failure.set(error)
        except Exception as error:  # noqa: BLE001 — whatever it was, nobody knows what is committed
            self._failure.set(CommitFailedError(f"A batch could not be committed: {error!r}."))
        else:
            self._landed(sealed, time.monotonic() - began)
        finally:
            self._under_way = None
            self._ended_at = time.monotonic()
            self._took = self._ended_at - began

    async def _in_time(self, sealed: SealedBatch, views: dict[int, PartitionView]) -> None:
        sending = asyncio.get_running_loop().run_in_executor(self._executor, self._send_and_store, sealed, views)
        done, _ = await asyncio.wait({sending}, timeout=self._give_up_seconds)
        if not done:
            self._failure.thread_lost = True
            raise CommitFailedError(f"A batch could not be committed in {self._give_up_seconds:g} s.")
        sending.result()

    def _send_and_store(self, sealed: SealedBatch, views: dict[int, PartitionView]) -> None:
        offsets = self._sender.send(sealed)
        for number, view in views.items():
            view.landed(offsets.get(number))

    def _landed(self, sealed: SealedBatch, seconds: float) -> None:
        self.committed.update({number: position.offset for number, position in sealed.positions.items()})
        self.counters.commits += 1
        self.counters.records += len(sealed.emitted) + sum(map(len, sealed.changes.values()))
        self.counters.seconds += seconds
        self.counters.last_commit_at = time.time()
        self.tell_landed(sealed.published)
