"""Expectations that are learnt from other customers."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.effects.doubly_robust import folds_of
from retention.learning.cross_fitting import CrossFitted, cross_fitted
from retention.outcomes.columns import Matrix
from retention.outcomes.log import DecisionLog
from tests.retention.logs import random_log


def _nothing(log: DecisionLog) -> Matrix:
    return np.zeros((len(log), len(log.actions)))


def _fitted(log: DecisionLog) -> CrossFitted:
    return cross_fitted(log, log.covariates, _nothing(log))


@given(st.integers(0, 1_000), st.integers(0, 299), st.floats(-1e3, 1e3))
@settings(max_examples=25, deadline=None)
def test_what_is_expected_of_a_customer_does_not_follow_from_their_own_outcomes(
    seed: int, place: int, outcome: float
) -> None:
    log = random_log(seed, 300)
    changed = log.outcome.copy()
    changed[place] = outcome
    own = folds_of(log.customer) == folds_of(log.customer)[place]

    before, after = _fitted(log), _fitted(log.with_outcome(changed))

    assert np.array_equal(before.predicted[own], after.predicted[own])
    assert np.array_equal(before.correction[own], after.correction[own])


def test_gains_and_outcomes_are_found() -> None:
    log = random_log(1, 20_000)

    found = _fitted(log)

    gains = np.column_stack([np.zeros(len(log)), 1.0 + log.covariates[:, 0], np.zeros(len(log))])
    assert np.abs(found.correction - gains).mean() < 0.1
    beyond = found.predicted - found.predicted[:, :1]
    assert beyond == pytest.approx(found.correction - found.correction[:, :1])
    assert found.predicted[np.arange(len(log)), log.done].mean() == pytest.approx(log.outcome.mean(), abs=0.1)


def test_a_guess_stands_where_an_action_was_seldom_done() -> None:
    log = random_log(2, 2_000)
    seldom = np.cumsum(log.done == 1) * (log.done == 1) > 20
    log = log.where(~seldom)
    guess = np.tile([0.0, 7.0, 7.0], (len(log), 1))

    found = cross_fitted(log, log.covariates, guess)

    assert not found.known[:, :2].any()
    assert not found.correction[:, :2].any()
    assert found.known[:, 2].all()


def test_nothing_is_known_of_too_few_outcomes() -> None:
    log = replace(random_log(4, 90), customer=np.arange(90))

    assert not _fitted(log).known.any()
    assert not _fitted(log).correction.any()


def test_an_empty_log_expects_nothing() -> None:
    log = random_log(5, 10)

    assert len(_fitted(log.where(np.zeros(10, dtype=np.bool_))).predicted) == 0
