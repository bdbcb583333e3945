"""Absence over a hole: only those not heard of since are concerned, the more the longer the hole."""

from math import isclose, isfinite

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.features.features import features_of
from customers.feed.absence import absence_of
from customers.feed.heard_time import in_heard_time
from customers.feed.holes import Hole, Holes
from risk.scoring.predictor import after_absence
from schemas.moments import DAY_MS, HOUR_MS
from tests.customers.lives import START, folded, purchase

HORIZON = 90.0
HOUR = START - START % HOUR_MS


def _holes(starts: float, days: float) -> Holes:
    start = HOUR + round(starts) * DAY_MS
    return Holes([Hole(start, start + DAY_MS, start + round(days) * DAY_MS, missing=1_000.0)])


def _absence(bought: list[float], on: float, holes: Holes) -> tuple[float, float] | None:
    now = HOUR + round(on * DAY_MS)
    customer = in_heard_time(folded([purchase(HOUR + round(day * DAY_MS)) for day in bought]), now, holes)
    absence = absence_of([customer], np.array([[now]]), HORIZON)
    return None if absence is None else (absence[0, 0], absence[1, 0])


def test_whoever_has_bought_since_the_hole_is_not_concerned() -> None:
    assert _absence([0, 10, 130], 140, _holes(20, 100)) is None


@pytest.mark.parametrize("on", [60, 120, 120.03])
def test_a_hole_counts_once_it_is_known_to_be_over(on: float) -> None:
    assert _absence([0, 10], on, _holes(20, 100)) is None
    assert _absence([0, 10], 120.05, _holes(20, 100)) is not None


def test_the_absence_at_several_instants_is_that_of_each() -> None:
    holes, on = _holes(20, 100), [130, 160]
    now = [HOUR + day * DAY_MS for day in on]
    customer = in_heard_time(folded([purchase(HOUR), purchase(HOUR + 10 * DAY_MS)]), now[0], holes)

    together = absence_of([customer, folded([purchase(HOUR)])], np.array([now, now]), HORIZON)

    assert together is not None
    alone = [absence_of([customer], np.array([[one]]), HORIZON) for one in now]
    assert together[:, :2].T.tolist() == [one[:, 0].tolist() for one in alone if one is not None]
    assert together[:, 2:].tolist() == [[1.0, 1.0], [1.0, 1.0]]


def test_the_odds_of_being_gone_grow_with_the_hole_and_less_after_a_long_silence() -> None:
    (short, _), (long, _) = (_absence([0, 10, 19], 20 + days + 10, _holes(20, days)) or (0, 0) for days in (30, 90))
    silent, _ = _absence([0, 10], 130, _holes(80, 40)) or (0, 0)

    assert 1.0 < silent < short < long


@given(
    log_odds=st.lists(st.floats(-800, 800), min_size=1, max_size=5),
    factor=st.floats(1, 1e9),
    idle=st.floats(0, 1),
)
def test_a_risk_after_an_absence_is_finite_and_no_lower(log_odds: list[float], factor: float, idle: float) -> None:
    heard = np.array(log_odds)

    after = after_absence(heard, np.array([[factor] * len(log_odds), [idle] * len(log_odds)]))

    assert all(map(isfinite, after.tolist()))
    assert (after >= heard).all()
    assert after.tolist() == [after_absence(np.array([one]), np.array([[factor], [idle]])).item() for one in log_odds]


def test_the_odds_of_being_gone_are_multiplied_where_nobody_else_is_silent() -> None:
    after = after_absence(np.array([-1.0]), np.array([[4.0], [0.0]]))

    assert isclose(after.item(), -1.0 + np.log(4.0))


def test_features_of_some_customers_keep_their_absence() -> None:
    now, holes = HOUR + 130 * DAY_MS, _holes(20, 100)
    gone, back = (
        in_heard_time(folded([purchase(HOUR + day * DAY_MS) for day in days]), now, holes)
        for days in ([0, 10], [0, 10, 125])
    )

    features = features_of([back, gone], [now, now], HORIZON)
    some = features.only(np.array([1]))

    assert features.absence is not None
    assert some.absence is not None
    assert features.absence[:, 0].tolist() == [1.0, 1.0]
    assert some.absence.tolist() == features.absence[:, 1:].tolist()
