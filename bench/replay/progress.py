"""Counts records as they come."""

from collections.abc import Sequence
from typing import Final
from uuid import uuid4

from confluent_kafka import Consumer, TopicPartition

from runtime.kafka.options import consumer_options
from schemas.records.learner_notes import is_learner_note
from schemas.settings.connections import KafkaSettings
from tests.kit.results import RESULT_TOPICS

_AT_ONCE: Final = 5_000
_LOOK_SECONDS: Final = 0.2


class RecordCounter:
    """Counts the committed records of a broker that follow from the log."""

    def __init__(self, kafka: KafkaSettings, topics: Sequence[str] = RESULT_TOPICS) -> None:
        """Begin at the beginning.

        Args:
            kafka: Where the topics are.
            topics: Topics whose records are counted.
        """
        self._consumer = Consumer(consumer_options(kafka, uuid4().hex))
        places = [
            TopicPartition(topic, number, 0)
            for topic in topics
            for number in self._consumer.list_topics(topic, timeout=30).topics[topic].partitions
        ]
        self._consumer.assign(places)
        self._count = 0

    def count(self) -> int:
        """Wait a moment, and return how many there are so far."""
        for message in self._consumer.consume(_AT_ONCE, _LOOK_SECONDS):
            if message.error() is None and not is_learner_note(message.headers()):
                self._count += 1
        return self._count

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()
