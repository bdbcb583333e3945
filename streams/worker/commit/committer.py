"""Commits batches one after another in a thread, while the event loop folds on."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from schemas.errors import CommitFailedError, StaylineError
from schemas.moments import Publication
from streams.faust.protocol import Failure, Membership
from streams.worker.commit.batch import AssignedPartition, OpenBatch, SealedBatch
from streams.worker.commit.transaction import Sender
from streams.worker.store.partition_store import PartitionView

OffsetCommit = Callable[[SealedBatch], Awaitable[None]]
"""Commits a batch's positions through the group, for brokers without transactions."""

OnCommitted = Callable[[Sequence[Publication]], None]


@dataclass(slots=True)
class CommitCounters:
    """Counts since the start of the process, read by the metrics."""

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
        self._in_flight: asyncio.Task[None] | None = None
        self._filled = asyncio.Event()
        self._ended_at = float("-inf")
        self._took = 0.0
        self.batch = OpenBatch()
        self._membership: Membership | None = None
        self.committed: dict[int, int] = {}
        """Committed offset by partition of the interactions topic."""
        self.counters = CommitCounters()
        self.on_committed: OnCommitted = lambda _published: None
        """Called after every commit with Kafka's timestamps of the first event of each page, ms since 1970."""

    def take_over(self, membership: Membership, offsets: Mapping[int, int]) -> None:
        """Commit in the name of a new membership from here on.

        Args:
            membership: The membership.
            offsets: Committed offset by partition of ours.
        """
        self._membership = membership
        self.committed = dict(offsets)

    async def folded(self, partition: AssignedPartition, published: Publication | None = None) -> None:
        """Note that a page is in the open batch; wait if that is full while another is being committed.

        Args:
            partition: The page's.
            published: Publication of the page's first event; None where it has none.
        """
        self.counters.pages += 1
        self.batch.folded(partition, published)
        self._filled.set()
        if self.batch.records >= self._max_batch_records:
            await self._wait()
            self.start()

    def start(self) -> None:
        """Seal the open batch and commit it, unless it is empty or another is being committed."""
        if self._in_flight is not None or self.batch.empty or self._failure.raised or self._membership is None:
            return
        views = self.batch.views()
        try:
            sealed = self.batch.seal(self._membership)
        except ValueError as error:
            self._failure.set(CommitFailedError(str(error)))
            return
        self.batch = OpenBatch()
        self._in_flight = asyncio.create_task(self._commit(sealed, views))

    async def run(self, longest_pause_seconds: float) -> None:
        """Commit what is folded, until the process ends.

        A commit costs the same whatever is in it. So it follows the one before after a pause as long as that one took:
        at once where traffic is thin, and with much in it where the machine is busy.

        Args:
            longest_pause_seconds: The pause is never longer.
        """
        while True:
            await self._filled.wait()
            pause = min(self._took, longest_pause_seconds)
            await asyncio.sleep(self._ended_at + pause - time.monotonic())
            await self._wait()
            self._filled.clear()
            self.start()

    async def drain(self) -> None:
        """Return when everything folded so far is committed, or cannot be."""
        await self._wait()
        self.start()
        await self._wait()

    def discard(self) -> None:
        """Drop the open batch: the next owner of its partitions reads its pages again."""
        self.batch = OpenBatch()

    async def _wait(self) -> None:
        while self._in_flight is not None:
            await asyncio.wait({self._in_flight})

    async def _commit(self, sealed: SealedBatch, views: dict[int, PartitionView]) -> None:
        began = time.monotonic()
        try:
            await self._in_time(sealed, views)
            if not self._sender.commits_offsets:
                await self._commit_offsets(sealed)
        except StaylineError as error:
            self._failure.set(error)
        except Exception as error:  # noqa: BLE001 — whatever it was, the outcome is unknown
            self._failure.set(CommitFailedError(f"A batch could not be committed: {error!r}."))
        else:
            self._committed(sealed, time.monotonic() - began)
        finally:
            self._in_flight = None
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
            view.committed(offsets.get(number))

    def _committed(self, sealed: SealedBatch, seconds: float) -> None:
        self.committed.update({number: position.offset for number, position in sealed.positions.items()})
        self.counters.commits += 1
        self.counters.records += len(sealed.emitted) + sum(map(len, sealed.changes.values()))
        self.counters.seconds += seconds
        self.counters.last_commit_at = time.time()
        self.on_committed(sealed.published)
