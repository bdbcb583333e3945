"""Stayline's topics on a broker, and pages on them."""

from collections.abc import Sequence
from typing import Final

from bench.purchases import Purchase, pages_of
from bench.stage import BROKER_TIME, PARTITIONS, Stage
from schemas.settings import KafkaSettings, WorkerSettings
from streams.topics import INTERACTIONS, MODELS, create_topics

SCORES: Final = "risk_scores"


def prepare(stage: Stage, model: bytes) -> None:
    """Create the topics and publish a model; the broker stamps each score when it takes it."""
    stage.create(SCORES, **BROKER_TIME)
    kafka = KafkaSettings(bootstrap_servers=stage.bootstrap_servers, interactions_partitions=PARTITIONS)
    create_topics(kafka, WorkerSettings())
    stage.fill(MODELS, [(0, "model", model, [], 0)])


def publish_pages(stage: Stage, purchases: Sequence[Purchase]) -> None:
    """Publish purchases on pages."""
    pages = pages_of(purchases, PARTITIONS)
    stage.fill(INTERACTIONS, ((number, None, value, headers, 0) for number, value, headers in pages))
