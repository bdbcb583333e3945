"""Where on Kafka an event's raw message, its page and its score lie, and when they came there."""

import time
from collections.abc import Callable
from typing import Final
from uuid import uuid4

import msgspec
from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition

from runtime.kafka.options import consumer_options
from schemas.moments import to_ms
from schemas.records import decode_risk_score
from schemas.settings import KafkaSettings
from schemas.trace import trace_id_of
from sinks.queries.event_trace import StoredEvent
from streams.intake.partition import caching_partitioner
from streams.topics import INTERACTIONS

RISK_SCORES: Final = "risk_scores"
_CLOCKS_DIFFER_MS: Final = 300_000
_CALL_SECONDS: Final = 10.0
_READ_MESSAGES: Final = 500


class Stop(msgspec.Struct, frozen=True):
    """A message of an event's way.

    Attributes:
        topic: Where it lies.
        partition: Its partition there.
        offset: Its offset there.
        at_ms: Kafka's timestamp of it, ms since 1970.
        trace_id: In its headers; empty if none.
    """

    topic: str
    partition: int
    offset: int
    at_ms: int
    trace_id: str


class Journey:
    """Looks messages up, as a member of no group."""

    def __init__(self, kafka: KafkaSettings, event: StoredEvent, seconds: float) -> None:
        """Connect.

        Args:
            kafka: Where Kafka is.
            event: Whose way it is.
            seconds: How long a topic is searched at most.
        """
        self._consumer = Consumer({**consumer_options(kafka, f"trace-{uuid4().hex}"), "enable.partition.eof": True})
        self._event = event
        self._seconds = seconds

    def close(self) -> None:
        """Disconnect."""
        self._consumer.close()

    def raw(self) -> Stop | None:
        """The message that upstream published; None where Kafka no longer has it."""
        event = self._event
        place = TopicPartition(event.source_topic, event.source_partition, event.source_offset)
        return self._search(place, lambda message: message.offset() == event.source_offset, at_most=1)

    def page(self) -> Stop | None:
        """The page with its line."""
        begins = b'{"event_id":' + msgspec.json.encode(self._event.event_id) + b","
        return self._search(self._since(INTERACTIONS), lambda message: begins in _bytes(message.value()))

    def score(self) -> Stop | None:
        """The score that it led to; None also where compaction has removed it in favour of a later one."""
        event, key = self._event, self._event.customer_id.encode()

        def is_it(message: Message) -> bool:
            if _bytes(message.key()) != key or message.value() is None:
                return False
            score = decode_risk_score(_bytes(message.value()))
            return score.cause == "interaction" and to_ms(score.scored_at) == to_ms(event.stamped_at)

        return self._search(self._since(RISK_SCORES), is_it)

    def _since(self, topic: str) -> TopicPartition:
        """The customer's partition of a topic, from shortly before the event was published."""
        partitions = self._consumer.list_topics(topic, timeout=_CALL_SECONDS).topics[topic].partitions
        number = caching_partitioner(len(partitions))(self._event.customer_id)
        since = TopicPartition(topic, number, max(to_ms(self._event.stamped_at) - _CLOCKS_DIFFER_MS, 0))
        (found,) = self._consumer.offsets_for_times([since], timeout=_CALL_SECONDS)
        return TopicPartition(topic, number, found.offset if found.offset >= 0 else OFFSET_BEGINNING)

    def _search(
        self, place: TopicPartition, is_it: Callable[[Message], bool], at_most: int = _READ_MESSAGES
    ) -> Stop | None:
        self._consumer.assign([place])
        deadline = time.monotonic() + self._seconds
        while time.monotonic() < deadline:
            for message in self._consumer.consume(at_most, 1.0):
                if message.error() is not None:
                    return None
                if is_it(message):
                    return _stop(message)
                if at_most == 1:
                    return None
        return None


def _stop(message: Message) -> Stop:
    return Stop(
        topic=message.topic() or "",
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        at_ms=message.timestamp()[1],
        trace_id=trace_id_of(message.headers() or []),
    )


def _bytes(value: str | bytes | None) -> bytes:
    return value if isinstance(value, bytes) else b""
