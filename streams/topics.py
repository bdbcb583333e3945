"""The topics as they should be, and how far a broker's differ from that."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from runtime.kafka.admin import TopicClient
from schemas.errors import ServerUnreachableError, UsageError
from schemas.settings.connections import KafkaSettings
from schemas.settings.processes import WorkerSettings
from schemas.topics import (
    ALERTS,
    DEAD_LETTERS,
    DECISIONS,
    DESK_AUDIT,
    FORGOTTEN,
    HOLES,
    INTERACTIONS,
    MODEL_EPOCHS,
    OUTCOMES,
    RAW_TOPICS,
    RISK_SCORES,
    TRAINING_EXAMPLES,
    changelog_topic,
    deliveries_topic,
)

_FOR_EVER: Final = "-1"
_COPIES_TO_LOSE_ONE: Final = 3
_LARGE_MESSAGE: Final = str(4 * 1024 * 1024)
_TEN_YEARS_MS: Final = str(10 * 365 * 86_400_000)
_FOR_THE_OPERATOR: Final = frozenset({"retention.ms", "segment.ms", "min.cleanable.dirty.ratio"})
"""Set when a topic is created; how long to keep what is there, and how to keep it, may be changed afterwards."""

_COMPACTED: Final = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.1"}

_KEEPS_TOMBSTONES: Final = {**_COMPACTED, "delete.retention.ms": _TEN_YEARS_MS}
"""A local store that was away for longer than tombstones are kept would bring back the customers that they forget."""


@dataclass(frozen=True, slots=True)
class TopicLayout:
    """A topic as it should be.

    Attributes:
        name: Its name.
        partitions: Their number.
        config: Settings that differ from the broker's defaults.
    """

    name: str
    partitions: int
    config: dict[str, str]


def all_topics(kafka: KafkaSettings, worker: WorkerSettings) -> list[TopicLayout]:
    """Return every topic that Stayline reads or writes.

    Raw topics keep messages whatever their timestamps say, since a history is published with those of its events;
    how long is for the operator to set. Models are stamped with their borders, likewise. From three copies on, what is
    acknowledged lies on two at least: either may be lost, and nothing is.

    Args:
        kafka: Numbers of partitions and copies.
        worker: Names the changelog and the notifier's journal.
    """
    common = {"min.insync.replicas": "2"} if kafka.replication_factor >= _COPIES_TO_LOSE_ONE else {}
    return [TopicLayout(one.name, one.partitions, {**one.config, **common}) for one in _topics(kafka, worker)]


def _topics(kafka: KafkaSettings, worker: WorkerSettings) -> list[TopicLayout]:
    raw = {"retention.ms": _FOR_EVER, "segment.ms": _TEN_YEARS_MS, "max.message.bytes": str(2 * 1024 * 1024)}
    kept = {"retention.ms": _FOR_EVER}
    large = {"max.message.bytes": _LARGE_MESSAGE}
    by_customer = kafka.interactions_partitions
    return [
        *(TopicLayout(name, kafka.raw_partitions, raw) for name in RAW_TOPICS),
        TopicLayout(INTERACTIONS, by_customer, kept | large),
        TopicLayout(DEAD_LETTERS, 1, kept | large),
        TopicLayout(RISK_SCORES, by_customer, _KEEPS_TOMBSTONES),
        TopicLayout(TRAINING_EXAMPLES, 1, kept),
        TopicLayout(ALERTS, by_customer, kept),
        TopicLayout(DECISIONS, by_customer, kept),
        TopicLayout(OUTCOMES, 1, kept),
        TopicLayout(DESK_AUDIT, 1, kept),
        TopicLayout(HOLES, 1, _COMPACTED),
        TopicLayout(MODEL_EPOCHS, 1, _COMPACTED | {"segment.ms": _TEN_YEARS_MS}),
        TopicLayout(FORGOTTEN, 1, _COMPACTED),
        TopicLayout(deliveries_topic(worker.application_id), 1, _COMPACTED),
        TopicLayout(changelog_topic(worker.application_id), by_customer, _KEEPS_TOMBSTONES | large),
    ]


def create_topics(kafka: KafkaSettings, worker: WorkerSettings) -> list[str]:
    """Create the topics that are missing, and return their names.

    Args:
        kafka: Where Kafka is, and how topics are laid out.
        worker: Names the changelog and the notifier's journal.

    Raises:
        UsageError: One that exists has another number of partitions.
        ServerUnreachableError: The broker does not answer or refuses.
    """
    client = TopicClient(kafka)
    present = client.partition_counts()
    wanted = all_topics(kafka, worker)
    for topic in wanted:
        if present.get(topic.name, topic.partitions) != topic.partitions:
            raise UsageError(
                f"topic {topic.name} has {present[topic.name]} partitions, not {topic.partitions}; set "
                "STAYLINE_KAFKA__… to what is there, or delete the topic if nothing in it is needed"
            )
    missing = [topic for topic in wanted if topic.name not in present]
    client.create([(topic.name, topic.partitions, topic.config) for topic in missing], kafka.replication_factor)
    return [topic.name for topic in missing]


def require_partitions(kafka: KafkaSettings, worker: WorkerSettings, names: Iterable[str]) -> None:
    """Return if topics are there with the partitions that the settings ask for.

    Args:
        kafka: Where Kafka is, and how topics are laid out.
        worker: Names the changelog and the notifier's journal.
        names: Of the topics.

    Raises:
        UsageError: One is missing, or has another number of partitions.
        ServerUnreachableError: The broker does not answer.
    """
    wanted = {topic.name: topic.partitions for topic in all_topics(kafka, worker)}
    for name, count in TopicClient(kafka).partition_counts(names).items():
        if count != wanted[name]:
            raise UsageError(f"topic {name} has {count} partitions, not {wanted[name]}; {_remedy(wanted[name])}")


def _remedy(wanted: int) -> str:
    if wanted == 1:
        return "its records have one order, so it must have one: delete it and run stayline topics"
    return (
        "customers would move to other partitions than their states: set STAYLINE_KAFKA__INTERACTIONS_PARTITIONS to "
        "what is there, or delete the topic if nothing in it is needed"
    )


def differences(kafka: KafkaSettings, worker: WorkerSettings) -> Iterator[tuple[str, str | None]]:
    """Yield each topic with its difference and the remedy; None where it is as it should be.

    Args:
        kafka: Where Kafka is, and how topics are laid out.
        worker: Names the changelog and the notifier's journal.

    Raises:
        ServerUnreachableError: The broker does not answer.
    """
    client = TopicClient(kafka)
    present = client.partition_counts()
    for topic in all_topics(kafka, worker):
        count = present.get(topic.name)
        if count is None:
            yield topic.name, "missing; run `stayline topics`"
        elif count != topic.partitions:
            yield topic.name, f"has {count} partitions, not {topic.partitions}; set STAYLINE_KAFKA__… to what is there"
        else:
            yield topic.name, _config_difference(client, topic)


def _config_difference(client: TopicClient, topic: TopicLayout) -> str | None:
    try:
        found = client.config(topic.name)
    except ServerUnreachableError as error:
        return str(error)
    for name, value in topic.config.items():
        if name not in _FOR_THE_OPERATOR and found.get(name, value) != value:
            return f"{name} is {found[name]}, not {value}; alter it with kafka-configs.sh"
    return None
