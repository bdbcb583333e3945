"""Publishes during faults, and records what Kafka has acknowledged, and where."""

import threading
import time
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, Final

from confluent_kafka import KafkaError, Producer
from confluent_kafka import Message as Acknowledged

from bench.chaos.upstream import Upstream, UpstreamMessage
from runtime.kafka.options import producer_options
from schemas.events.dead_letter import Reason
from schemas.settings.connections import KafkaSettings

Place = tuple[str, int, int]
"""Raw topic, partition and offset."""

_TICK_SECONDS: Final = 0.1
_BURST_EVERY: Final = 12.0
_POISON_EVERY: Final = 20.0
_FLUSH_SECONDS: Final = 120.0


@dataclass
class AcknowledgedMessages:
    """Events that the brokers acknowledged.

    Attributes:
        events: Every good event once, by its id.
        good: Where good ones lie, duplicates included.
        bad: Where bad ones lie, and why they are refused.
        sent: What was acknowledged, by topic, key and value.
        unplaced: Of these, what was acknowledged without saying where it lies: the broker had it already when it was
            sent once more, and does not remember its place.
        lost: Errors of messages that were never acknowledged.
    """

    events: dict[str, UpstreamMessage] = field(default_factory=dict)
    good: list[Place] = field(default_factory=list)
    bad: dict[Place, Reason] = field(default_factory=dict)
    sent: dict[tuple[str, bytes, bytes], UpstreamMessage] = field(default_factory=dict)
    unplaced: set[tuple[str, bytes, bytes]] = field(default_factory=set)
    lost: list[str] = field(default_factory=list)
    _known: set[Place] = field(default_factory=set)

    def note(self, message: UpstreamMessage, error: KafkaError | None, at: Acknowledged) -> None:
        """Be called by librdkafka for each message."""
        partition, offset = at.partition(), at.offset()
        if error is not None:
            self.lost.append(str(error))
        elif partition is None or offset is None or offset < 0:
            content = message.topic, message.key, message.value
            self.sent[content] = message
            self.unplaced.add(content)
        else:
            self._add((message.topic, partition, offset), message)

    def add_repetition(self, place: Place, key: bytes, value: bytes) -> bool:
        """Note a message that lies where nothing was acknowledged, and say whether it is one that was sent.

        An idempotent producer may write one twice where the broker that took it is lost before it has answered.
        """
        message = self.sent.get((place[0], key, value))
        self.unplaced.discard((place[0], key, value))
        if place not in self._known and message is not None:
            self._add(place, message)
        return message is not None

    def _add(self, place: Place, message: UpstreamMessage) -> None:
        self._known.add(place)
        self.sent[message.topic, message.key, message.value] = message
        if message.reason is not None:
            self.bad[place] = message.reason
        else:
            self.events[message.event_id] = message
            self.good.append(place)


class Traffic:
    """One publisher, idempotent and patient, in a thread of its own."""

    def __init__(self, kafka: KafkaSettings, random: Random, rate: int) -> None:
        """Begin to publish.

        Args:
            kafka: Where to.
            random: Draws the messages.
            rate: Messages a second, beside bursts.
        """
        options: dict[str, Any] = {
            **producer_options(kafka, None),
            "message.timeout.ms": 0,
            "partitioner": "murmur2_random",
        }
        self.acknowledged = AcknowledgedMessages()
        self._producer = Producer(options)
        self._upstream = Upstream(random)
        self._rate = rate
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._publish, name="traffic", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Publish nothing more, and return when all is acknowledged."""
        self._end.set()
        self._thread.join()
        waiting = self._producer.flush(_FLUSH_SECONDS)
        self.acknowledged.lost += ["not acknowledged"] * waiting

    def _publish(self) -> None:
        began = time.monotonic()
        sent, bursts, poisons = 0, 0, 0
        while not self._end.wait(_TICK_SECONDS):
            seconds = time.monotonic() - began
            messages = self._upstream.draw(int(seconds * self._rate) - sent, _now_ms())
            sent += len(messages)
            if seconds > (bursts + 1) * _BURST_EVERY:
                bursts += 1
                messages += self._upstream.burst(_now_ms())
            if seconds > (poisons + 1) * _POISON_EVERY:
                poisons += 1
                messages += self._upstream.poison(_now_ms())
            for message in messages:
                self._send(message)
            self._producer.poll(0)

    def _send(self, message: UpstreamMessage) -> None:
        self._producer.produce(
            message.topic,
            message.value,
            message.key,
            partition=0 if message.ahead_ms else -1,
            timestamp=_now_ms() + message.ahead_ms,
            on_delivery=partial(self.acknowledged.note, message),
        )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
