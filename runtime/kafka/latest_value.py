"""Follows the newest record of a compacted single-partition topic: the model that every worker scores with."""

import time
from collections.abc import Mapping
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, IsolationLevel, KafkaError, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

_POLL_AT_MOST = 1000


class ModelFollower:
    """Reads a topic from its beginning, as a member of no group, and keeps the newest value."""

    def __init__(self, bootstrap_servers: str, topic: str, librdkafka: Mapping[str, Any] | None = None) -> None:
        """Start reading.

        Args:
            bootstrap_servers: Comma-separated ``host:port`` of the brokers.
            topic: A topic of one partition.
            librdkafka: Further client settings.
        """
        self._partition = TopicPartition(topic, 0, OFFSET_BEGINNING)
        common = {"bootstrap.servers": bootstrap_servers, **(librdkafka or {})}
        self._admin = AdminClient(common)
        self._consumer = Consumer(
            common
            | {
                "group.id": f"{topic}-follower",  # librdkafka wants a name; nothing is ever committed under it
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "enable.partition.eof": True,
                "fetch.wait.max.ms": 100,
            }
        )
        self._consumer.assign([self._partition])
        self._position = 0

    def catch_up(self, timeout_seconds: float = 30.0) -> bytes | None:
        """Read to the topic's present end and return the newest value; None if there is none.

        Raises:
            TimeoutError: The end was not reached in time.
            KafkaException: The broker did not answer.
        """
        deadline = time.monotonic() + timeout_seconds
        end = self._end(timeout_seconds)
        newest: bytes | None = None
        while self._position < end:
            if time.monotonic() > deadline:
                raise TimeoutError(f"The topic {self._partition.topic} could not be read to its end.")
            newest = self._poll(0.1) or newest
        return newest

    def poll_newest(self) -> bytes | None:
        """Return the newest value that has arrived since the last call, without waiting; None if none has."""
        newest: bytes | None = None
        for _ in range(_POLL_AT_MOST):
            before = self._position
            newest = self._poll(0) or newest
            if self._position == before:
                break
        return newest

    def close(self) -> None:
        """Stop reading."""
        self._consumer.close()

    def _poll(self, timeout_seconds: float) -> bytes | None:
        message = self._consumer.poll(timeout_seconds)
        if message is None:
            return None
        error = message.error()
        offset = message.offset() or 0
        if error is None:
            self._position = offset + 1
            return message.value()
        if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 — librdkafka's public name for it
            self._position = max(self._position, offset)
        return None

    def _end(self, timeout_seconds: float) -> int:
        answer = self._admin.list_offsets(
            {TopicPartition(self._partition.topic, 0): OffsetSpec.latest()},  # type: ignore[no-untyped-call]
            isolation_level=IsolationLevel.READ_COMMITTED,
            request_timeout=timeout_seconds,
        )
        (result,) = answer.values()
        end: int = result.result(timeout_seconds).offset
        return end
