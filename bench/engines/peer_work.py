"""The work of a peer on a purchase: fold it by the worker's own step, and predict with the same model.

Runs in the peers' environment, and so imports nothing but ``customers``, ``risk`` and ``schemas``.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from bench.engines.plain_python import features_alone, predictor_of
from customers.encoding.encode import decode_customer, encode_customer
from customers.fact_line import decode_line
from customers.facts import Fact, fact_of
from customers.fold import fold
from customers.policy import policy_of
from customers.reviews.schedule import NOT_DUE
from customers.state import Customer
from risk.learning.learner import Learner
from schemas.moments import from_ms
from schemas.records.model import Model, decode_model
from schemas.settings.risk import RiskSettings

COMMIT_SECONDS: Final = 1
"""Seconds between commits of a peer; the worker commits twelve times as often."""

PRODUCER: Final = {"linger.ms": 5, "compression.type": "lz4"}
"""As the worker's."""


class PeerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of a peer, given at its start.

    Attributes:
        bootstrap_servers: Brokers, host:port.
        name: Consumer group, and the first part of its topics' names.
        purchases: Topic of the purchases.
        scores: Topic of the scores.
        partitions: Of both.
        folder: Where its state lies.
        model: File with a published model.
        arithmetic: Predict by the published numbers, written out, not by River's own pipeline.
        exactly_once: Ask for transactions, where the peer has them.
    """

    bootstrap_servers: str
    name: str
    purchases: str
    scores: str
    partitions: int
    folder: str
    model: str
    arithmetic: bool = False
    exactly_once: bool = False


class PlainScore(msgspec.Struct, frozen=True):
    """Score of a peer: a risk without reasons.

    Attributes:
        customer_id: Whose it is.
        scored_at: The moment that it speaks of, UTC.
        risk: Probability that the customer buys nothing within the horizon.
        model_version: Which model answered.
    """

    customer_id: str
    scored_at: datetime
    risk: float
    model_version: str


decode_settings: Final = msgspec.json.Decoder(PeerSettings).decode
encode_settings: Final = msgspec.json.Encoder().encode
encode_plain_score: Final = msgspec.json.Encoder().encode
decode_plain_score: Final = msgspec.json.Decoder(PlainScore).decode


def step_of(settings: PeerSettings) -> "PlainWork":
    """The step that the settings ask for."""
    model = decode_model(Path(settings.model).read_bytes())
    return PlainWork(model, predictor_of(model) if settings.arithmetic else Learner.resume(model).predict)


class PlainWork:
    """Folds a purchase and gives a risk: no questions, no reasons, nothing looked for among earlier events."""

    def __init__(self, model: Model, predict: Callable[[list[float]], float]) -> None:
        """Take a model into use.

        Args:
            model: As published.
            predict: The probability of leaving, by this model, of who has such features.
        """
        risk = RiskSettings()
        self._horizon_days = risk.horizon_days
        self._policy = replace(policy_of(risk), remembered_events=0)
        self._version = model.version
        self._predict = predict

    def score(self, customer_id: str, customer: Customer, purchase: Fact) -> PlainScore:
        """Fold and judge.

        Args:
            customer_id: Whose purchase it is.
            customer: Changed in place.
            purchase: What of it matters.
        """
        fold(customer, purchase, self._policy)
        risk = self._predict(features_alone(customer, purchase.stamp, self._horizon_days))
        return PlainScore(customer_id, from_ms(purchase.stamp), round(risk, 6), self._version)

    def __call__(self, kept: bytes | None, purchase: bytes) -> tuple[bytes, bytes]:
        """One purchase into one customer."""
        line, customer = decode_line(purchase), thaw(kept)
        score = self.score(line.customer_id, customer, fact_of(line))
        return freeze(customer), encode_plain_score(score)


def thaw(kept: bytes | None) -> Customer:
    """A customer as kept between purchases; a new one where nothing is kept."""
    return Customer() if kept is None else decode_customer(kept)


def freeze(customer: Customer) -> bytes:
    """A customer without anything due, as bytes."""
    return encode_customer(customer, NOT_DUE)
