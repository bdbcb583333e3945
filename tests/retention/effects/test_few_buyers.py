"""The interval for a single look where few customers buy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.effects.few_buyers import interval_with_few_buyers
from retention.effects.intervals import Estimate, Interval, estimate_mean

NOBODY = np.zeros(400, dtype=np.bool_)


def test_of_a_rate_it_is_that_of_agresti_and_caffo() -> None:
    number = np.arange(400)
    held_out, bought = number < 100, np.isin(number, [3, 7, *range(120, 150)])
    expected, gain = 0.02, 0.08  # as many as bought, so that the regression leaves nothing
    scores = gain + np.where(held_out, (expected - bought) / 0.25, (bought - expected - gain) / 0.75)

    found = interval_with_few_buyers(
        estimate_mean(scores, number), np.where(bought, 1.0, 0.0), bought, np.full(400, 0.25)
    )

    ghosts, told = (2 + 1) / (100 + 2), (30 + 1) / (300 + 2)
    error = np.sqrt(ghosts * (1 - ghosts) / 102 + told * (1 - told) / 302)
    assert found is not None
    assert found.low == pytest.approx(told - ghosts - 1.96 * error, abs=0.005)
    assert found.high == pytest.approx(told - ghosts + 1.96 * error, abs=0.005)


@given(
    st.lists(st.tuples(st.booleans(), st.floats(0.01, 500.0), st.floats(-100.0, 100.0)), min_size=2, max_size=40),
    st.floats(0.02, 0.5),
)
def test_it_holds_the_estimate_and_is_wider_than_the_normal_one(
    outcomes: list[tuple[bool, float, float]], share: float
) -> None:
    bought = np.array([one[0] for one in outcomes])
    margin = np.array([one[1] for one in outcomes]) * bought
    estimate = estimate_mean(np.array([one[2] for one in outcomes]), np.arange(len(outcomes)))

    found = interval_with_few_buyers(estimate, margin, bought, np.full(len(outcomes), share))

    if not bought.any():
        assert found is None
        return
    assert found is not None
    assert found.contains(estimate.value)
    assert found.high - found.low > estimate.fixed.high - estimate.fixed.low


def test_where_nobody_bought_there_is_none() -> None:
    estimate = Estimate(1.0, 0.1, 400, 400)

    assert interval_with_few_buyers(estimate, np.zeros(400), NOBODY, np.full(400, 0.3)) is None


def test_it_covers_where_three_of_a_hundred_buy_and_are_held_out() -> None:
    random, held = np.random.default_rng(1), []
    for _ in range(400):
        ghosts = random.random(3_000) < 0.03
        bought = random.random(3_000) < np.where(ghosts, 0.03, 0.04)
        margin = bought * random.lognormal(0.0, 1.0, 3_000)
        scores = np.where(ghosts, -margin / 0.03, margin / 0.97)
        estimate = estimate_mean(scores, np.arange(3_000))
        found = interval_with_few_buyers(estimate, margin, bought, np.full(3_000, 0.03))
        truth = 0.01 * np.exp(0.5)
        held.append((_holds(found, truth), estimate.fixed.contains(truth)))

    ours, normal = np.mean(held, axis=0)
    assert ours > 0.93
    assert normal < 0.85


def _holds(interval: Interval | None, truth: float) -> bool:
    return interval is not None and interval.contains(truth)
