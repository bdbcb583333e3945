"""How a shipment leaves: in one transaction with its raw offsets or, where the broker has none, offsets last."""

import time
from collections.abc import Callable, Sequence
from threading import Event
from typing import Final, NoReturn, Protocol

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from schemas.errors import MustStop, ServerUnreachable
from schemas.settings import KafkaSettings
from sinks.kafka import Options, producer_options
from streams.intake.clock import Place, encode_mark
from streams.intake.shipment import Shipment
from streams.watchdog import Watchdog

INTERACTIONS: Final = "interactions"
DEAD_LETTERS: Final = "dead_letters"

_CALL_SECONDS: Final = 2.0
_AGAIN_SECONDS: Final = 0.05
_START_SECONDS: Final = 30.0

# After a broker's restart librdkafka may repeat the sending of offsets without end, and only giving up helps.
_TRANSACTION_SECONDS: Final = 6.0

# Once begun, a commit can only be waited for: librdkafka refuses to give up what it may have committed.
_COMMIT_SECONDS: Final = 20.0

_STUCK_SECONDS: Final = 15.0
"""A call that listens to nobody for so much longer than it was given hangs for good; see ``streams.watchdog``."""


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
            MustStop: Another process took over, or what failed would fail again.
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
        ServerUnreachable: The broker does not begin transactions.
        MustStop: It refuses them.
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
        self._failures = _Failures()
        self._stop = stop
        self._watchdog = Watchdog()
        try:
            _persist(self._producer.init_transactions, stop, time.monotonic() + _START_SECONDS)
        except KafkaException as failure:
            _refuse_start(failure.args[0])

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
            _persist(call, self._stop, time.monotonic() + seconds)

    def _give_up(self, error: KafkaError) -> NoReturn:
        self._failures.raise_if_hopeless()
        if not error.fatal():
            try:
                _persist(self._producer.abort_transaction, self._stop, time.monotonic() + _START_SECONDS)
            except KafkaException as failure:
                error = failure.args[0]
            else:
                self._failures.raise_if_hopeless()
                raise Undone(error.str())
        if self._stop.is_set() and not error.fatal():
            raise Undone(error.str())
        raise MustStop(f"the transaction can neither be committed nor given up; a restart reads again: {error.str()}")


class PlainOutlet:
    """Offsets are committed once everything is delivered; what happens in between comes twice."""

    def __init__(self, options: Options, consumer: Consumer, stop: Event) -> None:
        """Open the producer."""
        self._producer = Producer(options)
        self._consumer = consumer
        self._failures = _Failures()
        self._stop = stop

    @property
    def queued(self) -> int:
        """Messages handed over and not yet delivered."""
        return len(self._producer)

    def send(self, shipment: Shipment, membership: object) -> None:  # noqa: ARG002 - only transactions are fenced
        """Deliver a shipment, then commit its offsets; see ``Outlet``."""
        try:
            _produce(self._producer, shipment, self._failures)
            while self._producer.flush(_CALL_SECONDS):
                if self._stop.is_set():
                    raise Undone("Kafka did not take the pages before the end")
            self._failures.raise_if_any()
            committed = self._consumer.commit(offsets=_offsets_of(shipment.places), asynchronous=False)
        except KafkaException as failure:
            self._failures.raise_if_hopeless()
            raise Undone(failure.args[0].str()) from None
        for place in committed:
            if place.error is not None:
                raise Undone(place.error.str())


class _Failures:
    """Remembers the first message that Kafka did not take."""

    def __init__(self) -> None:
        self._first: tuple[KafkaError, str] | None = None

    def note(self, error: KafkaError | None, message: Message) -> None:
        """Be called by librdkafka for each message."""
        if error is not None and self._first is None and error.code() not in _FOLLOWING:
            self._first = (error, message.topic() or "")

    def forget(self) -> None:
        """Begin a new shipment."""
        self._first = None

    def raise_if_hopeless(self) -> None:
        """Stop where the same message would fail again."""
        if self._first is not None and self._first[0].code() in _HOPELESS:
            error, topic = self._first
            raise MustStop(f"Kafka refuses messages on topic {topic!r} for good: {error.str()}; mend it, then restart")

    def raise_if_any(self) -> None:
        """Give the shipment up where a message was not taken."""
        self.raise_if_hopeless()
        if self._first is not None:
            raise Undone(self._first[0].str())


_FOLLOWING: Final = frozenset({KafkaError._PURGE_QUEUE, KafkaError._PURGE_INFLIGHT})  # noqa: SLF001 - its public names
_HOPELESS: Final = frozenset(
    {
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.INVALID_RECORD,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001
        KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001
    }
)


def _produce(producer: Producer, shipment: Shipment, failures: _Failures) -> None:
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


def _persist(call: Callable[[float], object], stop: Event, until: float) -> None:
    """Make a call that may be repeated until Kafka answers it.

    Args:
        call: Takes the seconds to wait.
        stop: Once set, the call is not repeated.
        until: Monotonic time after which it is not repeated either.

    Raises:
        KafkaException: The answer is an error, or there is none in time.
    """
    while True:
        try:
            call(_CALL_SECONDS)
        except KafkaException as failure:
            error = failure.args[0]
            repeatable = error.retriable() and not error.fatal() and not error.txn_requires_abort()
            if not repeatable or stop.is_set() or time.monotonic() > until:
                raise
            time.sleep(_AGAIN_SECONDS)
        else:
            return


def _refuse_start(error: KafkaError) -> NoReturn:
    if error.retriable():
        raise ServerUnreachable(f"Kafka does not begin transactions: {error.str()}; look at its brokers")
    raise MustStop(
        f"Kafka refuses transactions: {error.str()}; for a broker without them set STAYLINE_KAFKA__TRANSACTIONS=false"
    )
