"""A Faust app that reads one topic for a handler, with or without a changelog to recover first."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, cast

import faust
from faust.types import TP, StreamT

from schemas.settings.connections import KafkaSettings
from streams.faust.options import faust_options
from streams.faust.protocol import ChangelogCopy, RecordHandler
from streams.faust.table import ChangelogTable, ChangelogTableManager
from streams.faust.transport import Consumer, Transport

BUFFERED_RECORDS: Final = 4096

BackgroundTask = Callable[[], Awaitable[None]]


class FaustApp(faust.App):
    """Reads the partitions that the group assigns; nothing is connected before it starts.

    Attributes:
        failure: The handler's.
    """

    def __init__(
        self,
        group: str,
        kafka: KafkaSettings,
        handler: RecordHandler,
        *,
        topic: str,
        folder: Path,
        changelog: tuple[str, ChangelogCopy] | None = None,
        tasks: Iterable[BackgroundTask] = (),
        buffered_records: int = BUFFERED_RECORDS,
    ) -> None:
        """Declare the topic's agent and the changelog's table.

        Args:
            group: The consumer group.
            kafka: Section of the settings.
            handler: Handles the records.
            topic: The topic that is read.
            folder: Faust's own folder, made at the start.
            changelog: Name of the compacted topic that is recovered first, and its local copy.
            tasks: Coroutine functions that run beside the handling from the start to the end of the app.
            buffered_records: Records fetched ahead at most.

        Raises:
            UsageError: A certificate cannot be used.
        """
        options = faust_options(kafka, folder, buffered_records)
        if changelog is not None:
            options["TableManager"] = ChangelogTableManager
        super().__init__(group, **options)
        self.boot_strategy.enable_kafka_producer = False
        self.failure = handler.failure
        self._handler = handler
        self._topic_name = topic
        self._folder = folder
        self._copy = None if changelog is None else changelog[1]
        self._background_tasks = tuple(tasks)
        if changelog is not None:
            self._declare_changelog(*changelog)
        self._declare_agent()

    def _declare_changelog(self, name: str, copy: ChangelogCopy) -> None:
        topic = self.topic(name, key_serializer="raw", value_serializer="raw", acks=False, internal=True)
        self.tables.add(ChangelogTable(self, topic, copy, self.failure, self.take_partitions))

    def _declare_agent(self) -> None:
        @self.agent(
            self.topic(self._topic_name, key_serializer="raw", value_serializer="raw"), name="read", concurrency=1
        )
        async def read(stream: StreamT[bytes]) -> None:
            async for event in stream.events():
                await self._handler.page(self.records_consumer.received(event.message))

    def _new_transport(self) -> Transport:
        return Transport(self.conf.broker_consumer, self, self._handler, self._copy)

    @property
    def records_consumer(self) -> Consumer:
        """Faust's consumer, which is ours."""
        return cast("Consumer", self.consumer)

    @property
    def recovery_remaining(self) -> int:
        """Changelog records to be read before the assigned partitions are handled; may be asked from any thread."""
        return cast("ChangelogTableManager", self.tables).remaining

    async def on_first_start(self) -> None:
        """Start the tasks beside the handling."""
        self._folder.mkdir(parents=True, exist_ok=True)
        await super().on_first_start()
        for task in self._background_tasks:
            self.add_future(task())

    async def take_partitions(self, numbers: set[int]) -> None:
        """Hand recovered partitions to the handler, unless another generation has begun since the recovery did."""
        consumer = self.records_consumer
        membership = consumer.membership
        generation = cast("ChangelogTableManager", self.tables).recovery.generation_id
        if membership is not None and membership.generation == generation:
            await self._handler.assigned(numbers, membership, lambda: consumer.membership is membership)

    def owned(self) -> set[int]:
        """Return the assigned partitions of the topic."""
        return self.records_consumer.owned()

    def end_offset(self, partition: int) -> int | None:
        """Return the end of a partition of the topic as of the last fetch; None before."""
        return self.records_consumer.end_offset(TP(self._topic_name, partition))

    async def commit_offsets(self, offsets: Mapping[int, tuple[int, str]]) -> None:
        """Commit through the group, for brokers without transactions.

        Args:
            offsets: Offset of the next record and metadata, by partition.
        """
        await self.records_consumer.commit_offsets(self._topic_name, offsets)
