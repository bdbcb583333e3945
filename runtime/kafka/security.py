"""How librdkafka's clients show who they are, and know whom they speak with."""

from typing import Any, Final

from confluent_kafka import KafkaError

from schemas.settings import KafkaSettings

_REFUSALS: Final = frozenset(
    {
        KafkaError._AUTHENTICATION,  # noqa: SLF001 - librdkafka's public names
        KafkaError._SSL,  # noqa: SLF001
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError.UNSUPPORTED_SASL_MECHANISM,
    }
)


def own_options(settings: KafkaSettings) -> dict[str, Any]:
    """What comes from settings alone: the section's own fields, and over them the properties given as they are."""
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


class Refusals:
    """Hears from librdkafka why a broker, or we, ended a connection; a timeout is all that its calls say."""

    def __init__(self) -> None:
        """Begin with none."""
        self.first: str | None = None
        """What was said at first; None where nobody was refused."""

    def hear(self, error: KafkaError) -> None:
        """Be called by librdkafka."""
        if self.first is None and error.code() in _REFUSALS:
            self.first = error.str()


def refused(settings: KafkaSettings, said: str) -> str:
    """The line for a person who must change a setting.

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
