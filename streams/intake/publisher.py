"""Sends a batch: in one transaction with its raw offsets or, where the broker has none, offsets last."""

import math
from collections.abc import Sequence
from threading import Event
from typing import Protocol

from confluent_kafka import Consumer, KafkaException, TopicPartition

from runtime.kafka.batch_producer import BatchProducer
from runtime.kafka.delivery import BatchError
from runtime.kafka.producer import PlainProducer, TransactionalProducer
from runtime.service.watchdog import Watchdog
from schemas.settings.connections import KafkaSettings
from schemas.topics import DEAD_LETTERS, INTERACTIONS
from streams.intake.clock import SourcePosition, encode_checkpoint
from streams.intake.outgoing_batch import OutgoingBatch


class PagePublisher(Protocol):
    """Sends batches of pages, dead letters and raw offsets."""

    def send(self, batch: OutgoingBatch, membership: object) -> None:
        """Return once the batch and its offsets are committed.

        Args:
            batch: Its records leave together.
            membership: The consumer's group metadata of the generation in which the batch was read.

        Raises:
            BatchError: It was not committed; read again from the last commit.
            FatalError: Another process took over, or what failed would fail again.
        """

    @property
    def queued(self) -> int:
        """Records handed over and not yet delivered."""


def open_publisher(settings: KafkaSettings, transactional_id: str, consumer: Consumer, stop: Event) -> PagePublisher:
    """Open the publisher that the broker allows.

    Args:
        settings: Where Kafka is, and whether it has transactions.
        transactional_id: Unique among running intakes, the same again after a restart.
        consumer: Commits the offsets where there are no transactions.
        stop: Once set, an absent broker is no longer waited for.

    Raises:
        ServerUnreachableError: The broker does not begin transactions.
        FatalError: It refuses them.
    """
    if not settings.transactions:
        return PlainPagePublisher(PlainProducer(settings, stop), consumer)
    producer = TransactionalProducer(settings, transactional_id, stop, watchdog=Watchdog())
    producer.start()
    return TransactionalPagePublisher(producer)


class TransactionalPagePublisher:
    """Makes pages, dead letters and offsets visible together or not at all."""

    def __init__(self, producer: TransactionalProducer) -> None:
        """Send by a producer that has started."""
        self._producer = producer

    @property
    def queued(self) -> int:
        """Records handed over and not yet delivered."""
        return self._producer.queued

    def send(self, batch: OutgoingBatch, membership: object) -> None:
        """Commit a batch; see ``PagePublisher``."""
        with self._producer.batch():
            _produce(self._producer, batch)
            self._producer.send_offsets(_offsets_of(batch.positions), membership)


class PlainPagePublisher:
    """Commits offsets once everything is delivered; what happens in between comes twice."""

    def __init__(self, producer: PlainProducer, consumer: Consumer) -> None:
        """Send by a producer, and commit by a consumer."""
        self._producer = producer
        self._consumer = consumer

    @property
    def queued(self) -> int:
        """Records handed over and not yet delivered."""
        return self._producer.queued

    def send(self, batch: OutgoingBatch, membership: object) -> None:  # noqa: ARG002 - only transactions are fenced
        """Deliver a batch, then commit its offsets; see ``PagePublisher``."""
        with self._producer.batch(math.inf):
            _produce(self._producer, batch)
        try:
            committed = self._consumer.commit(offsets=_offsets_of(batch.positions), asynchronous=False)
        except KafkaException as failure:
            raise BatchError(failure.args[0].str(), failure.args[0]) from None
        for place in committed:
            if place.error is not None:
                raise BatchError(place.error.str(), place.error)


def _produce(producer: BatchProducer, batch: OutgoingBatch) -> None:
    for page in batch.pages:
        producer.produce(INTERACTIONS, page.value, partition=page.partition, headers=page.headers)
    for letter in batch.dead_letters:
        producer.produce(DEAD_LETTERS, letter.value, letter.key)


def _offsets_of(positions: Sequence[SourcePosition]) -> list[TopicPartition]:
    return [
        TopicPartition(one.topic, one.partition, one.position, encode_checkpoint(one.checkpoint))
        for one in positions
        if one.position is not None
    ]
