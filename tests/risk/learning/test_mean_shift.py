"""The test for a shift of a mean, against River's."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.learning.drift import MeanShiftTest

_TOLERATED = 0.05
_A_STRETCH = 250

_means = st.lists(st.sampled_from([-0.6, 0.0, 0.04, 0.5]), min_size=1, max_size=6)
_seeds = st.integers(0, 2**32)


def _values(means: list[float], seed: int) -> list[float]:
    """Return stretches of values, each with a mean of its own."""
    drawn = random.Random(seed)  # noqa: S311 - no secret
    return [drawn.gauss(mean, 0.3) for mean in means for _ in range(_A_STRETCH)]


def _rivers() -> Any:  # noqa: ANN401 - River ships no types
    from river.drift import PageHinkley  # noqa: PLC0415 - loads data sets and scikit-learn, which takes a second

    return PageHinkley(min_instances=300, delta=_TOLERATED, threshold=30.0)


@given(means=_means, seed=_seeds)
def test_it_tells_what_rivers_page_hinkley_test_tells(means: list[float], seed: int) -> None:
    ours, rivers = MeanShiftTest(_TOLERATED), _rivers()
    for value in _values(means, seed):
        rivers.update(value)
        assert ours.update(value) == rivers.drift_detected
    sums = rivers._sum_increase, rivers._sum_decrease, rivers._min_increase, rivers._max_decrease  # noqa: SLF001
    assert ours.state == [rivers.drift_detected, rivers._x_mean.n, rivers._x_mean.get(), *sums]  # noqa: SLF001


def test_a_shift_is_told_once_and_the_test_starts_again() -> None:
    test = MeanShiftTest(_TOLERATED)
    told = [number for number, value in enumerate(_values([0.0, 0.0, 0.5, 0.5], seed=1)) if test.update(value)]
    assert len(told) == 1
    assert 2 * _A_STRETCH < told[0] < 3 * _A_STRETCH


@given(means=_means, seed=_seeds, cut=st.integers(0, 1_500))
def test_resumed_from_a_stored_state_it_goes_on_as_if_never_stopped(means: list[float], seed: int, cut: int) -> None:
    values = _values(means, seed)
    whole = MeanShiftTest(_TOLERATED)
    for value in values[:cut]:
        whole.update(value)
    resumed = MeanShiftTest(_TOLERATED)
    resumed.resume(whole.state)
    assert [resumed.update(value) for value in values[cut:]] == [whole.update(value) for value in values[cut:]]


def test_a_state_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="has 7 numbers, not 2"):
        MeanShiftTest(_TOLERATED).resume([0.0, 1.0])
