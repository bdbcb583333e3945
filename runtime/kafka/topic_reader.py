"""Reads what is committed on a topic, as a member of no group: to given ends once, or on and on."""

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from threading import Event
from time import monotonic
from typing import Final

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from runtime.kafka.options import consumer_options
from runtime.service.signals import Stopped
from schemas.errors import ServerUnreachableError
from schemas.settings.connections import KafkaSettings

_MESSAGES_A_POLL: Final = 500
_POLL_SECONDS: Final = 0.02
_ANSWER_SECONDS: Final = 1.0
_SILENCE_SECONDS: Final = 60.0


class TopicReader:
    """Goes through partitions of a topic as far as it is told, and remembers where it is."""

    def __init__(
        self, kafka: KafkaSettings, group: str, topic: str, partitions: Iterable[int], begins: Mapping[int, int] = {}
    ) -> None:
        """Start at the beginning, or where it is told.

        Args:
            kafka: Where Kafka is.
            group: A name for access lists; nothing is committed under it.
            topic: What is read.
            partitions: Which of its partitions.
            begins: Offset of the first record, by partition; the beginning where none is given.
        """
        self.topic = topic
        self._consumer = Consumer(consumer_options(kafka, group, {"enable.partition.eof": True}))
        self._reached = {number: begins.get(number, 0) for number in partitions}
        self._last = {number: offset - 1 for number, offset in self._reached.items()}
        # A consumer that has not met a broker yet looks for the beginning of a partition in vain at first, and again
        # only after 500 ms; so it is made to meet one. A broker that is away is reported when it is read from.
        with suppress(KafkaException):
            self._consumer.list_topics(topic, timeout=_ANSWER_SECONDS)
        self._consumer.assign(
            [TopicPartition(topic, number, begins.get(number, OFFSET_BEGINNING)) for number in self._reached]
        )

    def read_to(self, ends: Mapping[int, int], stop: Event) -> Iterator[list[Message]]:
        """Yield the records up to the given ends, and perhaps some after them.

        Args:
            ends: Offset after the last record or marker, by partition.
            stop: Set when the process must end.

        Raises:
            Stopped: ``stop`` was set.
            ServerUnreachableError: Nothing came for a minute.
        """
        moved = monotonic()
        while any(self._reached[number] < end for number, end in ends.items()):
            if stop.is_set():
                raise Stopped
            messages, heard = self._consume(_MESSAGES_A_POLL, _POLL_SECONDS)
            if heard:
                moved = monotonic()
            elif monotonic() - moved > _SILENCE_SECONDS:
                raise ServerUnreachableError(f"Kafka hands out nothing of {self.topic} for {_SILENCE_SECONDS:.0f} s")
            yield messages

    def poll(self) -> list[Message]:
        """Return the records that have arrived since the last call, without waiting."""
        return self._consume(_MESSAGES_A_POLL, 0)[0]

    def needed(self, partition: int, end: int) -> int:
        """Return how far a group must have committed to have read every record before an end that was read to.

        Behind the last record there may be markers of transactions, and no group commits behind these.
        """
        return min(self._last[partition] + 1, end)

    def close(self) -> None:
        """Disconnect."""
        self._consumer.close()

    def _consume(self, most: int, seconds: float) -> tuple[list[Message], bool]:
        """Return records, and whether anything was heard at all."""
        heard = self._consumer.consume(most, seconds)
        return [message for message in heard if self._is_record(message)], bool(heard)

    def _is_record(self, message: Message) -> bool:
        error, partition, offset = message.error(), message.partition() or 0, message.offset() or 0
        if error is None:
            self._reached[partition] = max(self._reached[partition], offset + 1)
            self._last[partition] = max(self._last[partition], offset)
            return True
        if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its public name
            self._reached[partition] = max(self._reached[partition], offset)
        return False


def read_topic(
    kafka: KafkaSettings,
    group: str,
    topic: str,
    ends: Mapping[int, int],
    stop: Event,
    begins: Mapping[int, int] = {},
) -> Generator[Message, None, None]:
    """Yield the records of some partitions before their ends, each partition in order.

    Args:
        kafka: Where Kafka is.
        group: A name for access lists; nothing is committed under it.
        topic: What is read.
        ends: Offset after the last record or marker, by partition.
        stop: Set when the process must end.
        begins: Offset of the first record, by partition; the beginning where none is given.

    Raises:
        Stopped: ``stop`` was set.
        ServerUnreachableError: Nothing came for a minute.
    """
    asked = {number: end for number, end in ends.items() if begins.get(number, 0) < end}
    if not asked:
        return
    reader = TopicReader(kafka, group, topic, asked, begins)
    try:
        for messages in reader.read_to(asked, stop):
            for message in messages:
                if (message.offset() or 0) < asked[message.partition() or 0]:
                    yield message
    finally:
        reader.close()
