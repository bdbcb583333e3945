from math import isfinite

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.facts import CONTACT, PURCHASE, RETURN, Fact
from customers.features.feature_names import FEATURE_GROUPS, FEATURE_NAMES
from customers.features.feature_snapshot import decode_features, encode_features
from customers.features.features import features_of
from customers.state import Customer
from risk.scoring.scorer import RiskScorer
from schemas.records.model import RULE_VERSION
from schemas.settings.risk import RiskSettings, SegmentSettings
from tests.customers.lives import features_at
from tests.risk.histories import customer_of, day


def _bought(*days: float, amount: float = 20.0, units: int = 1) -> list[Fact]:
    return [Fact(day(number), index, PURCHASE, day(number), amount, units) for index, number in enumerate(days)]


_ODD_CUSTOMERS = {
    "nobody": [],
    "one purchase": _bought(0.0),
    "two in one second": _bought(0.0, 0.0),
    "thousands in a day": _bought(*(number / 5000 for number in range(5000))),
    "nothing paid": _bought(0.0, 1.0, 2.0, amount=0.0, units=0),
    "a fortune paid": _bought(0.0, 1.0, amount=1e14, units=10**9),
    "only contacts": [Fact(day(0), 1, CONTACT, day(0), harmful=True, sentiment=-2, leaving=True)],
    "only returns": [Fact(day(0), 1, RETURN, day(0), 1e14, 10**9, harmful=True)],
    "out of order": [*_bought(50.0), Fact(day(50), 77, PURCHASE, day(2), 1.0, 1)],
}


@pytest.mark.parametrize("facts", _ODD_CUSTOMERS.values(), ids=_ODD_CUSTOMERS)
@pytest.mark.parametrize("later", [0.0, 1e-8, 90.0, 36_500.0])
@pytest.mark.parametrize("horizon_days", [0.01, 90.0, 730.0])
def test_features_and_risk_of_odd_customers_are_finite(facts: list[Fact], later: float, horizon_days: float) -> None:
    customer, now = customer_of(facts), day(60 + later)

    features = features_of([customer], [now], horizon_days)
    judge = RiskScorer(RiskSettings(horizon_days=horizon_days), SegmentSettings(), "USD")
    (judgement,) = judge([customer], [now], features)

    assert features.values.shape == (len(FEATURE_NAMES), 1)
    assert np.isfinite(features.values).all()
    assert np.isfinite(decode_features(encode_features(features), [horizon_days])).all()
    assert 0.0 <= judgement.risk <= 1.0
    assert isfinite(judgement.value_at_risk)
    assert judgement.model_version == RULE_VERSION


@given(
    st.lists(st.tuples(st.floats(0.0, 3650.0), st.integers(0, 2), st.floats(0.0, 1e12)), max_size=40),
    st.floats(0.0, 3650.0),
)
def test_features_are_finite_after_any_events(events: list[tuple[float, int, float]], later: float) -> None:
    customer = customer_of(
        Fact(day(on), index, kind, day(on), amount, index) for index, (on, kind, amount) in enumerate(events)
    )

    assert all(map(isfinite, features_at(customer, day(3650 + later))))


def test_every_feature_belongs_to_a_group_with_a_name() -> None:
    assert tuple(FEATURE_GROUPS) == FEATURE_NAMES
    assert all(FEATURE_GROUPS.values())


def test_a_new_customer_can_be_asked_about_too() -> None:
    assert all(map(isfinite, features_at(Customer(), day(0))))
