"""Puts the worker together: a Faust app whose one agent folds pages and whose commits are Kafka transactions."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, cast

import faust
from faust.types import TP, StreamT

from streams.faust.table import CustomersRecovery, CustomersTable, CustomersTableManager
from streams.faust.transport import Consumer, Transport
from streams.worker.commit.batch import SealedBatch
from streams.worker.commit.committer import Committer
from streams.worker.commit.offsets import OffsetReader
from streams.worker.commit.provenance import Lineage
from streams.worker.commit.transaction import PlainSender, Sender, TransactionalSender
from streams.worker.engine.protocols import ShardFactory
from streams.worker.failure import Failure
from streams.worker.partitions.partitions import Partitions
from streams.worker.partitions.quarantine import CustomerLetter, PageLetter, set_customer_aside, set_page_aside
from streams.worker.partitions.retry_policy import Attempts
from streams.worker.settings import WorkerSettings
from streams.worker.store.partition_store import LocalStore

_BUFFERED_PAGES = 32
_HEARTBEATS_A_SESSION = 6

BackgroundTask = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """How far a partition is behind."""

    committed: int
    """Offset of the next page that is not committed."""

    end: int
    """End of the partition as of the last fetch; control records of transactions count."""


class WorkerApp(faust.App):
    """A Faust app that owns partitions of customers."""

    def __init__(
        self,
        settings: WorkerSettings,
        shard_factory: ShardFactory,
        tasks: Iterable[BackgroundTask],
        page_letter: PageLetter,
        customer_letter: CustomerLetter,
    ) -> None:
        """Use :func:`create_app`."""
        super().__init__(settings.application_id, **_faust_settings(settings))
        self.boot_strategy.enable_kafka_producer = False
        self.worker_settings = settings
        self.failure = Failure()
        self.background_tasks = tuple(tasks)
        self.store = LocalStore(
            settings.data_folder / "customers" if settings.store == "rocksdb" else None, settings.changelog_identity
        )
        self.executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="commit")
        self.sender: Sender = TransactionalSender(settings) if settings.transactions else PlainSender(settings)
        self.offset_reader = OffsetReader(settings)
        self.committer = Committer(
            self.sender,
            self.executor,
            self.failure,
            max_batch_records=settings.max_batch_records,
            give_up_seconds=settings.commit_timeout_seconds + 5,
            commit_offsets=self._commit_offsets,
        )
        self.attempts = Attempts(
            committer=self.committer,
            store=self.store,
            shard_factory=shard_factory,
            page_letter=page_letter,
            customer_letter=customer_letter,
            most_aside=settings.most_pages_aside,
        )
        self.partitions = Partitions(
            committer=self.committer,
            store=self.store,
            offsets=self.offset_reader,
            lineage=_lineage(settings),
            executor=self.executor,
            failure=self.failure,
            shard_factory=shard_factory,
            attempts=self.attempts,
        )

    def _new_transport(self) -> Transport:
        return Transport(self.conf.broker_consumer, self)

    @property
    def pages_consumer(self) -> Consumer:
        """Faust's consumer, which is ours."""
        return cast("Consumer", self.consumer)

    @property
    def recovery(self) -> CustomersRecovery:
        """Faust's recovery, which is ours."""
        return cast("CustomersTableManager", self.tables).recovery

    @property
    def recovery_remaining(self) -> int:
        """Changelog records to be read before the assigned partitions are folded; may be asked from any thread."""
        return 0 if self.partitions.recovered else cast("CustomersTableManager", self.tables).remaining

    def connect(self) -> None:
        """Reach the broker; raises ServerUnreachableError or OwnershipLostError."""
        self.sender.connect()

    async def on_first_start(self) -> None:
        """Start the commits and the tasks beside them."""
        self.worker_settings.data_folder.mkdir(parents=True, exist_ok=True)
        await super().on_first_start()
        self.add_future(self.committer.run(self.worker_settings.commit_interval_seconds))
        self.add_future(self.partitions.work_off())
        for task in self.background_tasks:
            self.add_future(task())

    async def take_partitions(self, numbers: set[int]) -> None:
        """Fold these partitions, whose customers are recovered, in the name of the present membership."""
        consumer = self.pages_consumer
        membership = consumer.membership
        if membership is not None and membership.generation == self.recovery.generation_id:
            await self.partitions.take(numbers, membership, lambda: consumer.membership is membership)

    async def pause_partitions(self) -> None:
        """Stop folding and commit what is folded."""
        await self.partitions.pause()

    def lose_partitions(self, why: str) -> None:
        """Discard what is folded; the partitions were taken from us."""
        self.partitions.lose(why)

    def give_up_partition(self, number: int) -> None:
        """Forget a partition that others own now."""
        self.partitions.give_up(number)

    async def committed_offsets(self, numbers: set[int]) -> dict[int, int]:
        """Return stable committed offsets, of those partitions that have one."""
        return {number: position.offset for number, position in (await self.partitions.committed(numbers)).items()}

    async def changelog_ends(self, numbers: set[int]) -> Mapping[int, int]:
        """Return the ends of the changelog's partitions, open transactions included."""
        return await self.loop.run_in_executor(self.executor, self.offset_reader.changelog_ends, numbers)

    def lag(self) -> dict[int, PartitionLag]:
        """Return how far each assigned partition is behind, as far as the last fetch knows."""
        topic = self.worker_settings.interactions_topic
        ends = {number: self.pages_consumer.end_offset(TP(topic, number)) for number in self.partitions.assigned}
        committed = self.committer.committed
        return {n: PartitionLag(committed.get(n, 0), end) for n, end in ends.items() if end is not None}

    async def _commit_offsets(self, batch: SealedBatch) -> None:
        await self.pages_consumer.commit_positions(batch, self.worker_settings.interactions_topic)


