"""What every peer does with a purchase, by the worker's own steps, so that only what carries it differs.

Runs in the peers' environment, and so imports nothing but ``customers``, ``risk`` and ``schemas``.
"""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

import msgspec

from customers.advance import advance, receive
from customers.encode import decode_customer, encode_customer
from customers.facts import Fact, decode_line, fact_of
from customers.features import features_of
from customers.fold import fold
from customers.policy import policy_of
from customers.schedule import NOT_DUE, due_at
from customers.state import Customer
from risk.judge import RiskJudge
from risk.model import Scorer, probability
from risk.records import score_of
from schemas.moments import from_ms
from schemas.records import decode_model, encode_record
from schemas.settings import RiskSettings, SegmentSettings

COMMIT_SECONDS: Final = 1
"""How often peers make their state durable; the worker does so twelve times as often."""

PRODUCER: Final = {"linger.ms": 5, "compression.type": "lz4"}
"""As the worker's."""


class PeerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a peer is told at its start.

    Attributes:
        bootstrap_servers: Brokers, host:port.
        name: Consumer group, and the first part of its topics' names.
        purchases: Topic of the purchases.
        scores: Topic of the scores.
        partitions: Of both.
        folder: Where its state lies.
        model: File with a published model.
        whole: Do all that the worker does at a purchase, not only what a risk takes.
        exactly_once: Ask for transactions, where the peer has them.
    """

    bootstrap_servers: str
    name: str
    purchases: str
    scores: str
    partitions: int
    folder: str
    model: str
    whole: bool = False
    exactly_once: bool = False


class PlainScore(msgspec.Struct, frozen=True):
    """What peers write: a risk without reasons.

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


class Step(Protocol):
    """One purchase into one customer."""

    def __call__(self, kept: bytes | None, purchase: bytes) -> tuple[bytes, bytes]:
        """Return the customer as it is to be kept, and the score to be sent.

        Args:
            kept: What was returned at the customer's last purchase; None at the first.
            purchase: As it lies on the topic.
        """
        ...


def step_of(settings: PeerSettings) -> Step:
    """The step that the settings ask for."""
    model = Path(settings.model).read_bytes()
    return WholeWork(model) if settings.whole else PlainWork(model)


class PlainWork:
    """Folds a purchase and gives a risk: no questions, no reasons, nothing looked for among earlier events."""

    def __init__(self, model: bytes) -> None:
        """Take a model into use, as published."""
        risk = RiskSettings()
        self._horizon_days = risk.horizon_days
        self._policy = replace(policy_of(risk), remembered_events=0)
        self._scorer = Scorer(decode_model(model), risk.horizon_days)

    def score(self, customer_id: str, customer: Customer, purchase: Fact) -> PlainScore:
        """Fold and judge.

        Args:
            customer_id: Whose purchase it is.
            customer: Changed in place.
            purchase: What of it matters.
        """
        fold(customer, purchase, self._policy)
        log_odds, _ = self._scorer.log_odds(features_of(customer, purchase.stamp, self._horizon_days))
        risk = round(probability(log_odds), 6)
        return PlainScore(customer_id, from_ms(purchase.stamp), risk, self._scorer.version)

    def __call__(self, kept: bytes | None, purchase: bytes) -> tuple[bytes, bytes]:
        """One purchase into one customer."""
        line, customer = decode_line(purchase), thaw(kept)
        score = self.score(line.customer_id, customer, fact_of(line))
        return freeze(customer), encode_plain_score(score)


class WholeWork:
    """Does all that the worker does at a purchase, but sends only the purchase's own score.

    What falls due for a customer between two purchases is done at the second, for want of a clock.
    """

    def __init__(self, model: bytes) -> None:
        """Take a model into use, as published."""
        risk = RiskSettings()
        self._policy = policy_of(risk)
        self._judge = RiskJudge(risk, SegmentSettings(), "USD")
        self._judge.take(decode_model(model))

    def __call__(self, kept: bytes | None, purchase: bytes) -> tuple[bytes, bytes]:
        """One purchase into one customer."""
        line, customer = decode_line(purchase), thaw(kept)
        fact = fact_of(line)
        receive(customer, fact)
        outcome = advance(customer, line.customer_id, fact.stamp, self._policy, self._judge)
        score = score_of(line.customer_id, outcome.scored[-1])
        return encode_customer(customer, due_at(customer)), encode_record(score)


def thaw(kept: bytes | None) -> Customer:
    """A customer as kept between purchases; a new one where nothing is kept."""
    return Customer() if kept is None else decode_customer(kept)


def freeze(customer: Customer) -> bytes:
    """A customer without anything due, as bytes."""
    return encode_customer(customer, NOT_DUE)
