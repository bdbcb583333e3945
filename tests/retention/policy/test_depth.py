"""Gain by depth."""

import numpy as np
import pytest

from retention.policy.depth import gain_by_depth


def test_the_gain_is_the_sum_over_the_first_customers_of_the_ranking() -> None:
    gains = np.array([5.0, -1.0, 3.0, -4.0])

    rows = gain_by_depth(gains, np.arange(4), {"by gain": gains, "by risk": -gains}, depths=[0.5, 1.0])

    found = {(row.ranking, row.depth): row.gain.value for row in rows}
    assert found == {
        ("by gain", 0.5): 2_000.0,
        ("by gain", 1.0): 750.0,
        ("by risk", 0.5): -1_250.0,
        ("by risk", 1.0): 750.0,
        ("random", 0.5): 375.0,
        ("random", 1.0): 750.0,
    }


def test_customers_of_equal_rank_share_what_is_left() -> None:
    gains = np.array([4.0, 0.0, 0.0, 0.0])

    rows = gain_by_depth(gains, np.arange(4), {"all alike": np.zeros(4)}, depths=[0.25])

    assert rows[0].gain.value == pytest.approx(rows[1].gain.value)


def test_everybody_is_everybody_in_any_ranking() -> None:
    random = np.random.default_rng(1)
    gains = random.normal(size=100)

    rows = gain_by_depth(gains, np.arange(100), {"a": random.normal(size=100), "b": gains}, depths=[1.0])

    assert len({round(row.gain.value, 9) for row in rows}) == 1
    assert len({round(row.gain.error, 9) for row in rows}) == 1
