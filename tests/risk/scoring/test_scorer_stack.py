"""A stack of scorers: each customer gets the score that the customer's own scorer gives alone, to the last bit."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.facts import PURCHASE, Fact, order_of
from customers.features.features import Features, features_ahead, features_of
from customers.state import Customer
from risk.evaluation.decision_schedule import OnCalendar
from risk.learning.learner import Learner
from risk.scoring.scorer import RiskScorer
from risk.scoring.scorer_stack import ScorerStack
from schemas.moments import DAY_MS, from_ms
from schemas.records.model import Model
from schemas.settings.risk import RiskSettings, SegmentSettings
from tests.kit.suite.cases import cases
from tests.risk.histories import customer_of, day, play, shop_history

_RISK = RiskSettings(horizon_days=30.0)
_purchases = st.builds(
    lambda event, on, amount: Fact(day(on), event, PURCHASE, day(on), amount, 1),
    st.integers(0, 2**63), st.integers(0, 700), st.floats(0.01, 500.0),
)  # fmt: skip
_lives = st.lists(_purchases, min_size=1, max_size=8)


def _published(seed: int) -> Model:
    learner: Learner = play(shop_history(seed=seed, customers=60, days=240), OnCalendar("month"), _RISK)[0].learner
    return learner.publish(0, from_ms(0))


def _scorer(model: Model | None) -> RiskScorer:
    scorer = RiskScorer(_RISK, SegmentSettings(), "EUR")
    if model is not None:
        assert scorer.load(model)
    return scorer


@pytest.fixture(scope="module")
def scorers() -> list[RiskScorer]:
    """Return the rule, two whole models, and models without one part each."""
    first, second = _published(1), _published(2)
    parts: list[dict[str, None]] = [{"outlook": None}, {"bend": None}, {"at_purchase": None}]
    partial = [msgspec.structs.replace(first, **part) for part in parts]
    assert first != second
    assert all(model != first for model in partial)
    return [_scorer(model) for model in (None, first, second, *partial)]


def _at(customer: Customer, later: int) -> int:
    return customer.clock + later * DAY_MS


_drawn = st.lists(st.tuples(_lives, st.integers(0, 90), st.integers(0, 5)), min_size=1, max_size=12)


@settings(max_examples=cases(200, usual=40))
@given(drawn=_drawn, absent=st.booleans())
def test_every_score_is_that_of_the_scorer_alone(
    scorers: list[RiskScorer], drawn: list[tuple[list[Fact], int, int]], *, absent: bool
) -> None:
    customers = [customer_of(sorted(facts, key=order_of)) for facts, _, _ in drawn]
    moments = [_at(customer, later) for customer, (_, later, _) in zip(customers, drawn, strict=True)]
    owners = [scorers[number] for _, _, number in drawn]
    features = features_of(customers, moments, _RISK.horizon_days)
    if absent:
        shares = np.linspace(0.0, 0.9, len(drawn))
        features = Features(features.values, features.horizon_days, np.array([1.0 + shares, shares]))

    together, log_odds = ScorerStack(owners), ScorerStack(owners).log_odds(features)

    alone = [features.only(np.array([row])) for row in range(len(drawn))]
    assert together(customers, moments, features) == [
        owner([customer], [now], own)[0]
        for owner, customer, now, own in zip(owners, customers, moments, alone, strict=True)
    ]
    assert log_odds.tolist() == [owner.predictor.log_odds(own).item() for owner, own in zip(owners, alone, strict=True)]


@settings(max_examples=cases(60, usual=15))
@given(drawn=_drawn)
def test_instants_side_by_side_are_scored_by_the_scorer_of_their_customer(
    scorers: list[RiskScorer], drawn: list[tuple[list[Fact], int, int]]
) -> None:
    customers = [customer_of(sorted(facts, key=order_of)) for facts, _, _ in drawn]
    moments = np.array([[customer.clock, _at(customer, 30)] for customer in customers])
    owners = [scorers[number] for _, _, number in drawn]
    features = features_ahead(customers, moments, _RISK.horizon_days)

    together = ScorerStack(owners, instants=2).log_odds(features)

    each = ScorerStack([owner for owner in owners for _ in range(2)]).log_odds(features)
    assert together.tolist() == each.tolist()
