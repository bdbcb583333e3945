"""Credentials of aiokafka under Faust, from the same settings that librdkafka's clients get."""

import faust

from runtime.kafka.security import ssl_context
from schemas.settings.connections import KafkaSettings

Credentials = faust.SASLCredentials | faust.SSLCredentials


def credentials_of(settings: KafkaSettings) -> Credentials | None:
    """Faust's credentials; None where brokers are spoken with in the clear and without a name.

    Args:
        settings: Where Kafka is, and as whom.

    Raises:
        UsageError: A certificate cannot be used.
    """
    context = ssl_context(settings)
    if settings.is_named:
        return faust.SASLCredentials(
            username=settings.user,
            password=settings.password.get_secret_value(),
            ssl_context=context,
            mechanism=settings.mechanism,
        )
    return None if context is None else faust.SSLCredentials(context)
