"""Numbers of decisions that it takes to see an effect."""

import numpy as np
import pytest
from scipy.stats import norm

from retention.effects.power import decisions_for, power_for_amounts, power_table


def test_one_look_needs_what_the_textbook_says() -> None:
    # Two arms of equal size: n each = (1.96 + 0.84)² (p₀q₀ + p₁q₁) / (p₁ - p₀)².
    (row,) = power_table(0.10, effects=[0.02], shares=[0.5])

    per_arm = (norm.isf(0.025) + norm.isf(0.2)) ** 2 * (0.1 * 0.9 + 0.12 * 0.88) / 0.02**2
    assert row.one_look == pytest.approx(2 * per_arm, rel=0.001)


def test_all_looks_need_more_than_one_and_less_than_four_times_as_many() -> None:
    for row in power_table(0.3):
        assert row.one_look < row.all_looks < 4 * row.one_look


def test_covariates_that_explain_half_halve_the_number() -> None:
    plain, adjusted = (power_for_amounts(40.0, [2.0], explained, shares=[0.3])[0] for explained in (0.0, 0.5))

    assert adjusted.one_look == pytest.approx(plain.one_look / 2, rel=0.001)


def test_the_number_of_decisions_finds_the_effect_in_four_of_five_experiments() -> None:
    row = decisions_for(0.5, 0.3, np.sqrt(1 / 0.3 + 1 / 0.7))
    random, found = np.random.default_rng(1), 0
    for _ in range(500):
        held_out = random.random(row.one_look) < 0.3
        outcome = 0.5 * ~held_out + random.normal(size=row.one_look)
        treated, others = outcome[~held_out], outcome[held_out]
        error = np.sqrt(treated.var() / len(treated) + others.var() / len(others))
        found += abs(treated.mean() - others.mean()) > 1.96 * error

    assert found / 500 == pytest.approx(0.8, abs=0.05)
