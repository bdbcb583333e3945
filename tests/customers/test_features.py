"""Features: finite for every customer, however odd, at every moment."""

from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.facts import RETURN, Fact
from customers.features import FEATURE_NAMES, features_of, pack, unpack
from customers.state import Customer
from schemas.moments import DAY_MS
from tests.customers.lives import START, contact, folded, lives, lives_with_repeats, purchase

far = st.integers(0, START + 100 * 365 * DAY_MS)


def _named(customer: Customer, now: int) -> dict[str, float]:
    return dict(zip(FEATURE_NAMES, features_of(customer, now, 90.0), strict=True))


@given(life=lives | lives_with_repeats, now=far)
def test_features_are_finite_whoever_the_customer_and_whenever_it_is(life: list[Fact], now: int) -> None:
    features = features_of(folded(life), now, 90.0)

    assert all(isfinite(feature) for feature in features)
    assert unpack(pack(features)) == pytest.approx(features, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize(
    "life",
    [
        [],
        [contact(START)],
        [Fact(START, 1, RETURN, START, 1e15, harmful=True)],
        [purchase(START)],
        [purchase(START, amount=0.0), purchase(START + DAY_MS, amount=0.0)],
        [purchase(START, event=1), purchase(START, event=2)],
        [purchase(START), purchase(START + 1)],
        [purchase(START + number * DAY_MS // 4) for number in range(10_000)],
        [purchase(1), purchase(START)],
        [purchase(START, amount=1e29)],
    ],
    ids=[
        "nothing", "contact", "return", "one purchase", "for nothing", "at once", "in two moments", "ten thousand",
        "since 1970", "all the money",
    ],
)  # fmt: skip
@pytest.mark.parametrize("now", [1, START - DAY_MS, START, START + DAY_MS, START + 100 * 365 * DAY_MS])
def test_features_of_odd_customers_are_finite(life: list[Fact], now: int) -> None:
    features = features_of(folded(life), now, 90.0)

    assert all(isfinite(feature) for feature in features)
    pack(features)


def test_recency_runs_from_the_last_purchase_and_age_from_the_first() -> None:
    customer = folded([purchase(START), purchase(START + 10 * DAY_MS)])

    named = _named(customer, START + 13 * DAY_MS)

    assert (named["log_recency"], named["log_age"]) == pytest.approx((1.3862944, 2.6390573))


def test_a_moment_before_the_last_event_counts_as_that_event() -> None:
    customer = folded([purchase(START)])

    assert _named(customer, START) == _named(customer, START - DAY_MS)


def test_gaps_are_days_between_purchases() -> None:
    customer = folded([purchase(START), purchase(START + 2 * DAY_MS), purchase(START + 8 * DAY_MS)])

    named = _named(customer, START + 8 * DAY_MS)

    assert (named["log_last_gap"], named["log_mean_gap"], named["log_smoothed_gap"]) == pytest.approx(
        (1.9459101, 1.6094379, 1.6094379)
    )
    assert named["log_last_gap"] == named["log_longest_gap"]
