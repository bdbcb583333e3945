"""Odd customers: whatever happened, their scores are finite and within limits."""

from math import isfinite

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.facts import CONTACT, PURCHASE, RETURN, Fact, order_of
from customers.features.features import features_of
from customers.state import KEPT_PURCHASE_TIMES, Customer
from risk.evaluation.decision_schedule import OnCalendar
from risk.learning.learner import Learner
from risk.scoring.scorer import RiskScorer
from schemas.moments import DAY_MS, from_ms
from schemas.settings.risk import RiskSettings, SegmentSettings
from tests.kit.suite.cases import cases
from tests.risk.histories import START_MS, customer_of, day, play, shop_history

_HORIZON = 30.0
_moments = st.integers(START_MS, START_MS + 4_000 * DAY_MS)
_amounts = st.sampled_from([0.0, 0.01, 19.99, 1e9])
_purchases = st.builds(
    lambda event, at, amount, units: Fact(at, event, PURCHASE, at, amount, units),
    st.integers(0, 2**63), _moments, _amounts, st.integers(0, 1_000_000),
)  # fmt: skip
_returns = st.builds(
    lambda event, at, amount, harmful: Fact(at, event, RETURN, at, amount, 1, harmful),
    st.integers(0, 2**63), _moments, _amounts, st.booleans(),
)  # fmt: skip
_contacts = st.builds(
    lambda event, at, harmful, sentiment, leaving: Fact(
        at, event, CONTACT, at, harmful=harmful, settled=not harmful, sentiment=sentiment, leaving=leaving
    ),
    st.integers(0, 2**63), _moments, st.booleans(), st.none() | st.integers(-2, 2), st.booleans(),
)  # fmt: skip


@pytest.fixture(scope="module")
def learner() -> Learner:
    settings = RiskSettings(horizon_days=_HORIZON)
    return play(shop_history(customers=60, days=240), OnCalendar("month"), settings)[0].learner


@pytest.fixture(scope="module", params=["rule", "model"])
def judge(request: pytest.FixtureRequest, learner: Learner) -> RiskScorer:
    """Return a scorer before and one after learning."""
    judge = RiskScorer(RiskSettings(horizon_days=_HORIZON), SegmentSettings(), "EUR")
    if request.param == "model":
        assert judge.load(learner.publish(0, from_ms(0)))
    return judge


def _is_sane(judge: RiskScorer, customer: Customer, at: int) -> bool:
    features = features_of([customer], [at], _HORIZON)
    assert np.isfinite(features.values).all()
    (judgement,) = judge([customer], [at], features)
    outlook, when = judgement.outlook, judgement.next_purchase
    if outlook is not None:
        assert outlook.nothing + outlook.less + outlook.usual + outlook.more == pytest.approx(1.0, abs=2e-4)
    if when is not None:
        assert from_ms(at) <= when.earliest_at <= when.expected_at <= when.latest_at
    assert all(isfinite(reason.effect) for reason in judgement.reasons)
    assert not any(word in reason.text for reason in judgement.reasons for word in ("nan", "inf", "-1 day"))
    worth = judgement.yearly_margin
    return 0.0 <= judgement.risk <= 1.0 and 0.0 <= judgement.value_at_risk <= worth + 0.01 < float("inf")


@settings(max_examples=cases(40, usual=10))
@given(st.lists(_purchases | _returns | _contacts, min_size=1, max_size=12), st.integers(0, 4_000))
def test_every_score_is_within_its_limits(judge: RiskScorer, facts: list[Fact], later: int) -> None:
    at = max(fact.occurred for fact in facts) + later * DAY_MS

    assert _is_sane(judge, customer_of(sorted(facts, key=order_of)), at)


@settings(max_examples=cases(40, usual=10))
@given(_purchases, st.integers(0, 4_000))
def test_one_purchase_is_enough(judge: RiskScorer, bought: Fact, later: int) -> None:
    assert _is_sane(judge, customer_of([bought]), bought.occurred + later * DAY_MS)


@settings(max_examples=cases(40, usual=10))
@given(st.lists(_contacts, min_size=1, max_size=5), st.integers(0, 4_000))
def test_so_are_contacts_without_a_purchase(judge: RiskScorer, contacts: list[Fact], later: int) -> None:
    at = max(one.occurred for one in contacts) + later * DAY_MS

    assert _is_sane(judge, customer_of(sorted(contacts, key=order_of)), at)


@settings(max_examples=cases(40, usual=10))
@given(st.integers(2, 20), _amounts)
def test_purchases_of_one_second_and_for_nothing_are_borne(judge: RiskScorer, count: int, amount: float) -> None:
    facts = [Fact(day(1) + number, number, PURCHASE, day(1) + number, amount, 1) for number in range(count)]

    assert _is_sane(judge, customer_of(facts), day(1) + 1_000)


@settings(max_examples=cases(40, usual=10))
@given(st.lists(_purchases | _contacts, min_size=1, max_size=8))
def test_a_clock_that_stands_still_says_the_same_again(judge: RiskScorer, facts: list[Fact]) -> None:
    customer, at = customer_of(sorted(facts, key=order_of)), max(fact.occurred for fact in facts)
    features = [features_of([customer], [at], _HORIZON) for _ in range(2)]

    assert judge([customer], [at], features[0]) == judge([customer], [at], features[1])
    assert _is_sane(judge, customer, at)


@pytest.mark.parametrize("apart", [1, 1_000, DAY_MS // 4])
def test_ten_thousand_purchases_are_borne_in_a_bounded_state(judge: RiskScorer, apart: int) -> None:
    times = range(START_MS, START_MS + 10_000 * apart, apart)
    customer = customer_of(Fact(at, number, PURCHASE, at, 5.0, 1) for number, at in enumerate(times))

    assert customer.purchases == 10_000
    assert len(customer.purchase_times) == KEPT_PURCHASE_TIMES
    assert _is_sane(judge, customer, times[-1])
    assert _is_sane(judge, customer, times[-1] + 3_650 * DAY_MS)
