"""Asks whether brokers answer and which topics they have, and makes topics and partitions."""

import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourceType,
)

from runtime.kafka.options import Options, client_options
from runtime.kafka.security import Refusals, refused
from schemas.errors import ServerUnreachableError, UsageError
from schemas.settings.connections import KafkaSettings

_ASK_SECONDS: Final = 1.0
_ANSWER_SECONDS: Final = 10.0
_CHANGE_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.2


def require_kafka(settings: KafkaSettings, timeout_seconds: float = 10.0) -> None:
    """Return once a broker has answered.

    Args:
        settings: Where Kafka is, and as whom.
        timeout_seconds: How long to ask.

    Raises:
        ServerUnreachableError: None has within the time.
        UsageError: It refuses the user, or cannot be spoken with as the settings say.
    """
    refusals = Refusals()
    try:
        options: Options = {**client_options(settings), "error_cb": refusals.note}
        admin = AdminClient(options)
    except KafkaException as error:
        raise UsageError(refused(settings, error.args[0].str())) from None
    deadline = time.monotonic() + timeout_seconds
    while (problem := _problem(admin)) is not None:
        admin.poll(0)
        if refusals.first is not None:
            raise UsageError(refused(settings, refusals.first))
        if time.monotonic() > deadline:
            raise ServerUnreachableError(
                f"Kafka at {settings.bootstrap_servers} does not answer ({problem}); "
                "start it, or set STAYLINE_KAFKA__BOOTSTRAP_SERVERS"
            )


def _problem(admin: AdminClient) -> str | None:
    """Return why no broker answers; None where one does."""
    try:
        admin.list_topics(timeout=_ASK_SECONDS)
    except KafkaException as error:
        return str(error.args[0].str())
    return None


class TopicClient:
    """Asks the brokers for topics, and changes them."""

    def __init__(self, kafka: KafkaSettings) -> None:
        """Connect when first asked.

        Args:
            kafka: Where Kafka is.
        """
        self._admin = AdminClient(client_options(kafka))

    def partition_counts(self, names: Iterable[str] | None = None) -> dict[str, int]:
        """Return how many partitions topics have.

        Args:
            names: Topics that must be there; where not given, all that are.

        Raises:
            UsageError: One is missing.
            ServerUnreachableError: Kafka does not answer.
        """
        try:
            topics = self._admin.list_topics(timeout=_ANSWER_SECONDS).topics
        except KafkaException as error:
            raise ServerUnreachableError(f"Kafka does not say which topics it has: {error.args[0].str()}") from None
        counts = {name: len(topic.partitions) for name, topic in topics.items()}
        if names is None:
            return counts
        names = list(names)
        missing = [name for name in names if name not in counts]
        if missing:
            raise UsageError(f"Kafka has no topic {', '.join(missing)}; create the topics with: stayline topics")
        return {name: counts[name] for name in names}

    def trouble(self, topic: str, seconds: float) -> str | None:
        """Return why Kafka does not answer for a topic in time; None where it does."""
        try:
            self._admin.list_topics(topic, timeout=seconds)
        except KafkaException as error:
            return f"Kafka does not answer: {error.args[0].str()}"
        return None

    def create(self, topics: Iterable[tuple[str, int, Mapping[str, str]]], copies: int) -> None:
        """Create topics, but none that is there, and wait until the brokers tell of them.

        Args:
            topics: Of each its name, its number of partitions, and the settings that differ from the broker's defaults.
            copies: Of every partition.

        Raises:
            ServerUnreachableError: The broker does not answer or refuses.
        """
        requests = [NewTopic(name, partitions, copies, config=dict(config)) for name, partitions, config in topics]
        created = self._admin.create_topics(requests, operation_timeout=_CHANGE_SECONDS) if requests else {}
        for name, answer in created.items():
            try:
                answer.result()
            except KafkaException as error:
                if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise ServerUnreachableError(f"topic {name} cannot be created: {error.args[0].str()}") from None
        self._await_named(set(created))

    def _await_named(self, names: set[str]) -> None:
        """Wait until a broker names topics: it hears of them a moment after the controller has made them."""
        deadline = time.monotonic() + _CHANGE_SECONDS
        while names and (unnamed := names - self.partition_counts().keys()):
            if time.monotonic() > deadline:
                raise ServerUnreachableError(f"topic {min(unnamed)} was created, and Kafka does not name it")
            time.sleep(_LOOK_SECONDS)

    def add_partitions(self, name: str, to: int) -> None:
        """Give a topic more partitions, and wait until the brokers tell of them.

        Args:
            name: Of the topic.
            to: How many it shall have.

        Raises:
            ServerUnreachableError: Kafka does not.
        """
        deadline = time.monotonic() + _CHANGE_SECONDS
        try:
            self._admin.create_partitions([NewPartitions(name, to)], operation_timeout=_CHANGE_SECONDS)[name].result()
        except KafkaException as error:
            raise ServerUnreachableError(f"topic {name} gets no more partitions: {error.args[0].str()}") from None
        while self.partition_counts([name])[name] < to:
            if time.monotonic() > deadline:
                raise ServerUnreachableError(
                    f"topic {name} has got {to} partitions, but the brokers do not tell of them"
                )
            time.sleep(_LOOK_SECONDS)

    def config(self, name: str) -> dict[str, str]:
        """Return a topic's configuration.

        Raises:
            ServerUnreachableError: It cannot be read.
        """
        resource = ConfigResource(ResourceType.TOPIC, name)
        try:
            found: dict[str, Any] = self._admin.describe_configs([resource])[resource].result()
        except KafkaException as error:
            raise ServerUnreachableError(f"its configuration cannot be read: {error.args[0].str()}") from None
        return {key: entry.value for key, entry in found.items()}
