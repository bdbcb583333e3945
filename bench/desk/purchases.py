"""Purchases that go through the pipeline while people are at the desk."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Final

from confluent_kafka import Producer

from bench.latency.exchange import LINGER_MILLISECONDS
from bench.latency.load import purchases_at
from runtime.kafka.options import producer_options
from schemas.settings.connections import KafkaSettings

_PUBLISH_SECONDS: Final = 0.02
_LONGEST_SECONDS: Final = 300.0
"""Purchases are made up beforehand, for longer than people are at the desk."""


@contextmanager
def published_purchases(kafka: KafkaSettings, rate: int, seed: int) -> Iterator[None]:
    """Purchases at a rate until the block ends, published by a thread that sleeps in between.

    Args:
        kafka: Where Kafka is.
        rate: Purchases a second.
        seed: Of what is bought.
    """
    purchases = iter(purchases_at(rate, int(rate * _LONGEST_SECONDS), seed, "desk"))
    done = threading.Event()
    thread = threading.Thread(target=_publish, args=(kafka, rate, purchases, done))
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _publish(kafka: KafkaSettings, rate: int, purchases: Iterator[tuple[str, bytes]], done: threading.Event) -> None:
    producer = Producer({**producer_options(kafka, None), "linger.ms": LINGER_MILLISECONDS})
    began, published = time.time(), 0
    while not done.wait(_PUBLISH_SECONDS):
        due = int((time.time() - began) * rate)
        for customer_id, value in islice(purchases, due - published):
            producer.produce("purchases", value, customer_id)
        published = due
        producer.poll(0)
    producer.flush(30)
