"""Features: finite for every customer, however odd, at every moment."""

from math import isfinite

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.facts import RETURN, Fact
from customers.features.feature_names import FEATURE_NAMES, OBSERVED
from customers.features.feature_snapshot import decode_features, encode_features
from customers.features.features import features_ahead, features_of
from customers.state import Customer
from schemas.moments import DAY_MS
from tests.customers.lives import START, contact, features_at, folded, lives, lives_with_repeats, purchase

far = st.integers(0, START + 100 * 365 * DAY_MS)


def _named(customer: Customer, now: int) -> dict[str, float]:
    return dict(zip(FEATURE_NAMES, features_at(customer, now), strict=True))


@given(life=lives | lives_with_repeats, now=far)
def test_features_are_finite_for_every_customer_at_every_instant(life: list[Fact], now: int) -> None:
    assert all(isfinite(feature) for feature in features_at(folded(life), now))


@given(lives=st.lists(st.tuples(lives | lives_with_repeats, far), min_size=1, max_size=6))
def test_a_customers_features_do_not_depend_on_the_batch(lives: list[tuple[list[Fact], int]]) -> None:
    customers, moments = [folded(life) for life, _ in lives], [now for _, now in lives]

    together = features_of(customers, moments, 90.0)

    assert together.values.T.tolist() == [
        features_at(customer, now) for customer, now in zip(customers, moments, strict=True)
    ]


@given(
    lives=st.lists(lives | lives_with_repeats, min_size=1, max_size=4),
    ahead=st.lists(st.integers(0, 400), min_size=1, max_size=4),
)
def test_features_ahead_are_those_of_each_instant(lives: list[list[Fact]], ahead: list[int]) -> None:
    customers = [folded(life) for life in lives]
    moments = [[START + (index + days) * DAY_MS for days in ahead] for index in range(len(lives))]

    together = features_ahead(customers, np.array(moments), 90.0)

    assert together.values.T.tolist() == [
        features_at(customer, now) for customer, own in zip(customers, moments, strict=True) for now in own
    ]


@given(lives=st.lists(lives | lives_with_repeats, min_size=1, max_size=6), later=st.integers(0, 4_000))
def test_feature_snapshots_round_trip_to_three_digits(lives: list[list[Fact]], later: int) -> None:
    now = START + (100 + later) * DAY_MS
    features = features_of([folded(life) for life in lives], [now] * len(lives), 90.0)

    thawed = decode_features(encode_features(features), [90.0] * len(lives))

    assert thawed[:OBSERVED] == pytest.approx(features.values[:OBSERVED], rel=1e-3, abs=1e-4)
    assert thawed == pytest.approx(features.values, rel=0.01, abs=0.2)


@given(life=lives, now=far)
def test_feature_snapshots_do_not_depend_on_the_batch(life: list[Fact], now: int) -> None:
    customers = [folded(life), Customer(), folded(life[:1])]

    together = encode_features(features_of(customers, [now] * 3, 90.0))

    assert together == [encode_features(features_of([customer], [now], 90.0))[0] for customer in customers]


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
    features = features_of([folded(life)], [now], 90.0)

    assert np.isfinite(features.values).all()
    assert np.isfinite(decode_features(encode_features(features), [90.0])).all()


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
