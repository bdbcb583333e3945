"""Credentials and certificates, in the forms that librdkafka and aiokafka take, and refusals of them."""

import ssl
from typing import Any, Final

from confluent_kafka import KafkaError

from schemas.errors import UsageError
from schemas.settings.connections import KafkaSettings

_REFUSALS: Final = frozenset(
    {
        KafkaError._AUTHENTICATION,  # noqa: SLF001 - librdkafka's public names
        KafkaError._SSL,  # noqa: SLF001
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError.UNSUPPORTED_SASL_MECHANISM,
    }
)


def own_options(settings: KafkaSettings) -> dict[str, Any]:
    """Return librdkafka's properties from the settings alone; those given as they are come last."""
    options: dict[str, Any] = {}
    if settings.security != "PLAINTEXT":
        options["security.protocol"] = settings.security
    if settings.is_named:
        options["sasl.mechanisms"] = settings.mechanism
        options["sasl.username"] = settings.user
        options["sasl.password"] = settings.password.get_secret_value()
    if settings.is_encrypted:
        files = {
            "ssl.ca.location": settings.ca_file,
            "ssl.certificate.location": settings.certificate_file,
            "ssl.key.location": settings.key_file,
        }
        options |= {name: str(file) for name, file in files.items() if file is not None}
    return {**options, **settings.options}


def ssl_context(settings: KafkaSettings) -> ssl.SSLContext | None:
    """Return the same certificates in the form that aiokafka takes; None where connections are not encrypted.

    Args:
        settings: Where Kafka is, and as whom.

    Raises:
        UsageError: A certificate cannot be used.
    """
    if not settings.is_encrypted:
        return None
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        if settings.certificate_file is not None:
            context.load_cert_chain(settings.certificate_file, settings.key_file)
    except OSError as error:  # ssl.SSLError is one
        raise UsageError(f"the certificates of STAYLINE_KAFKA__… cannot be used: {error}") from None
    return context


class Refusals:
    """Collects from librdkafka why a connection was refused, of which its calls say only that they timed out."""

    def __init__(self) -> None:
        """Start without any."""
        self.first: str | None = None
        """The first refusal; None where there was none."""

    def note(self, error: KafkaError) -> None:
        """Take an error from librdkafka."""
        if self.first is None and error.code() in _REFUSALS:
            self.first = error.str()


def refused(settings: KafkaSettings, said: str) -> str:
    """Return the line for a person who must change a setting.

    Args:
        settings: Where Kafka is, and as whom.
        said: By librdkafka.
    """
    said = " ".join(said.split())
    if settings.is_named and "SSL" not in said:
        who = f"user {settings.user} ({settings.mechanism})"
        return (
            f"Kafka at {settings.bootstrap_servers} refuses {who}: {said}; "
            "set STAYLINE_KAFKA__USER, __PASSWORD or __PASSWORD_FILE, and __MECHANISM"
        )
    return (
        f"Kafka at {settings.bootstrap_servers} cannot be spoken with over {settings.security}: {said}; "
        "set STAYLINE_KAFKA__SECURITY and STAYLINE_KAFKA__CA_FILE"
    )
