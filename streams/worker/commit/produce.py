"""Finds the topics of a worker and hands a batch's records to librdkafka."""

from collections.abc import Callable
from typing import Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from schemas.errors import ServerUnreachableError, TopicMissingError
from schemas.trace import Header
from streams.worker.commit.batch import SealedBatch
from streams.worker.setup import WorkerSetup

_QUEUE_FULL_SECONDS: Final = 0.05

_DeliveryReport = Callable[[KafkaError | None, Message], None]


def require_topics(producer: Producer, setup: WorkerSetup) -> None:
    """Wait for a broker's first answer, and look for the topics in it.

    Raises:
        ServerUnreachableError: None came in time.
        TopicMissingError: The pages or the changelog have no topic, or not the same partitions.
    """
    servers = setup.kafka.bootstrap_servers
    try:
        topics = producer.list_topics(timeout=setup.connect_seconds).topics
    except KafkaException as error:
        raise ServerUnreachableError(f"No Kafka broker answers at {servers} ({error.args[0].str()}).") from error
    for name in (setup.pages_topic, setup.changelog_topic):
        if name not in topics:
            raise TopicMissingError(f"The topic {name} does not exist at {servers}.")
    pages, changelog = topics[setup.pages_topic], topics[setup.changelog_topic]
    if len(pages.partitions) != len(changelog.partitions):
        raise TopicMissingError(
            f"The topics {pages.topic} and {changelog.topic} must have the same number of partitions, "
            f"not {len(pages.partitions)} and {len(changelog.partitions)}."
        )


def produce_all(
    producer: Producer, batch: SealedBatch, changelog: str, on_delivery: _DeliveryReport | None
) -> dict[int, int]:
    """Hand a batch's records to librdkafka.

    Returns:
        By partition, the changelog offset of the last changed customer; filled while records are delivered.
    """
    offsets: dict[int, int] = {}

    def note_offset(error: KafkaError | None, message: Message) -> None:
        partition, offset = message.partition(), message.offset()
        if error is None and partition is not None and offset is not None:
            offsets[partition] = offset
        if on_delivery is not None:
            on_delivery(error, message)

    for partition, changes in batch.changes.items():
        if not changes:
            continue
        *earlier, (last_key, last_value) = changes.items()
        for key, value in earlier:
            _produce(producer, changelog, value, key, partition, on_delivery)
        _produce(producer, changelog, last_value, last_key, partition, note_offset)
    for topic, emitted_key, emitted_value, partition, header in batch.emitted:
        _produce(producer, topic, emitted_value, emitted_key, partition, on_delivery, header)
    return offsets


def _produce(
    producer: Producer,
    topic: str,
    value: bytes | None,
    key: bytes | None,
    partition: int,
    on_delivery: _DeliveryReport | None,
    header: Header | None = None,
) -> None:
    headers = [header] if header else None
    while True:
        try:
            producer.produce(topic, value, key, partition, on_delivery, headers=headers)
        except BufferError:
            producer.poll(_QUEUE_FULL_SECONDS)
        else:
            return
