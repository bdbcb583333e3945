"""The customers in the changelog: read a partition at a time, moved some thousand a transaction."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from threading import Event
from typing import Final

from confluent_kafka import IsolationLevel, KafkaException, Producer

from runtime.kafka.delivery import persist
from runtime.kafka.options import producer_options
from schemas.errors import FatalError, ServerUnreachableError
from schemas.settings import KafkaSettings
from streams.grow.census import PlaceOf, leaving
from streams.grow.read import end_if, read
from streams.grow.standing import Standing

MOST_CUSTOMERS: Final = 2_000
MOST_BYTES: Final = 16 * 1024 * 1024

_TRANSACTION_SECONDS: Final = 30.0
_log = logging.getLogger(__name__)


class Changelog:
    """The topic of the customers' states."""

    def __init__(self, kafka: KafkaSettings, topic: str, application_id: str, standing: Standing, stop: Event) -> None:
        """Open nothing yet.

        Args:
            kafka: Where Kafka is.
            topic: The changelog.
            application_id: Begins the names that Kafka knows this process by.
            standing: Says where partitions end.
            stop: Set when the process must end.
        """
        self._kafka, self.topic, self._name = kafka, topic, f"{application_id}-grow"
        self._standing = standing
        self._stop = stop

    def partitions(self, count: int) -> Iterator[tuple[int, dict[bytes, bytes]]]:
        """Yield each partition's number and the latest state of each customer on it; one partition is held in memory.

        Raises:
            FatalError: Told to end.
            ServerUnreachableError: Kafka does not answer.
        """
        for number in range(count):
            yield number, self._latest(number, count)

    def move(self, count: int, place_of: PlaceOf) -> Iterator[int]:
        """Bring customers to where they belong, and yield how many after each transaction.

        An earlier run that is still at it is fenced by the first of these.

        Args:
            count: How many partitions there are.
            place_of: Where each customer belongs.

        Raises:
            FatalError: Told to end, or another run took over, or the broker refuses a transaction.
            ServerUnreachableError: Kafka does not answer.
        """
        producer = Producer(producer_options(self._kafka, self._name), logger=_log)
        try:
            persist(producer.init_transactions, self._stop, _TRANSACTION_SECONDS)
            for number, states in self.partitions(count):
                for keys in _portions(leaving(number, states, place_of), states):
                    self._move(producer, number, {key: states[key] for key in keys}, place_of)
                    yield len(keys)
        except KafkaException as failure:
            end_if(self._stop)
            error = failure.args[0]
            kind = ServerUnreachableError if error.retriable() else FatalError
            raise kind(f"customers could not be moved: {error.str()}; the same command goes on from here") from None

    def _move(self, producer: Producer, here: int, states: Mapping[bytes, bytes], place_of: PlaceOf) -> None:
        producer.begin_transaction()
        for key, state in states.items():
            end_if(self._stop)
            producer.produce(self.topic, state, key, place_of(key))
            producer.produce(self.topic, None, key, here)
        persist(producer.commit_transaction, self._stop, _TRANSACTION_SECONDS)

    def _latest(self, number: int, count: int) -> dict[bytes, bytes]:
        ends = self._standing.ends({self.topic: count}, IsolationLevel.READ_UNCOMMITTED)
        end = {place.partition: offset for place, offset in ends.items() if place.partition == number}
        states: dict[bytes, bytes] = {}
        for message in read(self._kafka, self._name, self.topic, {}, end, self._stop):
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
