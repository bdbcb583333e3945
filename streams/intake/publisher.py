"""How a shipment leaves: in one transaction with its raw offsets or, where the broker has none, offsets last."""

from collections.abc import Callable, Sequence
from threading import Event
from typing import Final, NoReturn, Protocol

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from runtime.kafka.clients import Options, producer_options
from runtime.kafka.delivery import CALL_SECONDS, Failures, begin_transactions, persist
from runtime.service.watchdog import Watchdog
from schemas.errors import FatalError
from schemas.settings import KafkaSettings
from streams.intake.clock import Place, encode_mark
from streams.intake.outgoing_batch import Shipment

INTERACTIONS: Final = "interactions"
DEAD_LETTERS: Final = "dead_letters"

_START_SECONDS: Final = 30.0

# After a broker's restart librdkafka may repeat the sending of offsets without end, and only giving up helps.
_TRANSACTION_SECONDS: Final = 6.0

# Once begun, a commit can only be waited for: librdkafka refuses to give up what it may have committed.
_COMMIT_SECONDS: Final = 20.0

_STUCK_SECONDS: Final = 15.0
"""A call that listens to nobody for so much longer than it was given hangs for good (``runtime.service.watchdog``)."""


class Undone(Exception):  # noqa: N818 - named for what happened
    """Nothing of the shipment is visible, or it will be sent again: read on from the last commit."""


class Outlet(Protocol):
    """Sends shipments."""

    def send(self, shipment: Shipment, membership: object) -> None:
        """Return once the shipment and its offsets are committed.

        Args:
            shipment: What leaves together.
            membership: The consumer's group metadata of the generation in which the shipment was read.

        Raises:
            Undone: It was not committed; read again from the last commit.
            FatalError: Another process took over, or what failed would fail again.
        """

    @property
    def queued(self) -> int:
        """Messages handed over and not yet delivered."""


def open_outlet(settings: KafkaSettings, transactional_id: str, consumer: Consumer, stop: Event) -> Outlet:
    """Open the outlet that the broker allows.

    Args:
        settings: Where Kafka is, and whether it has transactions.
        transactional_id: Unique among running intakes, the same again after a restart.
        consumer: Commits the offsets where there are no transactions.
        stop: Once set, an absent broker is no longer waited for.

    Raises:
        ServerUnreachableError: The broker does not begin transactions.
        FatalError: It refuses them.
    """
    options = {
        **producer_options(settings, transactional_id),
        "partitioner": "murmur2_random",
        **settings.options,
    }
    return TransactionalOutlet(options, stop) if settings.transactions else PlainOutlet(options, consumer, stop)


class TransactionalOutlet:
    """Pages, dead letters and offsets become visible together or not at all."""

    def __init__(self, options: Options, stop: Event) -> None:
        """Take over from an earlier process of the same id, whose open transaction is thereby aborted."""
        self._producer = Producer(options)
        self._failures = Failures()
        self._stop = stop
        self._watchdog = Watchdog()
        begin_transactions(self._producer, stop, _START_SECONDS)

    @property
    def queued(self) -> int:
        """Messages handed over and not yet delivered."""
        return len(self._producer)

    def send(self, shipment: Shipment, membership: object) -> None:
        """Commit a shipment; see ``Outlet``."""
        offsets = _offsets_of(shipment.places)
        try:
            self._producer.begin_transaction()
            _produce(self._producer, shipment, self._failures)
            send = self._producer.send_offsets_to_transaction
            self._patiently("a transaction", lambda wait: send(offsets, membership, wait), _TRANSACTION_SECONDS)
            self._patiently("a commit", self._producer.commit_transaction, _COMMIT_SECONDS)
        except KafkaException as failure:
            self._give_up(failure.args[0])

    def _patiently(self, doing: str, call: Callable[[float], object], seconds: float) -> None:
        with self._watchdog.limit(doing, seconds + _STUCK_SECONDS):
            persist(call, self._stop, seconds)

    def _give_up(self, error: KafkaError) -> NoReturn:
        self._failures.raise_if_hopeless()
        if not error.fatal():
            try:
                persist(self._producer.abort_transaction, self._stop, _START_SECONDS)
            except KafkaException as failure:
                error = failure.args[0]
            else:
                self._failures.raise_if_hopeless()
                raise Undone(error.str())
        if self._stop.is_set() and not error.fatal():
            raise Undone(error.str())
        raise FatalError(f"the transaction can neither be committed nor given up; a restart reads again: {error.str()}")


class PlainOutlet:
    """Offsets are committed once everything is delivered; what happens in between comes twice."""

    def __init__(self, options: Options, consumer: Consumer, stop: Event) -> None:
        """Open the producer."""
        self._producer = Producer(options)
        self._consumer = consumer
        self._failures = Failures()
        self._stop = stop

    @property
    def queued(self) -> int:
        """Messages handed over and not yet delivered."""
        return len(self._producer)

    def send(self, shipment: Shipment, membership: object) -> None:  # noqa: ARG002 - only transactions are fenced
        """Deliver a shipment, then commit its offsets; see ``Outlet``."""
        try:
            _produce(self._producer, shipment, self._failures)
            while self._producer.flush(CALL_SECONDS):
                if self._stop.is_set():
                    raise Undone("Kafka did not take the pages before the end")
            self._failures.raise_if_hopeless()
            if self._failures.first is not None:
                raise Undone(self._failures.first.str())
            committed = self._consumer.commit(offsets=_offsets_of(shipment.places), asynchronous=False)
        except KafkaException as failure:
            self._failures.raise_if_hopeless()
            raise Undone(failure.args[0].str()) from None
        for place in committed:
            if place.error is not None:
                raise Undone(place.error.str())


def _produce(producer: Producer, shipment: Shipment, failures: Failures) -> None:
    failures.forget()
    for page in shipment.pages:
        producer.produce(
            INTERACTIONS, page.value, partition=page.partition, headers=list(page.headers), on_delivery=failures.note
        )
    for letter in shipment.letters:
        producer.produce(DEAD_LETTERS, letter.value, key=letter.key, on_delivery=failures.note)
    producer.poll(0)


def _offsets_of(places: Sequence[Place]) -> list[TopicPartition]:
    return [
        TopicPartition(place.topic, place.partition, place.position, encode_mark(place.mark))
        for place in places
        if place.position is not None
    ]
