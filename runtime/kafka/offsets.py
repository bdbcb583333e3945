"""How far topics reach and how far groups have committed, asked without belonging to a group."""

from collections.abc import Callable, Iterable, Mapping
from threading import Event
from time import monotonic
from typing import Final, TypeVar

from confluent_kafka import (
    Consumer,
    IsolationLevel,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from runtime.kafka.clients import client_options
from schemas.errors import ServerUnreachableError, UsageError
from schemas.settings import KafkaSettings

Place = tuple[str, int]
"""A topic and a partition of it."""

_TIMEOUT_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.2

_Answer = TypeVar("_Answer")


class Stopped(Exception):  # noqa: N818 - no error: the process was told to end
    """The process was told to end while it waited."""


class Offsets:
    """Asks the brokers."""

    def __init__(self, kafka: KafkaSettings) -> None:
        """Connect when first asked.

        Args:
            kafka: Where Kafka is.
        """
        self._kafka = kafka
        self._admin = AdminClient(client_options(kafka))
        self._consumers: dict[str, Consumer] = {}

    def partitions(self, topics: Iterable[str]) -> dict[str, int]:
        """How many partitions each topic has.

        Raises:
            UsageError: One does not exist.
            ServerUnreachableError: Kafka does not answer.
        """
        present = _ask(lambda: self._admin.list_topics(timeout=_TIMEOUT_SECONDS)).topics
        missing = [topic for topic in topics if topic not in present]
        if missing:
            raise UsageError(f"there is no topic {missing[0]}; run `stayline topics`")
        return {topic: len(present[topic].partitions) for topic in topics}

    def ends(self, places: Iterable[Place]) -> dict[Place, int]:
        """The offset after the last record or marker, open transactions included.

        Whoever reads what is committed up to here has seen every transaction begun before resolved.

        Raises:
            ServerUnreachableError: Kafka does not answer.
        """
        return self._listed(places, OffsetSpec.latest())  # type: ignore[no-untyped-call]

    def beginnings(self, places: Iterable[Place]) -> dict[Place, int]:
        """The offset of the first record that Kafka still has.

        Raises:
            ServerUnreachableError: Kafka does not answer.
        """
        return self._listed(places, OffsetSpec.earliest())  # type: ignore[no-untyped-call]

    def committed(self, group: str, places: Iterable[Place]) -> dict[Place, int]:
        """The offset of the next record of a group; 0 where it has committed none.

        What an open transaction is about to commit is left out. To ask for it would be to be told nothing of partitions
        that have one, and an intake under way nearly always has one on each of its own.

        Raises:
            ServerUnreachableError: Kafka does not answer.
        """
        asked = [TopicPartition(*place) for place in places]
        answers = _ask(lambda: self._consumer(group).committed(asked, timeout=_TIMEOUT_SECONDS))
        for one in answers:
            if one.error is not None:
                raise ServerUnreachableError(f"Kafka does not answer: {one.error.str()}")
        return {(one.topic, one.partition): max(one.offset, 0) for one in answers}

    def _consumer(self, group: str) -> Consumer:
        """A consumer that never joins the group.

        The admin client could be asked as well, but one that is told that a coordinator is still loading ended the
        process with a segmentation fault (confluent-kafka 2.16.1), and every broker's start has such a moment.
        """
        if group not in self._consumers:
            # Asked for what is stable, a group would be waited for as long as it has an open transaction.
            options = {"group.id": group, "isolation.level": "read_uncommitted", "enable.auto.commit": False}
            self._consumers[group] = Consumer({**client_options(self._kafka), **options})
        return self._consumers[group]

    def close(self) -> None:
        """Let go of the connections."""
        for consumer in self._consumers.values():
            consumer.close()
        self._consumers = {}

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
        deadline = monotonic() + seconds
        while True:
            committed = self.committed(group, needed)
            behind = {place for place, offset in needed.items() if committed[place] < offset}
            if not behind or monotonic() >= deadline:
                return behind
            if stop.wait(_LOOK_SECONDS):
                raise Stopped

    def _listed(self, places: Iterable[Place], which: OffsetSpec) -> dict[Place, int]:
        asked = {TopicPartition(*place): which for place in places}
        answers = _ask(
            lambda: {
                (one.topic, one.partition): answer.result().offset
                for one, answer in self._admin.list_offsets(
                    asked, isolation_level=IsolationLevel.READ_UNCOMMITTED, request_timeout=_TIMEOUT_SECONDS
                ).items()
            }
        )
        return dict(answers)


def _ask(question: Callable[[], _Answer]) -> _Answer:
    try:
        return question()
    except KafkaException as error:
        raise ServerUnreachableError(f"Kafka does not answer: {error.args[0].str()}") from None
