"""Reads what is committed on a topic, from its beginning on, once."""

from collections.abc import Iterable, Iterator, Mapping
from threading import Event
from time import monotonic
from typing import Final

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, TopicPartition

from runtime.kafka.clients import assign, consumer_options
from runtime.kafka.offsets import Stopped
from schemas.errors import ServerUnreachableError
from schemas.settings import KafkaSettings

_MESSAGES_A_POLL: Final = 500
_POLL_SECONDS: Final = 0.02
_SILENCE_SECONDS: Final = 60.0


class TopicReader:
    """Goes through the partitions of a topic as far as it is told, and remembers where it is."""

    def __init__(self, kafka: KafkaSettings, group: str, topic: str, partitions: Iterable[int]) -> None:
        """Begin at the beginning.

        Args:
            kafka: Where Kafka is.
            group: A name for access lists; nothing is committed under it.
            topic: What is read.
            partitions: Which of its partitions.
        """
        self.topic = topic
        self._consumer = Consumer({**consumer_options(kafka, group), "enable.partition.eof": True})
        self._reached = dict.fromkeys(partitions, 0)
        self._last = dict.fromkeys(partitions, -1)
        assign(self._consumer, topic, [TopicPartition(topic, number, OFFSET_BEGINNING) for number in self._reached])

    def read_to(self, ends: Mapping[int, int], stop: Event) -> Iterator[list[Message]]:
        """Yield the records up to the given ends, and perhaps some after them.

        Args:
            ends: Offset of the next record, by partition.
            stop: Set when the process must end.

        Raises:
            Stopped: ``stop`` was set.
            ServerUnreachableError: Nothing came for a minute.
        """
        moved = monotonic()
        while any(self._reached[number] < end for number, end in ends.items()):
            if stop.is_set():
                raise Stopped
            messages = self._consumer.consume(_MESSAGES_A_POLL, _POLL_SECONDS)
            if messages:
                moved = monotonic()
            elif monotonic() - moved > _SILENCE_SECONDS:
                raise ServerUnreachableError(f"Kafka hands out nothing of {self.topic} for {_SILENCE_SECONDS:.0f} s")
            yield [message for message in messages if self._is_record(message)]

    def needed(self, partition: int, end: int) -> int:
        """How far a group must have committed to have read every record before an end that was read to.

        Behind the last record there may be markers of transactions, and nobody commits behind these.
        """
        return min(self._last[partition] + 1, end)

    def close(self) -> None:
        """Give up the connections."""
        self._consumer.close()

    def _is_record(self, message: Message) -> bool:
        error, partition, offset = message.error(), message.partition() or 0, message.offset() or 0
        if error is None:
            self._reached[partition] = max(self._reached[partition], offset + 1)
            self._last[partition] = max(self._last[partition], offset)
            return True
        if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its public name
            self._reached[partition] = max(self._reached[partition], offset)
        return False
