"""What producers of ours share: how long Kafka is waited for, and which of its answers are final."""

import time
from collections.abc import Callable
from threading import Event
from typing import Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from schemas.errors import FatalError, ServerUnreachableError

CALL_SECONDS: Final = 2.0
"""No call lasts longer: librdkafka listens to nobody meanwhile."""

_AGAIN_SECONDS: Final = 0.05

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


class Failures:
    """Remembers why Kafka did not take a message: the first cause rather than what follows from it."""

    def __init__(self) -> None:
        """Know of none yet."""
        self._first: tuple[KafkaError, str] | None = None

    @property
    def first(self) -> KafkaError | None:
        """What went wrong, if anything did."""
        return None if self._first is None else self._first[0]

    def note(self, error: KafkaError | None, message: Message) -> None:
        """Be called by librdkafka for each message."""
        if error is not None:
            self.remember(error, message.topic() or "")

    def remember(self, error: KafkaError, topic: str) -> None:
        """Learn of a message for a topic that was not taken."""
        if self._first is None or self._first[0].code() in _FOLLOWING:
            self._first = (error, topic)

    def forget(self) -> None:
        """Begin anew."""
        self._first = None

    def raise_if_hopeless(self) -> None:
        """Return unless the same message would fail again.

        Raises:
            FatalError: It would.
        """
        if self._first is not None and self._first[0].code() in _HOPELESS:
            error, topic = self._first
            raise FatalError(
                f"Kafka refuses messages on topic {topic!r} for good: {error.str()}; mend it, then restart"
            )


def begin_transactions(producer: Producer, stop: Event, seconds: float) -> None:
    """Take over from an earlier process of the same transactional id, whose open transaction is thereby aborted.

    Args:
        producer: Has an id.
        stop: Once set, an absent broker is no longer waited for.
        seconds: How long it is waited for at most.

    Raises:
        ServerUnreachableError: The broker does not begin transactions.
        FatalError: It refuses them.
    """
    try:
        persist(producer.init_transactions, stop, seconds)
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


def persist(call: Callable[[float], object], stop: Event, seconds: float) -> None:
    """Make a call that may be repeated until Kafka answers it; a commit that was begun even must be.

    Args:
        call: Takes the seconds to wait.
        stop: Once set, the call is not repeated.
        seconds: After which it is not repeated either.

    Raises:
        KafkaException: The answer is an error, or there is none in time.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            call(CALL_SECONDS)
        except KafkaException as failure:
            error = failure.args[0]
            repeatable = error.retriable() and not error.fatal() and not error.txn_requires_abort()
            if not repeatable or stop.is_set() or time.monotonic() > until:
                raise
            time.sleep(_AGAIN_SECONDS)
        else:
            return
