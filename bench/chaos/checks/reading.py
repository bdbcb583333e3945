"""Reads what lies on a topic, and the committed offsets of a group."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast
from uuid import uuid4

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from runtime.kafka.options import client_options, consumer_options
from schemas.settings.connections import KafkaSettings

_GATHERED_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class TopicRecord:
    """One committed record; the timestamp is in ms since 1970."""

    partition: int
    offset: int
    timestamp: int
    key: bytes
    value: bytes
    headers: dict[str, bytes]


def read_topic(kafka: KafkaSettings, topic: str) -> Iterator[TopicRecord]:
    """Read what is committed on a topic, each partition in order, from its beginning to its present end."""
    for message in read_messages(kafka, topic):
        if (value := message.value()) is not None:
            yield TopicRecord(
                message.partition() or 0,
                message.offset() or 0,
                message.timestamp()[1],
                _bytes(message.key()),
                _bytes(value),
                cast("dict[str, bytes]", dict(message.headers() or [])),
            )


def read_messages(kafka: KafkaSettings, topic: str) -> Iterator[Message]:
    """Read what is committed on a topic, tombstones too, from its beginning to its present end."""
    consumer = Consumer({**consumer_options(kafka, uuid4().hex), "enable.partition.eof": True, "fetch.wait.max.ms": 5})
    try:
        partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
        consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
        ended: set[int | None] = set()
        while len(ended) < len(partitions):
            for message in consumer.consume(5_000, _GATHERED_SECONDS):
                if message.error() is None:
                    yield message
                else:
                    ended.add(message.partition())
    finally:
        consumer.close()


def has_open_transactions(kafka: KafkaSettings, topics: tuple[str, ...]) -> bool:
    """Return True if an open transaction hides records that were committed after it."""
    return _ends(kafka, topics, "read_committed") != _ends(kafka, topics, "read_uncommitted")


def _ends(kafka: KafkaSettings, topics: tuple[str, ...], isolation: str) -> list[int]:
    consumer = Consumer({**client_options(kafka), "group.id": uuid4().hex, "isolation.level": isolation})
    try:
        places = _places(consumer, topics)
        return [consumer.get_watermark_offsets(place, timeout=30)[1] for place in places]
    finally:
        consumer.close()


def _places(consumer: Consumer, topics: tuple[str, ...]) -> list[TopicPartition]:
    return [
        TopicPartition(topic, number)
        for topic in topics
        for number in consumer.list_topics(topic, timeout=30).topics[topic].partitions
    ]


class Group:
    """Looks at a consumer group's offsets without belonging to it."""

    def __init__(self, kafka: KafkaSettings, name: str, topics: tuple[str, ...]) -> None:
        """Look up the topics' partitions."""
        options = {**client_options(kafka), "group.id": name, "isolation.level": "read_uncommitted"}
        self._consumer = Consumer(options)
        self._places = _places(self._consumer, topics)

    def committed(self) -> dict[tuple[str, int], int]:
        """The offset of the next record by topic and partition; empty while Kafka does not answer."""
        try:
            found = self._consumer.committed(self._places, timeout=2)
        except KafkaException:
            return {}
        return {(place.topic, place.partition): max(place.offset, 0) for place in found if place.error is None}

    def close(self) -> None:
        """Look no more."""
        self._consumer.close()


def _bytes(value: str | bytes | None) -> bytes:
    return value if isinstance(value, bytes) else b"" if value is None else value.encode()