def create_app(
    settings: WorkerSettings,
    shard_factory: ShardFactory,
    *,
    tasks: Iterable[BackgroundTask] = (),
    page_letter: PageLetter = set_page_aside,
    customer_letter: CustomerLetter = set_customer_aside,
) -> WorkerApp:
    """Make the worker's app; nothing is connected yet (see :func:`streams.faust.run.run_worker`).

    Args:
        settings: Of this process.
        shard_factory: Makes the engine of an assigned partition.
        tasks: Coroutine functions that run beside the folding from the start to the end of the app.
        page_letter: Makes a dead letter of a page that cannot be folded.
        customer_letter: Makes a dead letter of a customer who cannot be reviewed.
    """
    app = WorkerApp(settings, shard_factory, tasks, page_letter, customer_letter)
    app.tables.add(_customers(app))
    pages = app.topic(settings.interactions_topic, key_serializer="raw", value_serializer="raw")

    @app.agent(pages, name="fold", concurrency=1)
    async def fold(stream: StreamT[bytes]) -> None:
        async for event in stream.events():
            message = event.message
            await app.partitions.fold(message, app.pages_consumer.sequence.begin(message.partition, message.offset))

    return app


def _lineage(settings: WorkerSettings) -> Lineage:
    return Lineage(
        settings.origin,
        pages=settings.interactions_topic,
        group=settings.application_id,
        changelog=settings.changelog_topic,
        accept_changes=settings.accept_changes,
        together=settings.transactions,
    )


def _customers(app: WorkerApp) -> CustomersTable:
    name = app.worker_settings.changelog_topic
    changelog = app.topic(name, key_serializer="raw", value_serializer="raw", acks=False, internal=True)
    return CustomersTable(app, app.store, changelog)


def _faust_settings(settings: WorkerSettings) -> dict[str, Any]:
    return {
        "broker": [f"kafka://{server.strip()}" for server in settings.bootstrap_servers.split(",")],
        "broker_credentials": settings.credentials,
        "datadir": settings.data_folder / "faust",
        "TableManager": CustomersTableManager,
        "store": "memory://",
        "web_enabled": False,
        "topic_allow_declare": False,  # topics are made by `stayline topics`, with their own settings
        "topic_disable_leader": True,
        "table_standby_replicas": 0,
        "stream_buffer_maxsize": _BUFFERED_PAGES,
        "stream_wait_empty": True,
        "consumer_auto_offset_reset": "earliest",
        "broker_session_timeout": settings.session_timeout_seconds,
        "broker_heartbeat_interval": settings.session_timeout_seconds / _HEARTBEATS_A_SESSION,
        "broker_request_timeout": max(settings.request_timeout_seconds, settings.session_timeout_seconds) + 5,
        "broker_rebalance_timeout": 60.0,
    }
