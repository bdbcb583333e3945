"""Asks how far topics reach and how far groups have committed, without belonging to a group."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Event
from typing import Final

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from runtime.kafka.ask import ask_kafka, is_from_kafka
from runtime.kafka.coordinator import COORDINATOR_SECONDS, is_coordinator_away, wait_for_coordinator
from runtime.kafka.options import client_options
from runtime.service.signals import Stopped
from schemas.errors import ServerUnreachableError, UsageError
from schemas.settings.connections import KafkaSettings

Place = tuple[str, int]
"""A topic and a partition of it."""

_LOOK_SECONDS: Final = 0.2
_GROUP_PATIENCE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class CommittedOffset:
    """A group's place in a partition: the offset of its next record, and the metadata committed beside it."""

    offset: int
    metadata: str


class OffsetClient:
    """Asks the brokers for offsets of topics and groups, and sets those of a group that has no members."""

    def __init__(self, kafka: KafkaSettings, *, answer_seconds: float = 10.0, patience_seconds: float = 0.0) -> None:
        """Connect when first asked.

        Args:
            kafka: Where Kafka is.
            answer_seconds: How long one answer is waited for.
            patience_seconds: For how long ends are asked for again where they cannot be told: partitions were just
                made, or leaders have just changed.
        """
        self._kafka = kafka
        self._answer_seconds = answer_seconds
        self._patience_seconds = patience_seconds
        self._admin = AdminClient(client_options(kafka))
        self._consumers: dict[tuple[str, bool], Consumer] = {}

    def ends(self, places: Iterable[Place], *, committed: bool = False) -> dict[Place, int]:
        """Return the offset after the last record or marker.

        A reader of committed records that has come to the end with open transactions included has seen every
        transaction begun before resolved.

        Args:
            places: Of which partitions.
            committed: Leave out what belongs to open transactions, and what lies behind it.

        Raises:
            ServerUnreachableError: Kafka does not answer.
        """
        level = IsolationLevel.READ_COMMITTED if committed else IsolationLevel.READ_UNCOMMITTED
        return self._listed(places, OffsetSpec.latest(), level)  # type: ignore[no-untyped-call]

    def beginnings(self, places: Iterable[Place]) -> dict[Place, int]:
        """Return the offset of the first record that Kafka still has.

        Raises:
            ServerUnreachableError: Kafka does not answer.
        """
        return self._listed(places, OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED)  # type: ignore[no-untyped-call]

    def since(self, place: Place, timestamp_ms: int) -> int:
        """Return the offset of a partition's first record at or after a time; 0 where there is none.

        Args:
            place: Which partition.
            timestamp_ms: Kafka's timestamp, ms since 1970.

        Raises:
            ServerUnreachableError: Kafka does not answer.
        """
        which = OffsetSpec.for_timestamp(timestamp_ms)
        return max(self._listed([place], which, IsolationLevel.READ_UNCOMMITTED)[place], 0)

    def committed(self, group: str, places: Iterable[Place]) -> dict[Place, int]:
        """Return the offset of a group's next record; 0 where it has committed none.

        What an open transaction is about to commit is left out. To ask for it would be to be told nothing of partitions
        that have one, and a running intake nearly always has one on each of its own.

        Raises:
            ServerUnreachableError: Kafka does not answer.
        """
        places = list(places)
        found = self._committed(group, places, stable=False)
        return {place: found[place].offset if place in found else 0 for place in places}

    def stable(self, group: str, places: Iterable[Place]) -> dict[Place, CommittedOffset]:
        """Return what a group has committed, of those partitions where it has; waits for open transactions.

        Raises:
            ServerUnreachableError: Kafka does not answer, or a transaction stays open.
        """
        return self._committed(group, list(places), stable=True)

    def wait_for(self, group: str, needed: Mapping[Place, int], seconds: float, stop: Event) -> set[Place]:
        """Wait until a group has committed so far, and return the places where it has not in time.

        Args:
            group: Whose commits.
            needed: Offset of the next record that it must have come to.
            seconds: How long to wait at most.
            stop: Set when the process must end.

        Raises:
            Stopped: ``stop`` was set.
            ServerUnreachableError: Kafka does not answer.
        """
        deadline = time.monotonic() + seconds
        while True:
            committed = self.committed(group, needed)
            behind = {place for place, offset in needed.items() if committed[place] < offset}
            if not behind or time.monotonic() >= deadline:
                return behind
            if stop.wait(_LOOK_SECONDS):
                raise Stopped

    def members(self, group: str) -> int:
        """Return how many processes belong to a group.

        Raises:
            ServerUnreachableError: Kafka does not answer.
        """
        deadline = time.monotonic() + _GROUP_PATIENCE_SECONDS
        while True:
            answers = self._admin.describe_consumer_groups([group], request_timeout=self._answer_seconds)
            try:
                return len(answers[group].result().members)
            except KafkaException as error:
                if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
                    return 0
                wait_for_coordinator(group, error.args[0], deadline)

    def set_committed(self, group: str, offsets: Mapping[Place, CommittedOffset]) -> None:
        """Set offsets of a group that has no members, all of them or none.

        Raises:
            UsageError: It has a member.
            ServerUnreachableError: Kafka does not answer.
        """
        places = [TopicPartition(*place, one.offset, one.metadata) for place, one in offsets.items()]
        request = [ConsumerGroupTopicPartitions(group, places)]
        deadline = time.monotonic() + _GROUP_PATIENCE_SECONDS
        while places:
            answers = self._admin.alter_consumer_group_offsets(request, request_timeout=self._answer_seconds)
            try:
                errors = [place.error for place in answers[group].result().topic_partitions if place.error]
            except KafkaException as error:
                errors = [error.args[0]]
            if not errors:
                return
            if errors[0].code() in (KafkaError.UNKNOWN_MEMBER_ID, KafkaError.NON_EMPTY_GROUP):
                raise UsageError(f"group {group} has a member; its offsets can be set while it has none")
            wait_for_coordinator(group, errors[0], deadline)

    def close(self) -> None:
        """Disconnect."""
        for consumer in self._consumers.values():
            consumer.close()
        self._consumers = {}

    def _committed(self, group: str, places: list[Place], *, stable: bool) -> dict[Place, CommittedOffset]:
        if not places:
            return {}
        asked = [TopicPartition(*place) for place in places]
        consumer = self._consumer(group, stable=stable)
        answers = ask_kafka(
            lambda: consumer.committed(asked, timeout=self._answer_seconds),
            is_coordinator_away,
            max(self._patience_seconds, COORDINATOR_SECONDS),
        )
        for one in answers:
            if one.error is not None:
                raise ServerUnreachableError(f"Kafka does not answer: {one.error.str()}")
        return {
            (one.topic, one.partition): CommittedOffset(one.offset, one.metadata or "")
            for one in answers
            if one.offset >= 0
        }

    def _consumer(self, group: str, *, stable: bool) -> Consumer:
        """Return a consumer that never joins the group.

        The admin client could be asked as well, but one that is told that a coordinator is still loading ended the
        process with a segmentation fault (confluent-kafka 2.16.1), and every broker's start has such a moment.
        """
        if (group, stable) not in self._consumers:
            # Only a reader of committed records asks for stable offsets (KIP-447), and waits for open transactions.
            level = "read_committed" if stable else "read_uncommitted"
            options = {"group.id": group, "isolation.level": level, "enable.auto.commit": False}
            self._consumers[group, stable] = Consumer({**options, **client_options(self._kafka)})
        return self._consumers[group, stable]

    def _listed(self, places: Iterable[Place], which: OffsetSpec, level: IsolationLevel) -> dict[Place, int]:
        asked = {TopicPartition(*place): which for place in places}
        if not asked:
            return {}

        def ask() -> dict[Place, int]:
            answers = self._admin.list_offsets(asked, isolation_level=level, request_timeout=self._answer_seconds)
            try:
                return {(one.topic, one.partition): answer.result().offset for one, answer in answers.items()}
            except KafkaException:
                # A leader that has just changed refuses at first; librdkafka passes that on for single partitions, and
                # the same client would go on asking with the epoch of the leader before.
                self._admin = AdminClient(client_options(self._kafka))
                raise

        return ask_kafka(ask, is_from_kafka, self._patience_seconds)
