"""Committed scores as they come, and what they must be."""

import math
import time
from collections.abc import Sequence
from typing import Final
from uuid import uuid4

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from bench.kit.broker import PARTITIONS
from bench.kit.purchases import GeneratedPurchase
from bench.kit.topics import SCORES
from bench.scale.population import Population
from customers.advance import advance, receive
from customers.encoding.encode import decode_customer
from customers.fact_line import decode_line
from customers.facts import fact_of
from risk.scoring.scorer import RiskScorer
from runtime.kafka.options import consumer_options
from schemas.moments import to_ms
from schemas.records.score import RiskScore, decode_risk_score
from schemas.settings.connections import KafkaSettings

_BATCH: Final = 10_000
_WAIT_SECONDS: Final = 0.02
_TOLERANCE: Final = 1e-6


class Scores:
    """Reads the scores of interactions from the beginning of the topic on."""

    def __init__(self, bootstrap_servers: str) -> None:
        """Open it.

        Args:
            bootstrap_servers: Of the broker.
        """
        self._consumer = Consumer(consumer_options(KafkaSettings(bootstrap_servers=bootstrap_servers), uuid4().hex))
        self._consumer.assign([TopicPartition(SCORES, number, OFFSET_BEGINNING) for number in range(PARTITIONS)])

    def take(self, count: int, seconds: float) -> list[tuple[int, RiskScore]]:
        """Read the next scores.

        Args:
            count: How many.
            seconds: How long to wait at most.

        Returns:
            When the broker took each, ms since 1970, and what it says.

        Raises:
            RuntimeError: Fewer arrived in time.
        """
        deadline = time.monotonic() + seconds
        taken: list[tuple[int, RiskScore]] = []
        while len(taken) < count:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{len(taken)} of {count} scores within {seconds:.0f} s")
            for message in self._consumer.consume(_BATCH, _WAIT_SECONDS):
                if message.error() is None:
                    score = decode_risk_score(message.value() or b"")
                    if score.cause == "interaction":
                        taken.append((message.timestamp()[1], score))
        return taken

    def close(self) -> None:
        """Leave."""
        self._consumer.close()


def require_right(
    scores: Sequence[RiskScore], purchases: Sequence[GeneratedPurchase], population: Population, judge: RiskScorer
) -> None:
    """Compare scores with what the pure steps make of the population's states and the same purchases.

    A worker that had lost a customer, or kept an older state of it, would give other risks.

    Args:
        scores: As they were read.
        purchases: The first ones of their customers since the population was settled.
        population: Holds the states before.
        judge: With the model that the workers use.

    Raises:
        RuntimeError: One differs or is missing.
    """
    found = {(score.customer_id, to_ms(score.scored_at)): score.risk for score in scores}
    for purchase in purchases:
        customer = decode_customer(population.state_of(purchase.customer_id))
        receive(customer, fact_of(decode_line(purchase.line)))
        outcome = advance(customer, purchase.customer_id, purchase.stamp, population.policy, judge)
        expected = outcome.scored[-1].score.risk
        risk = found.get((purchase.customer_id, purchase.stamp))
        if risk is None or not math.isclose(risk, expected, abs_tol=_TOLERANCE):
            raise RuntimeError(f"{purchase.customer_id} has the risk {risk}, not {expected}: its state is another one")
