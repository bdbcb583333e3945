"""Publishes purchases, receives their scores, and knows which belongs to which."""

import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

import numpy as np
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition

from bench.latency.load import PAUSE_SECONDS
from runtime.kafka.options import consumer_options, producer_options
from schemas.moments import to_ms
from schemas.records.score import decode_risk_score
from schemas.settings.connections import KafkaSettings

_PURCHASES: Final = "purchases"
_SCORES: Final = "risk_scores"
LINGER_MILLISECONDS: Final = 10
"""Time for which a busy publisher collects messages of a partition before it sends."""

_WAIT_SECONDS: Final = 0.001
_LAST_SCORE_SECONDS: Final = 20.0
_AT_ONCE: Final = 500
_OF_PURCHASE: Final = b'"cause":"interaction"'

Times = np.ndarray[tuple[int], np.dtype[np.float64]]
"""One a purchase, seconds since 1970."""


@dataclass(slots=True)
class Exchange:
    """Purchases published and scores received at one rate; all times are seconds since 1970.

    Attributes:
        rate: Purchases a second.
        began: When the first one was to be published.
        published: When each was.
        received: When each committed score of a purchase arrived, when the worker had sent it, and its record.
    """

    rate: int
    began: float
    published: list[float] = field(default_factory=list)
    received: list[tuple[float, float, bytes]] = field(default_factory=list)


@contextmanager
def open_client(kafka: KafkaSettings) -> Iterator["Client"]:
    """A client that reads the scores from the beginning on.

    Args:
        kafka: Where they are.
    """
    consumer = Consumer(consumer_options(kafka, uuid4().hex))
    with closing(consumer):
        numbers = range(kafka.interactions_partitions)
        consumer.assign([TopicPartition(_SCORES, number, OFFSET_BEGINNING) for number in numbers])
        yield Client(Producer({**producer_options(kafka, None), "linger.ms": LINGER_MILLISECONDS}), consumer)


class Client:
    """Publishes and receives in one thread, so that neither keeps the other waiting for an interpreter's lock."""

    def __init__(self, producer: Producer, consumer: Consumer) -> None:
        """Use :func:`open_client`."""
        self._producer = producer
        self._consumer = consumer

    def exchange(self, rate: int, purchases: Sequence[tuple[str, bytes]]) -> Exchange:
        """Publish at a rate and receive until there are as many scores, or no more come.

        Args:
            rate: Purchases a second.
            purchases: With their customers.
        """
        exchange = Exchange(rate, began=time.time())
        deadline = exchange.began + len(purchases) / rate + _LAST_SCORE_SECONDS
        while len(exchange.received) < len(purchases) and time.time() < deadline:
            self._publish_due(exchange, purchases)
            self._receive(exchange)
        return exchange

    def _publish_due(self, exchange: Exchange, purchases: Sequence[tuple[str, bytes]]) -> None:
        published = exchange.published
        due = int((time.time() - exchange.began) * exchange.rate) + 1
        for customer_id, value in purchases[len(published) : due]:
            now = time.time()
            self._producer.produce(_PURCHASES, value, customer_id, timestamp=int(now * 1000))
            published.append(now)
        self._producer.poll(0)

    def _receive(self, exchange: Exchange) -> None:
        """Take the scores that are there, waiting for a tick at most; they are read when no more are timed."""
        messages = self._consumer.consume(_AT_ONCE, _WAIT_SECONDS)
        now = time.time()
        exchange.received += [
            (now, message.timestamp()[1] / 1000, message.value() or b"")
            for message in messages
            if message.error() is None and _OF_PURCHASE in (message.value() or b"")
        ]


def matched(exchange: Exchange) -> tuple[Times, Times]:
    """Return for each purchase when its score was received, and when the worker had sent it.

    Raises:
        RuntimeError: A purchase has no score, or two.
    """
    customers = exchange.rate * PAUSE_SECONDS
    received, sent = np.full((2, len(exchange.published)), np.nan)
    for arrived, handed_over, record in exchange.received:
        score = decode_risk_score(record)
        first = int(score.customer_id.rpartition("-")[2])
        # The stamp is never before the publication, and the customer's next purchase is seconds away.
        mine = [int(at * 1000) for at in exchange.published[first::customers]]
        place = first + (bisect_right(mine, to_ms(score.scored_at)) - 1) * customers
        if place < 0 or not np.isnan(received[place]):
            raise RuntimeError(f"a score of {score.customer_id} belongs to no purchase, or to one that has its own")
        received[place], sent[place] = arrived, handed_over
    if missing := int(np.isnan(received).sum()):
        raise RuntimeError(
            f"{missing} of {len(received)} purchases at {exchange.rate} a second were not scored in time"
        )
    return received, sent
