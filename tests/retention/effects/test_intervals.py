"""Intervals of means: what they cover, and how many decisions they need."""

from math import inf, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import ttest_1samp

from retention.effects.intervals import (
    Estimate,
    always_valid_factor,
    clustered_error,
    decisions_needed,
    estimate_mean,
)


def test_with_one_decision_a_customer_the_error_is_that_of_a_mean() -> None:
    scores = np.random.default_rng(1).normal(3.0, 2.0, 500)

    estimate = estimate_mean(scores, np.arange(500))

    expected = ttest_1samp(scores, 0.0)
    assert estimate.value / estimate.error == pytest.approx(expected.statistic)


def test_decisions_on_one_customer_count_as_one() -> None:
    once = np.random.default_rng(2).normal(size=300)

    single = estimate_mean(once, np.arange(300))
    fourfold = estimate_mean(np.repeat(once, 4), np.repeat(np.arange(300), 4))

    assert fourfold.error == pytest.approx(single.error)
    assert (fourfold.decisions, fourfold.customers) == (1200, 300)


@given(st.permutations(range(20)))
def test_the_order_of_decisions_does_not_matter(order: list[int]) -> None:
    scores, customer = np.sqrt(np.arange(20.0)), np.arange(20) % 7

    estimate, shuffled = estimate_mean(scores, customer), estimate_mean(scores[order], customer[order])

    assert shuffled.value == pytest.approx(estimate.value)
    assert shuffled.error == pytest.approx(estimate.error)


def test_one_customer_has_an_unbounded_interval() -> None:
    estimate = estimate_mean(np.array([1.0, 2.0]), np.array([5, 5]))

    assert clustered_error(np.array([1.0]), np.array([1])) == (inf, 1)
    assert (estimate.fixed.low, estimate.always.high) == (-inf, inf)


def test_the_always_valid_interval_is_that_of_the_published_theorem() -> None:
    # Theorem 2.2 with the parameter that minimises the width at 2,000 observations, found numerically here.
    def width(log_variance: float, n: float) -> float:
        mixture = n * np.exp(log_variance)
        return sqrt(2 * (mixture + 1) / (n * mixture) * log(sqrt(mixture + 1) / 0.05))

    best = minimize_scalar(lambda x: width(x, 2_000), bounds=(-15, 5), method="bounded").x

    for n in (10, 500, 2_000, 80_000):
        assert always_valid_factor(n) / sqrt(n) == pytest.approx(width(best, n), rel=1e-4)


def test_the_always_valid_interval_holds_at_all_looks_and_the_other_does_not() -> None:
    n, looks, runs = 3_000, np.arange(30, 3_001), 400
    draws = np.random.default_rng(3).exponential(size=(runs, n)) - 1.0
    counts = np.arange(1, n + 1)
    means = draws.cumsum(axis=1) / counts
    errors = np.sqrt(((draws**2).cumsum(axis=1) / counts - means**2) / counts)
    factors = np.array([always_valid_factor(float(look)) for look in looks])

    misses = np.abs(means[:, looks - 1]) > factors * errors[:, looks - 1]
    misses_of_fixed = np.abs(means[:, looks - 1]) > 1.96 * errors[:, looks - 1]

    assert misses.any(axis=1).mean() <= 0.05
    assert misses_of_fixed.any(axis=1).mean() > 0.3


@pytest.mark.parametrize("value", [0.02, -0.05, 0.3])
def test_as_many_decisions_as_said_exclude_zero(value: float) -> None:
    estimate = Estimate(value, 0.1, 2_000, 1_000)

    more = decisions_needed(estimate)
    customers = 1_000 + more / 2
    later = Estimate(value, 0.1 * sqrt(1_000 / customers), 2_000 + more, round(customers))

    assert abs(value) == pytest.approx(later.always.high - later.value, rel=0.01) or more == 0
    assert later.always.low > 0.0 or later.always.high < 0.0 or more > 0


def test_an_estimate_near_zero_asks_for_what_the_smallest_effect_that_matters_needs() -> None:
    assert decisions_needed(Estimate(0.001, 0.1, 100, 100), least=0.2) == decisions_needed(Estimate(0.2, 0.1, 100, 100))
