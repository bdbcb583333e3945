"""librdkafka's producer: its settings, its first contact, and how a batch is handed to it."""

from collections.abc import Callable
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from schemas.errors import ServerUnreachableError, TopicMissingError
from schemas.trace import Header, Headers
from streams.worker.commit.batch import SealedBatch
from streams.worker.settings import WorkerSettings

_QUEUE_RECORDS = 1_000_000

DeliveryReport = Callable[[KafkaError | None, Message], None]


def producer_config(settings: WorkerSettings) -> dict[str, Any]:
    """Return the librdkafka settings of the worker's producer."""
    return {
        "bootstrap.servers": settings.bootstrap_servers,
        "client.id": settings.transactional_id,
        "enable.idempotence": True,
        "partitioner": "murmur2_random",  # as every other Kafka client places a key
        "compression.type": "lz4",
        "linger.ms": 5,
        "reconnect.backoff.max.ms": 1000,  # a broker that is back is found before its transactions time out
        "queue.buffering.max.messages": _QUEUE_RECORDS,
        **settings.librdkafka,
    }


def reach(producer: Producer, settings: WorkerSettings) -> None:
    """Wait for a broker's first answer, and look for the topics in it.

    Raises:
        ServerUnreachableError: None came in ``connect_timeout_seconds``.
        TopicMissingError: The pages or the changelog have no topic, or not the same partitions.
    """
    try:
        topics = producer.list_topics(timeout=settings.connect_timeout_seconds).topics
    except KafkaException as error:
        raise ServerUnreachableError(
            f"No Kafka broker answers at {settings.bootstrap_servers} ({error.args[0].str()})."
        ) from error
    for name in (settings.interactions_topic, settings.changelog_topic):
        if name not in topics:
            raise TopicMissingError(f"The topic {name} does not exist at {settings.bootstrap_servers}.")
    pages, changelog = topics[settings.interactions_topic], topics[settings.changelog_topic]
    if len(pages.partitions) != len(changelog.partitions):
        raise TopicMissingError(
            f"The topics {pages.topic} and {changelog.topic} must have the same number of partitions, "
            f"not {len(pages.partitions)} and {len(changelog.partitions)}."
        )


class Outbox:
    """Hands a batch's records to librdkafka and learns the changelog offsets of the last of them."""

    def __init__(self, producer: Producer, changelog_topic: str, on_delivery: DeliveryReport | None) -> None:
        self._producer = producer
        self._changelog_topic = changelog_topic
        self._on_delivery = on_delivery
        self.offsets: dict[int, int] = {}

    def fill(self, batch: SealedBatch) -> None:
        """Produce everything in the batch."""
        for partition, changes in batch.changes.items():
            if not changes:
                continue
            *earlier, (last_key, last_value) = changes.items()
            for key, value in earlier:
                self._produce(self._changelog_topic, value, key, partition, self._on_delivery)
            self._produce(self._changelog_topic, last_value, last_key, partition, self._note_offset)
        for topic, emitted_key, emitted_value, partition, header in batch.emitted:
            self._produce(topic, emitted_value, emitted_key, partition, self._on_delivery, header)

    def _produce(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        partition: int,
        on_delivery: DeliveryReport | None,
        header: Header | None = None,
    ) -> None:
        headers: Headers | None = [header] if header else None
        while True:
            try:
                self._producer.produce(topic, value, key, partition, on_delivery, headers=headers)
            except BufferError:
                self._producer.poll(0.05)
            else:
                return

    def _note_offset(self, error: KafkaError | None, message: Message) -> None:
        partition, offset = message.partition(), message.offset()
        if error is None and partition is not None and offset is not None:
            self.offsets[partition] = offset
        if self._on_delivery is not None:
            self._on_delivery(error, message)
