"""Asks Kafka, again while an error may pass, and turns an error that stays into a line for a person."""

from collections.abc import Callable
from typing import Final, TypeVar

from confluent_kafka import KafkaException

from runtime.service.retry import repeat
from schemas.errors import ServerUnreachableError

_Answer = TypeVar("_Answer")

_PAUSE_SECONDS: Final = 0.2


def ask_kafka(ask: Callable[[], _Answer], may_pass: Callable[[Exception], bool], seconds: float) -> _Answer:
    """Ask Kafka, again for so many seconds while an error may pass.

    Raises:
        ServerUnreachableError: The error stays, or is another.
    """
    try:
        return repeat(ask, may_pass, seconds=seconds, pause_seconds=_PAUSE_SECONDS)
    except KafkaException as error:
        raise unreachable(error) from None


def unreachable(error: KafkaException) -> ServerUnreachableError:
    """Return the line for a person whose Kafka does not answer."""
    return ServerUnreachableError(f"Kafka does not answer: {error.args[0].str()}")


def is_from_kafka(error: Exception) -> bool:
    """Return True of an error that Kafka's client raised."""
    return isinstance(error, KafkaException)
