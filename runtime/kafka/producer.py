"""Producers: a transactional one and a plain one. Either is handed the records of a batch in a ``with`` block.

In a transaction the records become visible together or not at all. Without one they are there when the block has
ended, and some of them may be where it fails. What a failure means is in :mod:`runtime.kafka.delivery`.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event
from typing import Final, NoReturn

from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition

from runtime.kafka.batch_producer import COMMIT_SECONDS, BatchProducer, RecordHeaders
from runtime.kafka.delivery import CALL_SECONDS, BatchError, UnresolvedError, persist
from runtime.kafka.options import producer_options
from runtime.service.watchdog import Watchdog
from schemas.errors import FatalError, ServerUnreachableError
from schemas.settings.connections import KafkaSettings

_START_SECONDS: Final = 30.0

# After a broker's restart librdkafka may repeat the sending of offsets without end, and only giving up helps.
_OFFSETS_SECONDS: Final = 6.0

_STUCK_SECONDS: Final = 15.0
"""A call that lasts so much longer than it was given hangs for good (``runtime.service.watchdog``)."""

_log = logging.getLogger(__name__)


class TransactionalProducer(BatchProducer):
    """Sends each batch as one transaction, with the offsets of what it was made from."""

    def __init__(
        self,
        settings: KafkaSettings,
        transactional_id: str,
        stop: Event | None = None,
        *,
        reports: bool = True,
        watchdog: Watchdog | None = None,
    ) -> None:
        """Open the producer; ``start`` must follow.

        Args:
            settings: Where Kafka is.
            transactional_id: Unique among running processes, the same again after a restart.
            stop: Once set, an absent broker is no longer waited for.
            reports: See :class:`BatchProducer`.
            watchdog: Ends the process where librdkafka hangs.
        """
        super().__init__(producer_options(settings, transactional_id), stop, reports=reports)
        self._watchdog = watchdog

    def start(self, seconds: float = _START_SECONDS) -> None:
        """Take over from an earlier process of the same transactional id, whose open transaction is thereby aborted.

        Args:
            seconds: How long a broker is waited for at most.

        Raises:
            ServerUnreachableError: The broker does not begin transactions.
            FatalError: It refuses them.
        """
        try:
            persist(self._producer.init_transactions, self._stop, seconds)
        except KafkaException as failure:
            error = failure.args[0]
            if error.retriable():
                raise ServerUnreachableError(
                    f"Kafka does not begin transactions: {error.str()}; look at its brokers"
                ) from None
            raise FatalError(
                f"Kafka refuses transactions: {error.str()}; "
                "for a broker without them set STAYLINE_KAFKA__TRANSACTIONS=false"
            ) from None

    @contextmanager
    def batch(self, seconds: float = COMMIT_SECONDS) -> Iterator[None]:
        """Commit what is produced in the block as one transaction; see :meth:`BatchProducer.batch`."""
        self._failures.clear()
        try:
            self._producer.begin_transaction()
            yield
            self._persist("a commit", self._producer.commit_transaction, seconds)
        except KafkaException as failure:
            self._abort(failure.args[0])
        except BaseException:
            with suppress(KafkaException):  # readers wait behind an open transaction
                self._producer.abort_transaction(CALL_SECONDS)
            raise

    def send_offsets(
        self, offsets: Sequence[TopicPartition], membership: object, seconds: float = _OFFSETS_SECONDS
    ) -> None:
        """Let the transaction commit offsets of a consumer group too.

        Args:
            offsets: The offset after the last record, by partition.
            membership: The group's metadata of the generation in which the records were read; fences a former member.
            seconds: How long the broker is asked at most.

        Raises:
            KafkaException: The batch fails.
        """
        send = self._producer.send_offsets_to_transaction
        self._persist("a transaction", lambda wait: send(list(offsets), membership, wait), seconds)

    def _persist(self, doing: str, call: Callable[[float], object], seconds: float) -> None:
        if self._watchdog is None:
            persist(call, self._stop, seconds)
            return
        with self._watchdog.limit(doing, seconds + _STUCK_SECONDS):
            persist(call, self._stop, seconds)

    def _abort(self, error: KafkaError) -> NoReturn:
        """Make nothing of the batch visible, and raise what its owner does next."""
        self._failures.raise_if_hopeless()
        cause = self._failures.first or error
        if not error.fatal():
            try:
                persist(self._producer.abort_transaction, self._stop, _START_SECONDS)
            except KafkaException as failure:
                error = failure.args[0]
            else:
                self._failures.raise_if_hopeless()
                raise BatchError(cause.str(), cause) from None
        if self._stop.is_set() and not error.fatal():
            raise BatchError(error.str(), cause) from None
        raise UnresolvedError(
            f"the transaction can neither be committed nor given up; a restart reads again: {error.str()}", cause
        ) from None


class PlainProducer(BatchProducer):
    """Sends records without transactions: each once, in order, and surely there when ``batch`` or ``write`` ends."""

    def __init__(self, settings: KafkaSettings, stop: Event | None = None) -> None:
        """Open the producer.

        Args:
            settings: Where Kafka is.
            stop: Once set, an absent broker is no longer waited for.
        """
        super().__init__(producer_options(settings, None), stop)

    @contextmanager
    def batch(self, seconds: float = COMMIT_SECONDS) -> Iterator[None]:
        """Deliver what is produced in the block; see :meth:`BatchProducer.batch`."""
        self._failures.clear()
        try:
            yield
            self._deliver(seconds)
        except KafkaException as failure:
            self._failures.raise_if_hopeless()
            raise BatchError(failure.args[0].str(), failure.args[0]) from None

    def write(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None = None,
        *,
        partition: int = -1,
        headers: RecordHeaders | None = None,
        timestamp_ms: int = 0,
        seconds: float = _START_SECONDS,
    ) -> int:
        """Write one record durably, and return its offset.

        Args:
            topic: Where to.
            value: Its bytes; None is a tombstone.
            key: Its key.
            partition: Its partition; by the key where negative.
            headers: Its headers.
            timestamp_ms: Its timestamp, ms since 1970; the present where 0.
            seconds: How long Kafka has to take it.

        Raises:
            ServerUnreachableError: Kafka did not take it in time.
            FatalError: It refuses it.
        """
        offsets: list[int] = []

        def delivered(error: KafkaError | None, message: Message) -> None:
            self._failures.note(error, message)
            offsets.append(message.offset() or 0)

        try:
            with self.batch(seconds):
                self.produce(
                    topic,
                    value,
                    key,
                    partition=partition,
                    headers=headers,
                    timestamp_ms=timestamp_ms,
                    on_delivery=delivered,
                )
        except BatchError as failure:
            if failure.cause is None:
                raise ServerUnreachableError(f"Kafka did not take a record on {topic} within {seconds:g} s") from None
            raise FatalError(f"Kafka refuses a record on {topic}: {failure.cause.str()}") from None
        return offsets[-1]

    def _deliver(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self._producer.flush(CALL_SECONDS):
            if self._stop.is_set() or time.monotonic() > until:
                raise BatchError("Kafka did not take the records in time")
        self._failures.raise_if_hopeless()
        if self._failures.first is not None:
            raise BatchError(self._failures.first.str(), self._failures.first)


def open_producer(
    settings: KafkaSettings,
    transactional_id: str,
    stop: Event | None = None,
    *,
    start_seconds: float = _START_SECONDS,
    watchdog: Watchdog | None = None,
) -> BatchProducer:
    """Open the producer that the broker allows, ready for its first batch.

    Args:
        settings: Where Kafka is, and whether it has transactions.
        transactional_id: Unique among running processes, the same again after a restart.
        stop: Once set, an absent broker is no longer waited for.
        start_seconds: How long the start of transactions may take.
        watchdog: Ends the process where librdkafka hangs.

    Raises:
        ServerUnreachableError: The broker does not begin transactions.
        FatalError: It refuses them.
    """
    if not settings.transactions:
        return PlainProducer(settings, stop)
    producer = TransactionalProducer(settings, transactional_id, stop, watchdog=watchdog)
    producer.start(start_seconds)
    return producer
