"""Credentials of aiokafka under Faust, from the same settings that librdkafka's clients get."""

import ssl

import faust

from schemas.errors import UsageError
from schemas.settings.connections import KafkaSettings

Credentials = faust.SASLCredentials | faust.SSLCredentials


def credentials_of(settings: KafkaSettings) -> Credentials | None:
    """Faust's credentials; None where brokers are spoken with in the clear and without a name.

    Args:
        settings: Where Kafka is, and as whom.

    Raises:
        UsageError: A certificate cannot be used.
    """
    context = _context(settings) if settings.is_encrypted else None
    if settings.is_named:
        return faust.SASLCredentials(
            username=settings.user,
            password=settings.password.get_secret_value(),
            ssl_context=context,
            mechanism=settings.mechanism,
        )
    return None if context is None else faust.SSLCredentials(context)


def _context(settings: KafkaSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        if settings.certificate_file is not None:
            context.load_cert_chain(settings.certificate_file, settings.key_file)
    except OSError as error:  # ssl.SSLError is one
        raise UsageError(f"the certificates of STAYLINE_KAFKA__… cannot be used: {error}") from None
    return context
