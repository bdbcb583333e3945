"""The topics as they should be, and how far a broker's differ from that."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from runtime.kafka.options import client_options
from schemas.errors import ServerUnreachableError, UsageError
from schemas.events import RAW_TOPICS
from schemas.forgetting import TOPIC as FORGOTTEN
from schemas.settings import KafkaSettings, WorkerSettings

INTERACTIONS: Final = "interactions"
MODELS: Final = "models"
TRAINING_EXAMPLES: Final = "training_examples"

_FOR_EVER: Final = "-1"
_COPIES_TO_LOSE_ONE: Final = 3
_LARGE_MESSAGE: Final = str(4 * 1024 * 1024)
_TEN_YEARS_MS: Final = str(10 * 365 * 86_400_000)
_FOR_THE_OPERATOR: Final = frozenset({"retention.ms", "segment.ms", "min.cleanable.dirty.ratio"})
"""Set when a topic is created; how long to keep what is there, and how to keep it, may be changed afterwards."""

_COMPACTED: Final = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.1"}

_UNFORGETTING: Final = {**_COMPACTED, "delete.retention.ms": _TEN_YEARS_MS}
"""Tombstones stay: a local store that was away for longer than they would bring back whom they are about."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it should be.

    Attributes:
        name: Its name.
        partitions: How many.
        config: What differs from the broker's defaults.
    """

    name: str
    partitions: int
    config: dict[str, str]


def all_topics(kafka: KafkaSettings, worker: WorkerSettings) -> list[Topic]:
    """Every topic that Stayline reads or writes.

    Raw topics keep messages whatever their timestamps say, since a history is published with those of its events;
    how long is for the operator to set. From three copies on, what is acknowledged lies on two at least: either may be
    lost, and nothing is.
    """
    by_customer = kafka.interactions_partitions
    common = {"min.insync.replicas": "2"} if kafka.replication_factor >= _COPIES_TO_LOSE_ONE else {}
    return [Topic(one.name, one.partitions, {**one.config, **common}) for one in _topics(kafka, worker, by_customer)]


def _topics(kafka: KafkaSettings, worker: WorkerSettings, by_customer: int) -> list[Topic]:
    raw = {"retention.ms": _FOR_EVER, "segment.ms": _TEN_YEARS_MS, "max.message.bytes": str(2 * 1024 * 1024)}
    kept = {"retention.ms": _FOR_EVER}
    return [
        *(Topic(name, kafka.raw_partitions, raw) for name in RAW_TOPICS),
        Topic(INTERACTIONS, by_customer, {**kept, "max.message.bytes": _LARGE_MESSAGE}),
        Topic("dead_letters", 1, {**kept, "max.message.bytes": _LARGE_MESSAGE}),
        Topic("risk_scores", by_customer, _UNFORGETTING),
        Topic(TRAINING_EXAMPLES, 1, kept),
        Topic("alerts", by_customer, kept),
        Topic(MODELS, 1, _COMPACTED),
        Topic(FORGOTTEN, 1, _COMPACTED),
        Topic(
            changelog_of(worker),
            by_customer,
            {**_UNFORGETTING, "max.message.bytes": _LARGE_MESSAGE},
        ),
    ]


def create_topics(kafka: KafkaSettings, worker: WorkerSettings) -> list[str]:
    """Create the topics that are missing, and return their names.

    Raises:
        UsageError: One that exists has another number of partitions.
        ServerUnreachableError: The broker does not answer or refuses.
    """
    admin = AdminClient(client_options(kafka))
    present = _partition_counts(admin)
    wanted = all_topics(kafka, worker)
    for topic in wanted:
        if present.get(topic.name, topic.partitions) != topic.partitions:
            raise UsageError(
                f"topic {topic.name} has {present[topic.name]} partitions, not {topic.partitions}; set "
                "STAYLINE_KAFKA__… to what is there, or delete the topic if nothing in it is needed"
            )
    missing = [topic for topic in wanted if topic.name not in present]
    requests = [
        NewTopic(topic.name, topic.partitions, kafka.replication_factor, config=topic.config) for topic in missing
    ]
    created = admin.create_topics(requests, operation_timeout=30) if requests else {}
    for name, answer in created.items():
        try:
            answer.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise ServerUnreachableError(f"topic {name} cannot be created: {error.args[0].str()}") from None
    return [topic.name for topic in missing]


def require_partitions(kafka: KafkaSettings, worker: WorkerSettings, names: Iterable[str]) -> None:
    """Return if topics are there with the partitions that the settings ask for.

    Raises:
        UsageError: One is missing, or has another number of partitions.
        ServerUnreachableError: The broker does not answer.
    """
    present = _partition_counts(AdminClient(client_options(kafka)))
    wanted = {topic.name: topic.partitions for topic in all_topics(kafka, worker)}
    missing = [name for name in names if name not in present]
    if missing:
        raise UsageError(f"Kafka has no topic {', '.join(missing)}; create the topics with: stayline topics")
    for name in names:
        if present[name] != wanted[name]:
            raise UsageError(
                f"topic {name} has {present[name]} partitions, not {wanted[name]}; {_remedy(wanted[name])}"
            )


def _remedy(wanted: int) -> str:
    if wanted == 1:
        return "its records have one order, so it must have one: delete it and run stayline topics"
    return (
        "customers would move to other partitions than their states: set STAYLINE_KAFKA__INTERACTIONS_PARTITIONS to "
        "what is there, or delete the topic if nothing in it is needed"
    )


def changelog_of(worker: WorkerSettings) -> str:
    """Name of the topic of the customers."""
    return f"{worker.application_id}-customers-changelog"


def differences(kafka: KafkaSettings, worker: WorkerSettings) -> Iterator[tuple[str, str | None]]:
    """Each topic with what is wrong with it and what to do; None where it is as it should be."""
    admin = AdminClient(client_options(kafka))
    present = _partition_counts(admin)
    for topic in all_topics(kafka, worker):
        count = present.get(topic.name)
        if count is None:
            yield topic.name, "missing; run `stayline topics`"
        elif count != topic.partitions:
            yield topic.name, f"has {count} partitions, not {topic.partitions}; set STAYLINE_KAFKA__… to what is there"
        else:
            yield topic.name, _config_difference(admin, topic)


def _config_difference(admin: AdminClient, topic: Topic) -> str | None:
    resource = ConfigResource(ResourceType.TOPIC, topic.name)
    try:
        found: dict[str, Any] = admin.describe_configs([resource])[resource].result()
    except KafkaException as error:
        return f"its configuration cannot be read: {error.args[0].str()}"
    for name, value in topic.config.items():
        if name not in _FOR_THE_OPERATOR and name in found and found[name].value != value:
            return f"{name} is {found[name].value}, not {value}; alter it with kafka-configs.sh"
    return None


def _partition_counts(admin: AdminClient) -> dict[str, int]:
    try:
        topics = admin.list_topics(timeout=10).topics
    except KafkaException as error:
        raise ServerUnreachableError(f"Kafka does not answer: {error.args[0].str()}") from None
    return {name: len(topic.partitions) for name, topic in topics.items()}
