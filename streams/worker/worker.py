"""The parts of a worker process, put together."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from runtime.kafka.admin import TopicClient, require_kafka
from schemas.errors import TopicMissingError
from streams.faust.app import BackgroundTask, FaustApp
from streams.faust.protocol import Failure
from streams.faust.run import run_app
from streams.worker.commit.batch import SealedBatch
from streams.worker.commit.committer import Committer
from streams.worker.commit.provenance import ProvenanceCheck
from streams.worker.commit.transaction import COMMIT_SECONDS, open_sender
from streams.worker.engine.protocols import ShardFactory
from streams.worker.loop import WorkerLoop
from streams.worker.partitions.partitions import Partitions
from streams.worker.partitions.quarantine import CustomerLetter, PageLetter, quarantine_customer, quarantine_page
from streams.worker.partitions.retry_policy import RetryPolicy
from streams.worker.setup import WorkerSetup
from streams.worker.store.partition_store import LocalStore

_BUFFERED_PAGES: Final = 32
_ABORT_SECONDS: Final = 5.0
"""A commit that has run out of time may still be aborting."""


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """Lag of a partition."""

    committed: int
    """Offset of the next page that is not committed."""

    end: int
    """End of the partition as of the last fetch; control records of transactions count."""


class StreamWorker:
    """A worker process: Faust reads pages, the loop folds them, the committer commits what follows."""

    def __init__(
        self,
        setup: WorkerSetup,
        shard_factory: ShardFactory,
        *,
        tasks: Iterable[BackgroundTask] = (),
        page_letter: PageLetter = quarantine_page,
        customer_letter: CustomerLetter = quarantine_customer,
    ) -> None:
        """Put the parts together; nothing is connected yet.

        Args:
            setup: Settings of this process.
            shard_factory: Makes the engine of an assigned partition.
            tasks: Coroutine functions that run beside the folding from the start to the end of the process.
            page_letter: Makes a dead letter of a page that cannot be folded.
            customer_letter: Makes a dead letter of a customer who cannot be reviewed.

        Raises:
            UsageError: A certificate cannot be used.
        """
        self.setup = setup
        self.failure = Failure()
        self.store = LocalStore(setup.store_folder, setup.changelog_identity)
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="commit")
        self._sender = open_sender(setup)
        self.committer = self._new_committer()
        self.retry_policy = RetryPolicy(
            committer=self.committer,
            store=self.store,
            shard_factory=shard_factory,
            page_letter=page_letter,
            customer_letter=customer_letter,
            most_quarantined=setup.worker.most_pages_aside,
        )
        self.partitions = self._new_partitions(shard_factory)
        self.loop = WorkerLoop(self.partitions, self.retry_policy, self.committer, self.failure)
        self.app = self._new_app(tasks)

    def _new_committer(self) -> Committer:
        return Committer(
            self._sender,
            self._executor,
            self.failure,
            max_batch_records=self.setup.worker.max_batch_records,
            give_up_seconds=COMMIT_SECONDS + _ABORT_SECONDS,
            commit_offsets=self._commit_offsets,
        )

    def _new_partitions(self, shard_factory: ShardFactory) -> Partitions:
        setup = self.setup
        return Partitions(
            setup,
            store=self.store,
            provenance=ProvenanceCheck(
                setup.provenance,
                group=setup.group,
                accept_changes=setup.worker.accept_changes,
                together=setup.kafka.transactions,
                pages=setup.pages_topic,
                changelog=setup.changelog_topic,
            ),
            executor=self._executor,
            failure=self.failure,
            shard_factory=shard_factory,
        )

    def _new_app(self, tasks: Iterable[BackgroundTask]) -> FaustApp:
        setup = self.setup
        return FaustApp(
            setup.group,
            setup.kafka,
            self.loop,
            topic=setup.pages_topic,
            folder=setup.folder / "faust",
            changelog=(setup.changelog_topic, self.partitions),
            tasks=(self._commit_batches, self.loop.work_off, *tasks),
            buffered_records=_BUFFERED_PAGES,
        )

    def run(self) -> int:
        """Run until SIGTERM, SIGINT or a failure, and return the exit code of the process."""
        code = run_app(self.app, self._connect)
        self._executor.shutdown()
        return code

    def _connect(self) -> None:
        """Reach the broker.

        Raises:
            ServerUnreachableError: No broker answers.
            UsageError: It refuses the user.
            TopicMissingError: The pages or the changelog have no topic, or not the same partitions.
            FatalError: It begins no transactions, or another process has the transactional id.
        """
        kafka, pages, changelog = self.setup.kafka, self.setup.pages_topic, self.setup.changelog_topic
        require_kafka(kafka, self.setup.connect_seconds)
        counts = TopicClient(kafka).partition_counts()
        for name in (pages, changelog):
            if name not in counts:
                raise TopicMissingError(f"The topic {name} does not exist at {kafka.bootstrap_servers}.")
        if counts[pages] != counts[changelog]:
            raise TopicMissingError(
                f"The topics {pages} and {changelog} must have the same number of partitions, "
                f"not {counts[pages]} and {counts[changelog]}."
            )
        self._sender.start()

    async def _commit_batches(self) -> None:
        await self.committer.run(self.setup.worker.commit_milliseconds / 1000)

    async def _commit_offsets(self, batch: SealedBatch) -> None:
        offsets = {number: (position.offset, position.metadata) for number, position in batch.positions.items()}
        await self.app.commit_offsets(offsets)

    def lag(self) -> dict[int, PartitionLag]:
        """Return the lag of each assigned partition, as far as the last fetch knows."""
        ends = {number: self.app.end_offset(number) for number in self.partitions.assigned}
        committed = self.committer.committed
        return {n: PartitionLag(committed.get(n, 0), end) for n, end in ends.items() if end is not None}

    @property
    def recovery_remaining(self) -> int:
        """Changelog records to be read before the assigned partitions are folded; may be asked from any thread."""
        return 0 if self.partitions.recovered else self.app.recovery_remaining
