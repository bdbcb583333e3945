"""Reads from the broker, by librdkafka, how far the group, the pages and the changelog are.

aiokafka cannot ask for *stable* offsets (its OffsetFetch stops at version 3; KIP-447 needs 7): it would answer with the
offset before a commit that is just landing, and the page behind it would be folded twice. Calls block.
"""

import time
from collections.abc import Iterable, Mapping

from confluent_kafka import Consumer, IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from runtime.kafka.options import client_options
from schemas.settings import KafkaSettings
from streams.worker.commit.batch import Position

_PAUSE_SECONDS = 0.2
_REQUEST_SECONDS = 30.0


class OffsetReader:
    """Reads offsets without being a member of the group."""

    def __init__(self, kafka: KafkaSettings, group: str, *, pages: str, changelog: str = "") -> None:
        """Connect when first asked.

        Args:
            kafka: Section of the settings.
            group: The workers' group.
            pages: The topic of the pages.
            changelog: The topic of the customers; not needed for committed positions.
        """
        self._pages = pages
        self._changelog = changelog
        self._common = client_options(kafka)
        self._admin = AdminClient(self._common)
        self._consumer = Consumer(
            self._common
            | {
                "group.id": group,
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
        asked = [TopicPartition(self._pages, number) for number in partitions]
        answered = self._consumer.committed(asked, timeout=_REQUEST_SECONDS) if asked else []
        return {one.partition: Position(one.offset, one.metadata or "") for one in answered if one.offset >= 0}

    def pages_ends(self, partitions: Iterable[int]) -> Mapping[int, int]:
        """Return the ends of the interactions topic's partitions, open transactions included.

        Raises:
            KafkaException: The broker did not answer, or not in time.
        """
        return self._ends(self._pages, partitions)

    def changelog_ends(self, partitions: Iterable[int]) -> Mapping[int, int]:
        """Return the ends of the changelog, open transactions included.

        A reader of committed records that has come to this end has seen every transaction begun before resolved.

        Raises:
            KafkaException: The broker did not answer, or not in time.
        """
        return self._ends(self._changelog, partitions)

    def _ends(self, topic: str, partitions: Iterable[int]) -> Mapping[int, int]:
        asked = {TopicPartition(topic, number): OffsetSpec.latest() for number in partitions}  # type: ignore[no-untyped-call]
        if not asked:
            return {}
        deadline = time.monotonic() + _REQUEST_SECONDS
        while True:
            answers = self._admin.list_offsets(
                asked, isolation_level=IsolationLevel.READ_UNCOMMITTED, request_timeout=_REQUEST_SECONDS
            )
            try:
                return {one.partition: answer.result(_REQUEST_SECONDS).offset for one, answer in answers.items()}
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
