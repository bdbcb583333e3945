"""Finds on Kafka an event's raw message, its page and its score, and when they came there."""

import time
from collections.abc import Callable
from contextlib import closing
from threading import Event
from typing import Final
from uuid import uuid4

import msgspec
from confluent_kafka import Message

from runtime.kafka.admin import TopicClient
from runtime.kafka.offsets import OffsetClient, Place
from runtime.kafka.topic_reader import read_topic
from schemas.moments import to_ms
from schemas.records.score import decode_risk_score
from schemas.settings.connections import KafkaSettings
from schemas.topics import INTERACTIONS, RISK_SCORES
from schemas.trace import trace_id_of
from sinks.queries.event_trace import StoredEvent
from streams.intake.partition import partition_of_key

_CLOCKS_DIFFER_MS: Final = 300_000


class FoundRecord(msgspec.Struct, frozen=True):
    """A record on an event's way.

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


class EventTrace:
    """Looks the records of one event up, as a member of no group."""

    def __init__(self, kafka: KafkaSettings, event: StoredEvent, seconds: float) -> None:
        """Connect.

        Args:
            kafka: Where Kafka is.
            event: The event as it is stored.
            seconds: How long a topic is searched at most.
        """
        self._kafka = kafka
        self._group = f"trace-{uuid4().hex}"
        self._offsets = OffsetClient(kafka)
        self._event = event
        self._seconds = seconds

    def close(self) -> None:
        """Disconnect."""
        self._offsets.close()

    def raw(self) -> FoundRecord | None:
        """Return the message that upstream published; None where Kafka no longer has it."""
        event = self._event
        place, offset = (event.source_topic, event.source_partition), event.source_offset
        return self._search(place, offset, offset + 1, lambda message: message.offset() == offset)

    def page(self) -> FoundRecord | None:
        """Return the page with its line; None where it is not found."""
        begins = b'{"event_id":' + msgspec.json.encode(self._event.event_id) + b","
        return self._search_since(INTERACTIONS, lambda message: begins in _bytes(message.value()))

    def score(self) -> FoundRecord | None:
        """Return the score that it led to; None also where compaction has removed it in favour of a later one."""
        event, key = self._event, self._event.customer_id.encode()

        def is_it(message: Message) -> bool:
            if _bytes(message.key()) != key or message.value() is None:
                return False
            score = decode_risk_score(_bytes(message.value()))
            return score.cause == "interaction" and to_ms(score.scored_at) == to_ms(event.stamped_at)

        return self._search_since(RISK_SCORES, is_it)

    def _search_since(self, topic: str, is_it: Callable[[Message], bool]) -> FoundRecord | None:
        """Search the customer's partition of a topic from shortly before the event was published."""
        count = TopicClient(self._kafka).partition_counts([topic])[topic]
        place = (topic, partition_of_key(self._event.customer_id, count))
        since = self._offsets.since(place, max(to_ms(self._event.stamped_at) - _CLOCKS_DIFFER_MS, 0))
        return self._search(place, since, self._offsets.ends([place])[place], is_it)

    def _search(self, place: Place, begin: int, end: int, is_it: Callable[[Message], bool]) -> FoundRecord | None:
        topic, number = place
        deadline = time.monotonic() + self._seconds
        with closing(read_topic(self._kafka, self._group, topic, {number: end}, Event(), {number: begin})) as messages:
            for message in messages:
                if is_it(message):
                    return _found(message)
                if time.monotonic() > deadline:
                    break
        return None


def _found(message: Message) -> FoundRecord:
    return FoundRecord(
        topic=message.topic() or "",
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        at_ms=message.timestamp()[1],
        trace_id=trace_id_of(message.headers() or []),
    )


def _bytes(value: str | bytes | None) -> bytes:
    return value if isinstance(value, bytes) else b""
