"""Follows the newest value of a compacted topic of one partition."""

from threading import Event

from confluent_kafka import Message

from runtime.kafka.offsets import OffsetClient
from runtime.kafka.topic_reader import TopicReader
from schemas.settings import KafkaSettings


class LatestValue:
    """Reads a topic from its beginning, as a member of no group, and returns the newest value each time."""

    def __init__(self, kafka: KafkaSettings, topic: str) -> None:
        """Start reading.

        Args:
            kafka: Where Kafka is.
            topic: A topic of one partition.
        """
        self._topic = topic
        self._offsets = OffsetClient(kafka)
        self._reader = TopicReader(kafka, f"{topic}-follower", topic, [0])

    def catch_up(self, stop: Event | None = None) -> bytes | None:
        """Read to the topic's present end and return the newest value; None if there is none.

        Args:
            stop: Set when the process must end.

        Raises:
            Stopped: ``stop`` was set.
            ServerUnreachableError: Kafka does not answer.
        """
        end = self._offsets.ends([(self._topic, 0)], committed=True)[self._topic, 0]
        newest: bytes | None = None
        for messages in self._reader.read_to({0: end}, stop or Event()):
            newest = _newest(messages) or newest
        return newest

    def poll(self) -> bytes | None:
        """Return the newest value that has arrived since the last call, without waiting; None if none has."""
        newest: bytes | None = None
        while messages := self._reader.poll():
            newest = _newest(messages) or newest
        return newest

    def close(self) -> None:
        """Stop reading."""
        self._reader.close()
        self._offsets.close()


def _newest(messages: list[Message]) -> bytes | None:
    values = [message.value() for message in messages]
    return next((value for value in reversed(values) if isinstance(value, bytes) and value), None)
