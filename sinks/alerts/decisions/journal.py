"""Journal of deliveries on a compacted topic: what was placed and delivered, together with how far alerts were read.

One notifier writes it at a time: whoever opens it shuts out those before. Where Kafka has transactions, records and
offsets are there together or not at all.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from threading import Event
from typing import Final

import msgspec
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from runtime.kafka.batch_producer import BatchProducer
from runtime.kafka.delivery import BatchError
from runtime.kafka.offsets import OffsetClient
from runtime.kafka.producer import TransactionalProducer, open_producer
from runtime.kafka.topic_reader import TopicReader
from schemas.settings.connections import KafkaSettings
from schemas.topics import deliveries_topic, notifier_group
from sinks.alerts.decisions.delivery import Delivery, decode_delivery, encode_delivery

_PARTITION: Final = 0
_LOG: Final = logging.getLogger(__name__)


class Journal:
    """Keeps deliveries under their decisions' ids."""

    def __init__(self, kafka: KafkaSettings, application_id: str, consumer: Consumer, stop: Event) -> None:
        """Set up without connecting yet.

        Args:
            kafka: Where Kafka is.
            application_id: Names the topic and the group.
            consumer: Reads the alerts; its group's offsets are committed with the records.
            stop: Set when the process must end.
        """
        self._kafka, self._consumer, self._stop = kafka, consumer, stop
        self._topic, self._group = deliveries_topic(application_id), notifier_group(application_id)
        self._producer: BatchProducer | None = None

    def open(self) -> list[Delivery]:
        """Take the journal over from any other notifier, and read it.

        Raises:
            ServerUnreachableError: Kafka does not answer.
            FatalError: Kafka refuses transactions.
            Stopped: The process must end.
        """
        self._producer = open_producer(self._kafka, self._group, self._stop)
        place = (self._topic, _PARTITION)
        end = OffsetClient(self._kafka).ends([place])[place]
        latest: dict[bytes, Delivery | None] = {}
        reader = TopicReader(self._kafka, self._group, self._topic, [_PARTITION])
        try:
            # Tansu names the first record of the last batch as the end: what comes with it is taken, too.
            for message in _records(reader, end, self._stop):
                latest[message.key() or b""] = _decoded(message.value())
        finally:
            reader.close()
        return [delivery for delivery in latest.values() if delivery is not None]

    def save(self, changes: Mapping[str, Delivery | None], positions: Sequence[TopicPartition]) -> None:
        """Write what has changed, and commit how far alerts were read.

        Args:
            changes: By decision: its delivery, or None if it is needed no more.
            positions: The offset after the last alert read, by partition.

        Raises:
            BatchError: Nothing of it is there; it may be saved again.
            FatalError: Another notifier has taken over, or Kafka would refuse it again.
        """
        producer = self._producer
        if producer is None:
            raise BatchError("the journal is not open")
        with producer.batch():
            for name, delivery in changes.items():
                value = None if delivery is None else encode_delivery(delivery)
                producer.produce(self._topic, value, name.encode(), partition=_PARTITION)
            if isinstance(producer, TransactionalProducer) and positions:
                producer.send_offsets(positions, self._consumer.consumer_group_metadata())
        if not isinstance(producer, TransactionalProducer) and positions:
            self._commit(positions)

    def _commit(self, positions: Sequence[TopicPartition]) -> None:
        try:
            self._consumer.commit(offsets=list(positions), asynchronous=False)
        except KafkaException as error:
            raise BatchError(error.args[0].str(), error.args[0]) from None


def _records(reader: TopicReader, end: int, stop: Event) -> Iterator[Message]:
    for messages in reader.read_to({_PARTITION: end}, stop):
        yield from messages
    yield from reader.poll()


def _decoded(value: bytes | None) -> Delivery | None:
    if not value:
        return None
    try:
        return decode_delivery(value)
    except msgspec.DecodeError as error:
        _LOG.error("a record of the journal cannot be read (%s); its delivery is not gone on with", error)
        return None
