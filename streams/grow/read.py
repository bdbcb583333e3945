"""Reads what is committed on some partitions of a topic between two offsets."""

from collections.abc import Iterator, Mapping
from threading import Event

from confluent_kafka import Message

from runtime.kafka.topic_reader import read_topic
from runtime.service.signals import Stopped
from schemas.errors import FatalError
from schemas.settings import KafkaSettings


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
    try:
        yield from read_topic(kafka, group, topic, ends, stop, begins)
    except Stopped:
        end_if(stop)


def end_if(stop: Event) -> None:
    """Return unless the process must end.

    Raises:
        FatalError: It must.
    """
    if stop.is_set():
        raise FatalError("told to end before all was done; the same command goes on from here")
