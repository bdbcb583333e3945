"""The share held out is checked."""

import numpy as np
import pytest
from scipy.stats import binomtest

from retention.effects.sample_ratio import sample_ratio
from retention.outcomes.columns import Flags
from retention.outcomes.log import DecisionLog


def _held_out(flags: Flags, share: float) -> DecisionLog:
    number = len(flags)
    probability = np.tile([share, 1.0 - share], (number, 1))
    done = (~flags).astype(np.int64)
    return DecisionLog(("none", "call"), np.arange(number), done, probability, np.zeros(number), np.zeros((number, 0)))


def test_the_p_value_is_that_of_a_binomial_test() -> None:
    flags = np.arange(5_000) < 1_450

    ratio = sample_ratio(_held_out(flags, 0.3))

    assert ratio.p_value == pytest.approx(binomtest(1_450, 5_000, 0.3).pvalue, abs=0.005)
    assert ratio.found == pytest.approx(0.29)
    assert ratio.expected == pytest.approx(0.3)


def test_a_right_share_never_alarms_and_a_wrong_one_does() -> None:
    draws = np.random.default_rng(1).random((200, 4_000))

    assert not any(sample_ratio(_held_out(draw[:n] < 0.3, 0.3)).is_mismatch for draw in draws for n in (500, 4_000))
    assert all(sample_ratio(_held_out(draw < 0.24, 0.3)).is_mismatch for draw in draws[:50])


def test_no_decisions_are_no_mismatch() -> None:
    assert not sample_ratio(_held_out(np.zeros(0, dtype=np.bool_), 0.3)).is_mismatch


@pytest.mark.parametrize("share", [1.0 / 30.0, 0.1, 0.3])
def test_the_first_few_decisions_alarm_of_nothing_even_if_none_is_held_out(share: float) -> None:
    alarms = [sample_ratio(_held_out(np.zeros(number, dtype=np.bool_), share)).is_mismatch for number in range(1, 30)]

    assert not any(alarms)


@pytest.mark.parametrize("share", [1.0 / 30.0, 0.1, 0.3])
def test_a_right_share_looked_at_again_and_again_does_not_alarm(share: float) -> None:
    looks = [*range(1, 40), *range(40, 400, 20)]
    draws = np.random.default_rng(2).random((50, 400))

    assert not any(sample_ratio(_held_out(draw[:n] < share, share)).is_mismatch for draw in draws for n in looks)
