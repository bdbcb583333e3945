"""Sorts what Kafka answers to a producer, and repeats calls that it has not answered yet.

::

    BatchError       nothing of the batch is visible, or it may be sent again: go on from the last commit
    UnresolvedError  the outcome is unknown, or another process took over: stop; a restart goes on from the last commit
    FatalError       Kafka would refuse the same records again: stop, and mend what the message names
"""

from collections.abc import Callable
from threading import Event
from typing import Final

from confluent_kafka import KafkaError, KafkaException, Message

from runtime.service.retry import repeat
from schemas.errors import FatalError, StaylineError

CALL_SECONDS: Final = 2.0
"""No call lasts longer: librdkafka listens to no signal meanwhile."""

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
_UNANSWERED: Final = frozenset({KafkaError._MSG_TIMED_OUT, KafkaError._TIMED_OUT})  # noqa: SLF001
"""librdkafka gave up waiting, which it does not call retriable."""

_FENCING: Final = frozenset(
    {
        KafkaError.ILLEGAL_GENERATION,
        KafkaError.UNKNOWN_MEMBER_ID,
        KafkaError.FENCED_INSTANCE_ID,
        KafkaError.PRODUCER_FENCED,
        KafkaError.INVALID_PRODUCER_EPOCH,
        KafkaError._FENCED,  # noqa: SLF001
    }
)


class DeliveryError(StaylineError):
    """Base of what keeps a batch from being delivered.

    Attributes:
        cause: Kafka's own error; None where it did not answer in time.
    """

    def __init__(self, text: str, cause: KafkaError | None = None) -> None:
        """Keep the cause beside the line for a person."""
        super().__init__(text)
        self.cause = cause

    @property
    def reason(self) -> str:
        """Return Kafka's own words, where there are any."""
        return str(self) if self.cause is None else self.cause.str()

    @property
    def is_retriable(self) -> bool:
        """Return True if Kafka did not answer, or says that the same may succeed later."""
        return self.cause is None or self.cause.retriable() or self.cause.code() in _UNANSWERED

    @property
    def is_fenced(self) -> bool:
        """Return True if the group gave our partitions to others, or another process uses our transactional id."""
        return self.cause is not None and self.cause.code() in _FENCING


class BatchError(DeliveryError):
    """Nothing of a batch is visible, or it may be sent again: go on from the last commit."""


class UnresolvedError(DeliveryError, FatalError):
    """A transaction can neither be committed nor aborted; a restart goes on from the last commit."""


class Failures:
    """Remembers why Kafka did not take a record: the first cause rather than what follows from it."""

    def __init__(self) -> None:
        """Start without any."""
        self._first: tuple[KafkaError, str] | None = None

    @property
    def first(self) -> KafkaError | None:
        """The first cause, if there is any."""
        return None if self._first is None else self._first[0]

    def note(self, error: KafkaError | None, message: Message) -> None:
        """Take librdkafka's report of one record."""
        if error is not None:
            self.remember(error, message.topic() or "")

    def remember(self, error: KafkaError, topic: str) -> None:
        """Note that a topic did not take a record."""
        if self._first is None or self._first[0].code() in _FOLLOWING:
            self._first = (error, topic)

    def clear(self) -> None:
        """Start again without any."""
        self._first = None

    def raise_if_hopeless(self) -> None:
        """Return unless the same record would be refused again.

        Raises:
            FatalError: It would.
        """
        if self._first is not None and self._first[0].code() in _HOPELESS:
            error, topic = self._first
            raise FatalError(
                f"Kafka refuses messages on topic {topic!r} for good: {error.str()}; mend it, then restart"
            )


def persist(call: Callable[[float], object], stop: Event, seconds: float) -> None:
    """Repeat a call until Kafka answers it, as a commit that was begun even must be.

    Args:
        call: Takes the seconds to wait.
        stop: Once set, the call is not repeated.
        seconds: After which it is not repeated either.

    Raises:
        KafkaException: The answer is an error, or there is none in time.
    """

    def is_repeatable(failure: Exception) -> bool:
        if not isinstance(failure, KafkaException) or stop.is_set():
            return False
        error = failure.args[0]
        return bool(error.retriable() and not error.fatal() and not error.txn_requires_abort())

    repeat(lambda: call(CALL_SECONDS), is_repeatable, seconds=seconds, pause_seconds=_AGAIN_SECONDS)
