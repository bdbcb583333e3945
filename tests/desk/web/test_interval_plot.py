"""Plots of estimates: everything lies inside, in order, on round numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.web.drawing.interval_plot import PlotPoint, interval_plot
from desk.web.drawing.scale import round_steps

NUMBERS = st.floats(min_value=-1e9, max_value=1e9).map(lambda value: round(value, 4))
POINTS = st.builds(
    lambda x, value, below, above: PlotPoint(x, value, value - below, value + above),
    st.integers(min_value=0, max_value=1_000_000),
    NUMBERS,
    st.floats(min_value=0.0, max_value=1e6),
    st.floats(min_value=0.0, max_value=1e6),
)


@given(st.lists(NUMBERS, min_size=1, max_size=20))
def test_round_steps_enclose_all_values_and_are_few(values: list[float]) -> None:
    steps = round_steps(values)
    slack = 1e-6 * (steps[-1] - steps[0])
    assert steps[0] <= min(values) + slack
    assert steps[-1] >= max(values) - slack
    assert 2 <= len(steps) <= 7


@pytest.mark.parametrize(
    ("values", "steps"),
    [([0.0, 97.0], (0.0, 20.0, 40.0, 60.0, 80.0, 100.0)), ([-3.0, 9.0], (-5.0, 0.0, 5.0, 10.0)), ([0.0], (0.0, 0.2))],
)
def test_steps_are_those_that_a_person_would_choose(values: list[float], steps: tuple[float, ...]) -> None:
    assert round_steps(values)[: len(steps)] == pytest.approx(steps)


@given(st.lists(POINTS, min_size=1, max_size=30))
def test_every_estimate_lies_inside_its_interval_and_the_plot(points: list[PlotPoint]) -> None:
    plot = interval_plot(points)
    assert plot is not None
    assert [one.x for one in plot.dots] == sorted(one.x for one in plot.dots)
    for dot in plot.dots:
        assert 0.0 <= dot.x <= 100.0
        assert 0.0 <= dot.high <= dot.y <= dot.low <= 100.0
    assert plot.zero is not None


def test_without_estimates_there_is_no_plot() -> None:
    assert interval_plot([]) is None


def test_an_estimate_without_an_interval_has_no_band() -> None:
    plot = interval_plot([PlotPoint(1.0, 2.0), PlotPoint(2.0, 3.0)])
    assert plot is not None
    assert plot.band == ""


def test_a_few_wide_intervals_leave_the_picture_so_that_the_others_are_seen() -> None:
    usual = [PlotPoint(float(n), 5.0, 3.0, 7.0) for n in range(40)]
    plot = interval_plot([*usual, PlotPoint(40.0, 5.0, -900.0, 900.0)], may_cut=True)
    whole = interval_plot([*usual, PlotPoint(40.0, 5.0, -900.0, 900.0)])
    assert plot is not None
    assert whole is not None
    assert plot.levels[-1][0] <= 10.0
    assert whole.levels[-1][0] >= 900.0
