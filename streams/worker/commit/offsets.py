"""Asks the broker, by librdkafka, how far the group and the changelog are.

aiokafka cannot ask for *stable* offsets (its OffsetFetch stops at version 3; KIP-447 needs 7): it would answer with the
offset before a commit that is just landing, and the page behind it would be folded twice. Calls block.
"""

import time
from collections.abc import Iterable, Mapping

from confluent_kafka import Consumer, IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from streams.worker.commit.batch import Position
from streams.worker.settings import WorkerSettings

_PAUSE_SECONDS = 0.2


class OffsetReader:
    """Reads offsets without being a member of the group."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        # Nobody polls these clients, so nobody could hear what they log; the producer says the same.
        self._common = {"bootstrap.servers": settings.bootstrap_servers, "log_level": 2, **settings.librdkafka}
        self._admin = AdminClient(self._common)
        self._consumer = Consumer(
            self._common
            | {
                "group.id": settings.application_id,
                "enable.auto.commit": False,
                "isolation.level": "read_committed",  # librdkafka asks for stable offsets with it
            }
        )

    def committed(self, partitions: Iterable[int]) -> dict[int, Position]:
        """Return the committed positions in the interactions topic, of those partitions that have one.

        Waits for transactions that hold an offset of these partitions.

        Raises:
            KafkaException: The broker did not answer, or not in time.
        """
        topic = self._settings.interactions_topic
        asked = [TopicPartition(topic, number) for number in partitions]
        answered = self._consumer.committed(asked, timeout=self._settings.request_timeout_seconds) if asked else []
        return {one.partition: Position(one.offset, one.metadata or "") for one in answered if one.offset >= 0}

    def pages_ends(self, partitions: Iterable[int]) -> Mapping[int, int]:
        """Return the ends of the interactions topic's partitions, open transactions included.

        Raises:
            KafkaException: The broker did not answer, or not in time.
        """
        return self._ends(self._settings.interactions_topic, partitions)

    def changelog_ends(self, partitions: Iterable[int]) -> Mapping[int, int]:
        """Return the ends of the changelog, open transactions included.

        A reader of committed records that has come to this end has seen every transaction begun before resolved.

        Raises:
            KafkaException: The broker did not answer, or not in time.
        """
        return self._ends(self._settings.changelog_topic, partitions)

    def _ends(self, topic: str, partitions: Iterable[int]) -> Mapping[int, int]:
        asked = {TopicPartition(topic, number): OffsetSpec.latest() for number in partitions}  # type: ignore[no-untyped-call]
        if not asked:
            return {}
        timeout = self._settings.request_timeout_seconds
        deadline = time.monotonic() + timeout
        while True:
            answers = self._admin.list_offsets(
                asked, isolation_level=IsolationLevel.READ_UNCOMMITTED, request_timeout=timeout
            )
            try:
                return {one.partition: answer.result(timeout).offset for one, answer in answers.items()}
            except KafkaException:
                # A leader that has just changed refuses at first; librdkafka passes that on for single partitions, and
                # the same client would go on asking with the epoch of the leader before.
                if time.monotonic() > deadline:
                    raise
                time.sleep(_PAUSE_SECONDS)
                self._admin = AdminClient(self._common)

    def close(self) -> None:
        """Give up the connections."""
        self._consumer.close()
