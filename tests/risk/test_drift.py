"""What the drift table of docs/risk.md says, on a smaller stream."""

import pytest

from bench.risk.drift import CLOSE, Course, Stream, course

_TURNS = Stream("abrupt", 14_000, 4_000, lambda number: 0.5 * (number >= 4_000))


@pytest.fixture(scope="module")
def courses() -> dict[bool, Course]:
    """By whether the contest and the detectors took part."""
    return {reacts: course(_TURNS, seed=1, reacts=reacts) for reacts in (True, False)}


def test_after_an_abrupt_change_the_risk_is_soon_as_good_as_if_it_had_always_been_so(
    courses: dict[bool, Course],
) -> None:
    assert courses[True].drifts >= 1
    assert courses[True].lost[-1] < CLOSE


def test_the_first_model_alone_is_not(courses: dict[bool, Course]) -> None:
    assert courses[False].lost[-1] > 2.0 * courses[True].lost[-1]
    assert courses[False].back_after(_TURNS.changes_at) is None
