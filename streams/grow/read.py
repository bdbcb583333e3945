"""What is committed on some partitions of a topic between two offsets."""

from collections.abc import Iterator, Mapping
from threading import Event
from time import monotonic
from typing import Final

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, TopicPartition

from runtime.kafka.clients import assign, consumer_options
from schemas.errors import FatalError, ServerUnreachableError
from schemas.settings import KafkaSettings

_MESSAGES_A_POLL: Final = 500
_POLL_SECONDS: Final = 0.02
_SILENCE_SECONDS: Final = 60.0


def read(
    kafka: KafkaSettings, group: str, topic: str, begins: Mapping[int, int], ends: Mapping[int, int], stop: Event
) -> Iterator[Message]:
    """Yield records, each partition in order.

    Args:
        kafka: Where Kafka is.
        group: A name for access lists; nothing is committed under it.
        topic: What is read.
        begins: Offset of the first record by partition; the beginning where none is given.
        ends: Offset after the last record or marker, by partition.
        stop: Set when the process must end.

    Raises:
        FatalError: ``stop`` was set.
        ServerUnreachableError: Nothing came for a minute.
    """
    left = {number for number, end in ends.items() if begins.get(number, 0) < end}
    consumer = Consumer({**consumer_options(kafka, group), "enable.partition.eof": True})
    try:
        begin = [TopicPartition(topic, number, begins.get(number, OFFSET_BEGINNING)) for number in left]
        assign(consumer, topic, begin)
        moved = monotonic()
        while left:
            end_if(stop)
            messages = consumer.consume(_MESSAGES_A_POLL, _POLL_SECONDS)
            if messages:
                moved = monotonic()
            elif monotonic() - moved > _SILENCE_SECONDS:
                raise ServerUnreachableError(f"Kafka hands out nothing of {topic} for {_SILENCE_SECONDS:.0f} s")
            for message in messages:
                number, offset, error = message.partition() or 0, message.offset() or 0, message.error()
                if error is None and offset < ends[number]:
                    yield message
                    left -= {number} if offset + 1 == ends[number] else set()
                elif error is None or error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its public name
                    left -= {number} if offset >= ends[number] else set()
    finally:
        consumer.close()


def end_if(stop: Event) -> None:
    """Return unless the process must end.

    Raises:
        FatalError: It must.
    """
    if stop.is_set():
        raise FatalError("told to end before all was done; the same command goes on from here")
