"""The customers in the changelog: read a partition at a time, moved some thousand a transaction."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event
from typing import Final

from runtime.kafka.delivery import BatchError, UnresolvedError
from runtime.kafka.offsets import OffsetClient
from runtime.kafka.producer import TransactionalProducer
from runtime.kafka.topic_reader import read_topic
from runtime.service.signals import Stopped
from schemas.errors import FatalError, ServerUnreachableError
from schemas.settings.connections import KafkaSettings
from streams.grow.census import PartitionOf, misplaced
from streams.worker.engine.shard_feed import FEED_KEY

MOST_CUSTOMERS: Final = 2_000
MOST_BYTES: Final = 16 * 1024 * 1024

_TRANSACTION_SECONDS: Final = 30.0


class Changelog:
    """The topic of the customers' states."""

    def __init__(
        self, kafka: KafkaSettings, topic: str, application_id: str, offsets: OffsetClient, stop: Event
    ) -> None:
        """Start without a connection.

        Args:
            kafka: Where Kafka is.
            topic: The changelog.
            application_id: Begins the names that Kafka knows this process by.
            offsets: Tells where partitions end.
            stop: Set when the process must end.
        """
        self._kafka, self.topic, self._name = kafka, topic, f"{application_id}-grow"
        self._offsets = offsets
        self._stop = stop

    def partitions(self, count: int) -> Iterator[tuple[int, dict[bytes, bytes]]]:
        """Yield each partition's number and the latest state of each customer on it; one partition is held in memory.

        Args:
            count: Number of partitions.

        Raises:
            Stopped: The process was told to end.
            FatalError: A record is not a customer's.
            ServerUnreachableError: Kafka does not answer.
        """
        for number in range(count):
            yield number, self._latest(number)

    def move(self, count: int, partition_of: PartitionOf) -> Iterator[int]:
        """Bring customers to where they belong, and yield how many after each transaction.

        An earlier run that is still at it is fenced by the first of these.

        Args:
            count: Number of partitions.
            partition_of: Returns where a customer belongs.

        Raises:
            Stopped: The process was told to end.
            FatalError: Another run took over, or the broker refuses a transaction.
            ServerUnreachableError: Kafka does not answer.
        """
        producer = TransactionalProducer(self._kafka, self._name, self._stop)
        producer.start(_TRANSACTION_SECONDS)
        for number, states in self.partitions(count):
            for keys in _portions(misplaced(number, states, partition_of), states):
                self._move(producer, number, {key: states[key] for key in keys}, partition_of)
                yield len(keys)

    def copy_feed(self, before: int, to: int) -> None:
        """Give new partitions what the others know of the raw topics; pages told all of them the same.

        Args:
            before: Number of partitions before the growth.
            to: Number of partitions after it.

        Raises:
            Stopped: The process was told to end.
            FatalError: Another run took over, or the broker refuses the transaction.
            ServerUnreachableError: Kafka does not answer.
        """
        watch = self._records(0).get(FEED_KEY)
        if watch is None:
            return
        producer = TransactionalProducer(self._kafka, self._name, self._stop)
        producer.start(_TRANSACTION_SECONDS)
        with self._transaction(producer):
            for number in range(before, to):
                producer.produce(self.topic, watch, FEED_KEY, partition=number)

    def _move(
        self, producer: TransactionalProducer, here: int, states: Mapping[bytes, bytes], partition_of: PartitionOf
    ) -> None:
        with self._transaction(producer):
            for key, state in states.items():
                if self._stop.is_set():
                    raise Stopped
                producer.produce(self.topic, state, key, partition=partition_of(key))
                producer.produce(self.topic, None, key, partition=here)

    @contextmanager
    def _transaction(self, producer: TransactionalProducer) -> Iterator[None]:
        try:
            with producer.batch(_TRANSACTION_SECONDS):
                yield
        except (BatchError, UnresolvedError) as failure:
            if self._stop.is_set():
                raise Stopped from None
            kind = ServerUnreachableError if failure.is_retriable else FatalError
            raise kind(f"customers could not be moved: {failure.reason}; the same command goes on from here") from None

    def _latest(self, number: int) -> dict[bytes, bytes]:
        """Return the latest state of each customer of a partition."""
        records = self._records(number)
        records.pop(FEED_KEY, None)
        return records

    def _records(self, number: int) -> dict[bytes, bytes]:
        end = self._offsets.ends([(self.topic, number)])[self.topic, number]
        states: dict[bytes, bytes] = {}
        for message in read_topic(self._kafka, self._name, self.topic, {number: end}, self._stop):
            key, state = message.key(), message.value()
            if not isinstance(key, bytes):
                raise FatalError(f"{self.topic} {number} at {message.offset()}: a record without a key is no customer")
            if isinstance(state, bytes):
                states[key] = state
            else:
                states.pop(key, None)
        return states


def _portions(keys: Sequence[bytes], states: Mapping[bytes, bytes]) -> Iterator[list[bytes]]:
    portion: list[bytes] = []
    held = 0
    for key in keys:
        portion.append(key)
        held += len(states[key])
        if len(portion) >= MOST_CUSTOMERS or held >= MOST_BYTES:
            yield portion
            portion, held = [], 0
    if portion:
        yield portion
