"""The drift table of docs/risk.md: its own streams, except for the abrupt change, which is smaller here."""

import pytest

from bench.risk.drift import ANSWERS_A_DAY, CLOSE, HORIZON_DAYS, STREAMS, Stream, Trajectory, follow

_TURNS = Stream("abrupt", 14_000, 4_000, lambda number: 0.5 * (number >= 4_000))
_SLOW, _SEASONAL = (one for one in STREAMS if one.name.startswith(("slow", "seasonal")))

_LASTS: int = 15_000
"""Number of answers over which the slow change goes on."""

_A_HORIZON: int = round(HORIZON_DAYS * ANSWERS_A_DAY)
"""Number of answers."""


def _by_whether_it_reacts(stream: Stream) -> dict[bool, Trajectory]:
    """Return the results with challengers and drift detectors, and without."""
    return {reacts: follow(stream, seed=1, reacts=reacts) for reacts in (True, False)}


def _worst(one: Trajectory, stream: Stream) -> float:
    """Return the mean log loss from the change on, nats."""
    before = len(one.lost) * stream.changes_at // stream.answers
    return max(one.lost[before:])


@pytest.fixture(scope="module")
def abrupt() -> dict[bool, Trajectory]:
    return _by_whether_it_reacts(_TURNS)


@pytest.fixture(scope="module")
def slow() -> dict[bool, Trajectory]:
    return _by_whether_it_reacts(_SLOW)


@pytest.fixture(scope="module")
def seasonal() -> Trajectory:
    return follow(_SEASONAL, seed=1)


def test_after_an_abrupt_change_the_risk_is_soon_as_good_as_if_it_had_always_been_so(
    abrupt: dict[bool, Trajectory],
) -> None:
    assert abrupt[True].drifts >= 1
    assert abrupt[True].lost[-1] < CLOSE


def test_after_an_abrupt_change_the_first_model_alone_is_not(abrupt: dict[bool, Trajectory]) -> None:
    assert abrupt[False].lost[-1] > 1.7 * abrupt[True].lost[-1]
    assert abrupt[False].back_after(_TURNS.changes_at) is None


def test_two_horizons_after_a_slow_change_has_ended_the_risk_is_close_for_good(slow: dict[bool, Trajectory]) -> None:
    back = slow[True].back_after(_SLOW.changes_at)

    assert back is not None
    assert back <= _LASTS + 2 * _A_HORIZON


def test_during_a_slow_change_the_loss_is_little_more_than_half_of_the_first_models(
    slow: dict[bool, Trajectory],
) -> None:
    assert _worst(slow[True], _SLOW) < 0.6 * _worst(slow[False], _SLOW)


def test_after_a_slow_change_the_first_model_alone_takes_two_fifths_as_long_again(slow: dict[bool, Trajectory]) -> None:
    back = slow[False].back_after(_SLOW.changes_at)

    assert back is not None
    assert back > _LASTS * 1.4


def test_a_season_that_no_feature_tells_keeps_the_risk_off_for_good(seasonal: Trajectory) -> None:
    assert seasonal.back_after(_SEASONAL.changes_at) is None


def test_the_cost_of_such_a_season_is_bounded(seasonal: Trajectory) -> None:
    assert CLOSE < _worst(seasonal, _SEASONAL) < 0.05
