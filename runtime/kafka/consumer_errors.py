"""Errors that a consumer is handed in place of a message."""

import logging
from typing import Final

from confluent_kafka import KafkaError

from schemas.errors import FatalError

_LOG: Final = logging.getLogger(__name__)


def note_consumer_error(error: KafkaError, process: str) -> None:
    """Log an error that passes.

    Args:
        error: In place of a message.
        process: Name of the process, which is to be restarted where the error stays.

    Raises:
        FatalError: It stays.
    """
    if error.fatal():
        raise FatalError(f"Kafka: {error.str()}; restart the {process}")
    _LOG.warning("Kafka: %s", error.str())
