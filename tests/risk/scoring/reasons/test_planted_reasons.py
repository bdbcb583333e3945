from collections import Counter

import pytest

from bench.risk.businesses import OF_EVERYTHING
from bench.risk.planted import SPEAKS, named_first
from bench.risk.play import Cause
from tests.kit.suite.cases import cases


@pytest.fixture(scope="module")
def named() -> dict[str, Counter[str]]:
    return named_first(OF_EVERYTHING.smaller(cases(50, usual=30) / 100), seed=2)


def test_the_reason_for_leaving_named_first_is_the_planted_one_in_four_of_five_cases(
    named: dict[str, Counter[str]],
) -> None:
    right = sum(counts[SPEAKS[cause]] for cause, counts in named.items())

    assert right / sum(counts.total() for counts in named.values()) >= 0.8


@pytest.mark.parametrize("cause", SPEAKS)
def test_each_cause_is_named_first_more_often_than_not(named: dict[str, Counter[str]], cause: Cause) -> None:
    assert named[cause].total() >= 20
    assert named[cause][SPEAKS[cause]] / named[cause].total() >= 0.65
