"""The model of gains against River, independent formulas and known truth."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from river.linear_model import BayesianLinearRegression

from retention.learning.gain_model import GainModel
from retention.outcomes.columns import Matrix, Vector
from retention.outcomes.log import DecisionLog
from tests.retention.logs import random_log


def _nothing(log: DecisionLog) -> Matrix:
    """Return the guess that no action brings anything."""
    return np.zeros((len(log), 2))


def _learnt(seed: int, decisions: int = 4_000) -> tuple[GainModel, GainModel]:
    log = random_log(seed, decisions)
    whole = GainModel.empty(2, 3).learn_many(log.covariates, log.done, log.probability, log.outcome, _nothing(log))
    parts, half = GainModel.empty(2, 3), np.arange(decisions) < decisions // 3
    for rows in (~half, half):
        part = log.where(rows)
        parts = parts.learn_many(part.covariates, part.done, part.probability, part.outcome, _nothing(part))
    return whole, parts


def test_gains_are_found_although_the_baseline_is_no_line() -> None:
    model, _ = _learnt(1, 20_000)
    customers = np.random.default_rng(2).normal(size=(500, 3))

    gains = model.gains(customers, np.zeros((len(customers), 2)))

    truth = np.column_stack([1.0 + customers[:, 0], np.zeros(500)])
    assert np.abs(gains.mean - truth).mean() < 0.15


def test_where_the_baseline_is_a_line_the_intervals_of_gains_hold_the_truth() -> None:
    customers, held = np.random.default_rng(2).normal(size=(50, 3)), []
    truth = np.column_stack([1.0 + customers[:, 0], np.zeros(50)])
    for seed in range(40):
        log = random_log(seed, 1_500)
        outcome = log.outcome - log.covariates[:, 1] ** 2
        model = GainModel.empty(2, 3).learn_many(log.covariates, log.done, log.probability, outcome, _nothing(log))
        gains = model.gains(customers, np.zeros((len(customers), 2)))
        held.append(np.abs(gains.mean - truth) < 1.96 * gains.deviation)

    assert 0.92 < np.mean(held) < 0.98


@given(st.lists(st.integers(1, 60), min_size=1, max_size=5), st.integers(0, 10))
def test_outcomes_in_one_order_give_the_same_bits_in_any_batches(sizes: list[int], seed: int) -> None:
    log = random_log(seed, sum(sizes))
    whole = GainModel.empty(2, 3).learn_many(log.covariates, log.done, log.probability, log.outcome, _nothing(log))

    parts, start = GainModel.empty(2, 3), 0
    for size in sizes:
        rows = (np.arange(len(log)) >= start) & (np.arange(len(log)) < start + size)
        part, start = log.where(rows), start + size
        parts = parts.learn_many(part.covariates, part.done, part.probability, part.outcome, _nothing(part))

    assert whole.outcomes == parts.outcomes
    assert whole.products.tobytes() == parts.products.tobytes()
    assert whole.moments.tobytes() == parts.moments.tobytes()


@given(st.integers(1, 30), st.integers(0, 30), st.integers(0, 30))
def test_gains_of_a_customer_have_the_same_bits_in_any_batch(customers: int, start: int, end: int) -> None:
    model, _ = _learnt(3, 200)
    features = np.random.default_rng(customers).normal(size=(customers, 3))

    whole, part = model.posterior(features), model.posterior(features[start:end])

    assert whole.mean[start:end].tobytes() == part.mean.tobytes()
    assert whole.deviation[start:end].tobytes() == part.deviation.tobytes()


def test_fewer_outcomes_than_weights_do_not_look_certain() -> None:
    random = np.random.default_rng(7)
    features, done = random.normal(size=(20, 10)), random.integers(0, 2, 20)
    outcome, nothing = random.normal(size=20), np.zeros((20, 1))

    model = GainModel.empty(1, 10).learn_many(features, done, np.full((20, 2), 0.5), outcome, nothing)

    assert (model.gains(features, nothing).deviation > 0.1).all()


def test_the_order_of_outcomes_matters_by_rounding_alone() -> None:
    one, other = _learnt(3)
    customers = np.random.default_rng(2).normal(size=(5, 3))

    assert np.allclose(one.gains(customers, np.zeros((5, 2))).mean, other.gains(customers, np.zeros((5, 2))).mean)
    assert np.allclose(
        one.gains(customers, np.zeros((5, 2))).deviation, other.gains(customers, np.zeros((5, 2))).deviation
    )


def test_with_one_action_it_is_the_bayesian_regression_of_river() -> None:
    # River's prior is one precision for all weights; scaling regressors by the prior deviations makes ours the same.
    random = np.random.default_rng(4)
    x, done = random.normal(size=(400, 2)), random.integers(0, 2, 400)
    outcome = x[:, 0] + done * (0.5 + x[:, 1]) + random.normal(size=400)
    model = GainModel.empty(1, 2).learn_many(x, done, np.full((400, 2), 0.5), outcome, np.zeros((400, 1)))

    gains = model.gains(x[:20], np.zeros((20, 1)))

    prior = outcome.var()
    design = np.hstack([np.ones((400, 1)), x])
    taken = (done - 0.5)[:, None] * design
    regressors = np.hstack([3.0 * design, 0.1 * taken, 0.1 * taken]) * np.sqrt(prior)
    noise = _noise_of(regressors, outcome)
    river: Any = BayesianLinearRegression(alpha=1.0, beta=1.0 / noise)
    for row, target in zip(regressors, outcome, strict=True):
        river.learn_one(dict(enumerate(row)), target)
    ones = np.hstack([np.zeros((20, 3)), 0.1 * design[:20], 0.1 * design[:20]]) * np.sqrt(prior)
    expected = [river.predict_one(dict(enumerate(row))) for row in ones]
    assert gains.mean[:, 0] == pytest.approx(np.array(expected), rel=1e-4, abs=1e-6)


def _noise_of(regressors: Matrix, outcome: Vector) -> float:
    noise = float(outcome.var())
    for _ in range(4):
        precision = regressors.T @ regressors / noise + np.eye(regressors.shape[1])
        weights = np.linalg.solve(precision, regressors.T @ outcome / noise)
        used_up = regressors.shape[1] - np.trace(np.linalg.inv(precision))
        noise = float(np.sum((outcome - regressors @ weights) ** 2) / (len(outcome) - used_up))
    return noise


def test_an_action_with_few_outcomes_borrows_from_the_others() -> None:
    random = np.random.default_rng(5)
    done = np.where(random.random(3_000) < 0.5, 0, np.where(random.random(3_000) < 0.99, 1, 2))
    probability = np.tile([0.5, 0.495, 0.005], (3_000, 1))
    outcome = 2.0 * (done > 0) + random.normal(size=3_000)

    nothing = np.zeros((3_000, 2))
    model = GainModel.empty(2, 0).learn_many(np.zeros((3_000, 0)), done, probability, outcome, nothing)
    gains = model.gains(np.zeros((1, 0)), nothing[:1])

    assert gains.mean[0, 0] == pytest.approx(2.0, abs=0.15)
    assert 1.0 < gains.mean[0, 1] < 2.5
    assert gains.deviation[0, 1] > 2.0 * gains.deviation[0, 0]


def test_before_any_outcome_the_guess_is_what_is_known() -> None:
    gains = GainModel.empty(2, 3).gains(np.ones((1, 3)), np.array([[2.0, 0.5]]))

    assert gains.mean.tolist() == [[2.0, 0.5]]
    assert (gains.deviation > 0.0).all()


def test_a_good_guess_is_kept_until_outcomes_say_more() -> None:
    log = random_log(6, 100)
    truth = np.column_stack([1.0 + log.covariates[:, 0], np.zeros(100)])

    guessed = GainModel.empty(2, 3).learn_many(log.covariates, log.done, log.probability, log.outcome, truth)
    unguessed = GainModel.empty(2, 3).learn_many(log.covariates, log.done, log.probability, log.outcome, 0.0 * truth)

    error = np.abs(guessed.gains(log.covariates, truth).mean - truth).mean()
    assert error < 0.5 * np.abs(unguessed.gains(log.covariates, 0.0 * truth).mean - truth).mean()


def test_models_of_two_logs_add_up_to_the_model_of_both() -> None:
    log, first = random_log(3, 900), np.arange(900) < 400
    one, other = (
        GainModel.empty(2, 3).learn_many(part.covariates, part.done, part.probability, part.outcome, _nothing(part))
        for part in (log.where(first), log.where(~first))
    )
    whole, _ = _learnt(3, 900)

    both = one + other

    assert both.outcomes == pytest.approx(whole.outcomes)
    assert both.products == pytest.approx(whole.products)
    assert both.posterior.weights == pytest.approx(whole.posterior.weights)
