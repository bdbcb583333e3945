"""Where the groups stand, asked without belonging to one, and their offsets, set while nobody does."""

import time
from collections.abc import Mapping
from typing import Final

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, NewPartitions, OffsetSpec  # type: ignore[attr-defined]

from runtime.kafka.offsets import OffsetClient
from runtime.kafka.options import client_options
from schemas.errors import ServerUnreachableError, UsageError
from schemas.settings import KafkaSettings
from streams.topics import INTERACTIONS
from streams.worker.commit.batch import Position

_ANSWER_SECONDS: Final = 10.0
_PATIENCE_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.2
_COORDINATOR_MOVES: Final = frozenset(
    {
        KafkaError._TIMED_OUT,  # noqa: SLF001 - its public name
        KafkaError.NOT_COORDINATOR,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    }
)


class Standing:
    """Asks and sets by Kafka's admin interface."""

    def __init__(self, kafka: KafkaSettings, application_id: str) -> None:
        """Connect when first asked.

        Args:
            kafka: Where Kafka is.
            application_id: The workers' group, which begins the names of all others.
        """
        self._kafka = kafka
        self._group = application_id
        self._admin = AdminClient(client_options(kafka))

    def counts(self) -> dict[str, int]:
        """How many partitions each topic has.

        Raises:
            ServerUnreachableError: Kafka does not answer.
        """
        try:
            topics = self._admin.list_topics(timeout=_ANSWER_SECONDS).topics
        except KafkaException as error:
            raise _unreachable(error) from None
        return {name: len(topic.partitions) for name, topic in topics.items()}

    def members(self, group: str) -> int:
        """How many processes belong to a group.

        Raises:
            ServerUnreachableError: Kafka does not answer.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            answers = self._admin.describe_consumer_groups([group], request_timeout=_ANSWER_SECONDS)
            try:
                return len(answers[group].result().members)
            except KafkaException as error:
                if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
                    return 0
                self._wait_for_coordinator(error.args[0], deadline)

    def wait_for_transactions(self, counts: Mapping[str, int], seconds: float) -> None:
        """Wait until nothing is written on some topics that is neither committed nor aborted.

        Args:
            counts: Partitions of each topic.
            seconds: A killed process's transaction is aborted by then.

        Raises:
            UsageError: Somebody still has one open.
            ServerUnreachableError: Kafka does not answer.
        """
        deadline = time.monotonic() + seconds
        while self.ends(counts, IsolationLevel.READ_COMMITTED) != self.ends(counts, IsolationLevel.READ_UNCOMMITTED):
            if time.monotonic() > deadline:
                raise UsageError(f"a transaction is open on {' or '.join(counts)}; stop intakes and workers, and wait")
            time.sleep(_LOOK_SECONDS)

    def ends(self, counts: Mapping[str, int], level: IsolationLevel) -> dict[TopicPartition, int]:
        """The end of every partition of some topics; waits for those just made.

        Raises:
            ServerUnreachableError: Kafka does not answer.
        """
        places = [TopicPartition(topic, number) for topic, count in counts.items() for number in range(count)]
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            asked = {place: OffsetSpec.latest() for place in places}  # type: ignore[no-untyped-call]
            answers = self._admin.list_offsets(asked, isolation_level=level, request_timeout=_ANSWER_SECONDS)
            try:
                return {place: answer.result().offset for place, answer in answers.items()}
            except KafkaException as error:
                if time.monotonic() > deadline:
                    raise _unreachable(error) from None
                time.sleep(_LOOK_SECONDS)
                self._admin = AdminClient(client_options(self._kafka))

    def positions(self, partitions: int) -> dict[int, Position]:
        """What the workers have committed, of those partitions where they have.

        Raises:
            ServerUnreachableError: Kafka does not answer.
        """
        offsets = OffsetClient(self._kafka)
        try:
            found = offsets.stable(self._group, [(INTERACTIONS, number) for number in range(partitions)])
        finally:
            offsets.close()
        return {number: Position(one.offset, one.metadata) for (_, number), one in found.items()}

    def commit(self, positions: Mapping[int, Position]) -> None:
        """Set offsets of the workers' group, all of them or none.

        Raises:
            UsageError: A worker was started meanwhile.
            ServerUnreachableError: Kafka does not answer.
        """
        if not positions:
            return
        places = [
            TopicPartition(INTERACTIONS, number, position.offset, position.progress)
            for number, position in positions.items()
        ]
        request = [ConsumerGroupTopicPartitions(self._group, places)]
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            answers = self._admin.alter_consumer_group_offsets(request, request_timeout=_ANSWER_SECONDS)
            try:
                errors = [place.error for place in answers[self._group].result().topic_partitions if place.error]
            except KafkaException as error:
                errors = [error.args[0]]
            if not errors:
                return
            if errors[0].code() in (KafkaError.UNKNOWN_MEMBER_ID, KafkaError.NON_EMPTY_GROUP):
                raise UsageError(f"a worker (group {self._group}) was started meanwhile; stop it, then run this again")
            self._wait_for_coordinator(errors[0], deadline)

    def _wait_for_coordinator(self, reason: KafkaError, deadline: float) -> None:
        """Return where asking again may help: a coordinator has just moved or is slow, or nobody has asked for one."""
        if reason.code() not in _COORDINATOR_MOVES or time.monotonic() > deadline:
            raise ServerUnreachableError(f"Kafka does not answer for group {self._group}: {reason.str()}")
        time.sleep(_LOOK_SECONDS)

    def add_partitions(self, topic: str, to: int) -> None:
        """Give a topic more partitions, and wait until the brokers tell of them.

        Raises:
            ServerUnreachableError: Kafka does not.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        try:
            self._admin.create_partitions([NewPartitions(topic, to)], operation_timeout=30)[topic].result()
        except KafkaException as error:
            raise ServerUnreachableError(f"topic {topic} gets no more partitions: {error.args[0].str()}") from None
        while self.counts()[topic] < to:
            if time.monotonic() > deadline:
                raise ServerUnreachableError(
                    f"topic {topic} has got {to} partitions, but the brokers do not tell of them"
                )
            time.sleep(_LOOK_SECONDS)


def _unreachable(error: KafkaException) -> ServerUnreachableError:
    return ServerUnreachableError(f"Kafka does not answer: {error.args[0].str()}")
