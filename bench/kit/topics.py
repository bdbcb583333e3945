"""Stayline's topics on a broker, and pages on them."""

from collections.abc import Sequence
from typing import Final

from bench.kit.broker import BROKER_TIME, PARTITIONS, BenchmarkBroker
from bench.kit.purchases import GeneratedPurchase, pages_of
from schemas.settings.connections import KafkaSettings
from schemas.settings.processes import WorkerSettings
from schemas.topics import INTERACTIONS, MODEL_EPOCHS
from streams.topics import create_topics

SCORES: Final = "risk_scores"


def prepare(broker: BenchmarkBroker, model: bytes) -> None:
    """Create the topics and publish a model; the broker stamps each score when it takes it."""
    broker.create(SCORES, **BROKER_TIME)
    kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers, interactions_partitions=PARTITIONS)
    create_topics(kafka, WorkerSettings())
    broker.fill(MODEL_EPOCHS, [(0, "model", model, [], 0)])


def publish_pages(broker: BenchmarkBroker, purchases: Sequence[GeneratedPurchase]) -> None:
    """Publish purchases on pages."""
    pages = pages_of(purchases, PARTITIONS)
    broker.fill(INTERACTIONS, ((number, None, value, headers, 0) for number, value, headers in pages))
