"""Publishes events of people one at a time, from many threads; a broker that is away keeps nobody waiting for long."""

import logging
import time
from secrets import token_hex
from threading import Event as Flag
from typing import Final

import msgspec
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from runtime.kafka.delivery import Failures
from runtime.kafka.options import producer_options
from schemas.errors import ServerUnreachableError
from schemas.events.action_events import ActionTaken, Judgement
from schemas.events.raw_events import TOPIC_OF_TYPE
from schemas.settings.connections import KafkaSettings
from schemas.trace import SPAN_ID_BYTES, TRACE_ID_BYTES, traceparent

_POLL_SECONDS: Final = 0.02
_LOG: Final = logging.getLogger(__name__)


class WrittenAt(msgspec.Struct, frozen=True):
    """Place of a published event.

    Attributes:
        topic: Raw topic.
        partition: Its partition.
        offset: Its offset there.
    """

    topic: str
    partition: int
    offset: int


class EventPublisher:
    """Publishes each event durably; publishing one again counts it once, because it has the same id."""

    def __init__(self, kafka: KafkaSettings, *, seconds: float = 4.0) -> None:
        """Open the producer; it connects in the background.

        Args:
            kafka: Where Kafka is.
            seconds: How long Kafka has to take an event; afterwards it is given up.
        """
        own = {"message.timeout.ms": int(seconds * 1000), "linger.ms": 0}
        self._producer = Producer(producer_options(kafka, None, own), logger=_LOG)
        self._kafka, self._seconds = kafka, seconds

    def publish(self, event: ActionTaken | Judgement) -> WrittenAt:
        """Publish an event; return when every copy that must have it has it.

        Raises:
            ServerUnreachableError: Kafka did not take it in time; it may be published again.
            FatalError: Kafka would refuse it again.
        """
        topic, failures, delivered = TOPIC_OF_TYPE[event.type], Failures(), Flag()
        places: list[WrittenAt] = []

        def report(error: KafkaError | None, message: Message) -> None:
            failures.note(error, message)
            if error is None:
                places.append(WrittenAt(topic, message.partition() or 0, message.offset() or 0))
            delivered.set()

        value, key = event.model_dump_json(exclude_none=True).encode(), event.customer_id.encode()
        headers = [traceparent(token_hex(TRACE_ID_BYTES), token_hex(SPAN_ID_BYTES))]
        try:
            self._producer.produce(topic, value, key, on_delivery=report, headers=headers)
        except (BufferError, KafkaException) as error:
            raise self._away(str(error)) from None
        self._wait(delivered)
        failures.raise_if_hopeless()
        if not places:
            raise self._away(failures.first.str() if failures.first is not None else "no answer in time")
        return places[0]

    def close(self, seconds: float = 2.0) -> None:
        """Wait for what is under way, so many seconds at most."""
        self._producer.flush(seconds)

    def _wait(self, delivered: Flag) -> None:
        """Wait for the report, which librdkafka owes a little after the time is over at the latest."""
        deadline = time.monotonic() + self._seconds + 1
        while not delivered.is_set() and time.monotonic() < deadline:
            self._producer.poll(_POLL_SECONDS)

    def _away(self, reason: str) -> ServerUnreachableError:
        return ServerUnreachableError(
            f"Kafka at {self._kafka.bootstrap_servers} did not take the event ({reason}); send it again when it is back"
        )
