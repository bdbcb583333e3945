"""The log of decisions refuses what cannot be."""

from dataclasses import replace

import numpy as np
import pytest

from retention.outcomes.log import joined, treated_or_held_out
from tests.retention.logs import random_log


def test_probabilities_that_do_not_sum_to_one_are_refused() -> None:
    log = random_log(1, 10)

    with pytest.raises(ValueError, match="sum to one"):
        replace(log, probability=log.probability * 0.9)


def test_an_action_in_effect_needs_a_probability() -> None:
    log = random_log(1, 10)

    with pytest.raises(ValueError, match="had no probability"):
        replace(log, done=np.ones(10, dtype=np.int64), probability=np.tile([1.0, 0.0, 0.0], (10, 1)))


def test_columns_of_different_length_are_refused() -> None:
    log = random_log(1, 10)

    with pytest.raises(ValueError, match="differ in length"):
        replace(log, outcome=log.outcome[:5])
    with pytest.raises(ValueError, match="probability has the shape"):
        replace(log, probability=log.probability[:, :2])


def test_parts_of_a_log_join_to_the_whole() -> None:
    log = random_log(1, 50)
    first = np.arange(50) < 20

    again = joined([log.where(first), log.where(~first)])

    assert np.array_equal(again.outcome, log.outcome)
    assert np.array_equal(again.probability, log.probability)


def test_only_decisions_whose_holdout_was_open_are_compared() -> None:
    log = random_log(1, 4)
    log = replace(log, done=np.array([1, 0, 1, 2]), probability=np.full((4, 3), 1 / 3))

    arms = treated_or_held_out(log, np.array([1, 1, 1, 2]), np.array([0.3, 0.3, 0.0, 0.3]), 1)

    assert arms.actions == ("none", "call")
    assert arms.done.tolist() == [1, 0]
    assert arms.probability.tolist() == [[0.3, 0.7], [0.3, 0.7]]
