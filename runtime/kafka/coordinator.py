"""Coordinators of groups: tells the answers that a group without one gives for a moment, and waits them out."""

import time
from typing import Final

from confluent_kafka import KafkaError, KafkaException

from schemas.errors import ServerUnreachableError

COORDINATOR_SECONDS: Final = 10.0
"""A group has its coordinator again by then, where brokers answer at all."""

_PAUSE_SECONDS: Final = 0.2

_AWAY: Final = frozenset(
    {KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaError.COORDINATOR_LOAD_IN_PROGRESS}
)
_AWAY_OR_SLOW: Final = _AWAY | {KafkaError._TIMED_OUT}  # noqa: SLF001 - its public name


def is_coordinator_away(error: Exception) -> bool:
    """Return True of an answer that a broker gives until a group has its coordinator again."""
    return isinstance(error, KafkaException) and error.args[0].code() in _AWAY


def wait_for_coordinator(group: str, reason: KafkaError, deadline: float) -> None:
    """Pause where asking again may help: a coordinator has just moved or is slow, or none has been asked for before.

    Args:
        group: Whose coordinator.
        reason: Answer to the last request.
        deadline: Instant of the monotonic clock up to which it is asked again, s.

    Raises:
        ServerUnreachableError: The reason is another, or the deadline has passed.
    """
    if reason.code() not in _AWAY_OR_SLOW or time.monotonic() > deadline:
        raise ServerUnreachableError(f"Kafka does not answer for group {group}: {reason.str()}")
    time.sleep(_PAUSE_SECONDS)
