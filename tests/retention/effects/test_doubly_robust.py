"""Doubly robust scores against independent formulas and known truth."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.effects.action_effects import effects_of, gain_scores
from retention.effects.doubly_robust import doubly_robust_scores, folds_of, predicted_outcomes
from retention.effects.intervals import estimate_mean
from retention.outcomes.log import DecisionLog
from tests.retention.logs import random_log, shuffled


def _experiment(seed: int, decisions: int = 3_000, share: float = 0.3) -> DecisionLog:
    random = np.random.default_rng(seed)
    done = (random.random(decisions) > share).astype(np.int64)
    covariates = random.normal(size=(decisions, 2))
    outcome = covariates[:, 0] * 2.0 + 0.3 * done + random.normal(size=decisions)
    probability = np.tile([share, 1.0 - share], (decisions, 1))
    return DecisionLog(("none", "call"), np.arange(decisions), done, probability, outcome, covariates)


def test_without_covariates_the_effect_is_the_difference_of_means() -> None:
    log = replace(_experiment(1), covariates=np.zeros((3_000, 0)))

    estimate = estimate_mean(gain_scores(log), log.customer)

    treated, held_out = log.outcome[log.done == 1], log.outcome[log.done == 0]
    assert estimate.value == pytest.approx(treated.mean() - held_out.mean())
    error = np.sqrt(treated.var() / len(treated) + held_out.var() / len(held_out))
    assert estimate.error == pytest.approx(error, rel=1e-3)


def test_covariates_narrow_the_interval_by_what_they_explain() -> None:
    log = _experiment(2)

    plain = estimate_mean(gain_scores(replace(log, covariates=np.zeros((3_000, 0)))), log.customer)
    adjusted = estimate_mean(gain_scores(log), log.customer)

    assert adjusted.error == pytest.approx(plain.error / np.sqrt(5.0), rel=0.1)


def test_predictions_are_those_of_a_weighted_ridge_regression_on_other_customers() -> None:
    from sklearn.linear_model import Ridge  # type: ignore[import-untyped] # noqa: PLC0415 - slow to load, needed once

    log = random_log(3, 600)
    fold, weights = folds_of(log.customer), 1.0 / log.probability_of_done
    x = (log.covariates - log.covariates.mean(axis=0)) / log.covariates.std(axis=0)

    predicted = predicted_outcomes(log)

    for action in range(3):
        taken = log.done == action
        train, per_decision = taken & (fold != 2), weights[taken].sum() / taken.sum()
        ridge = Ridge(alpha=3.0 * per_decision).fit(x[train], log.outcome[train], sample_weight=weights[train])
        assert np.allclose(predicted[fold == 2, action], ridge.predict(x[fold == 2]), atol=1e-6)


@given(st.integers(0, 2**31))
def test_the_order_of_decisions_changes_no_score(seed: int) -> None:
    log = random_log(4, 200, customers=50)
    mixed, order = shuffled(log, seed)

    assert np.allclose(doubly_robust_scores(mixed), doubly_robust_scores(log)[order])


@given(st.floats(0.01, 100.0), st.floats(-100.0, 100.0))
def test_scores_follow_the_unit_and_the_origin_of_the_outcome(unit: float, origin: float) -> None:
    log = random_log(5, 300)

    scores = doubly_robust_scores(log.with_outcome(unit * log.outcome + origin))

    assert np.allclose(scores, unit * doubly_robust_scores(log) + origin, rtol=1e-6, atol=1e-6 * max(unit, 1.0))


def test_the_effect_is_right_on_average_although_the_regression_is_wrong() -> None:
    gains = []
    for seed in range(40):
        log = random_log(seed, 1_500)
        allowed = log.probability[:, 1] > 0.0
        part = log.where(allowed)
        gains.append(float((gain_scores(part, 1) - (1.0 + part.covariates[:, 0])).mean()))

    assert abs(np.mean(gains)) < 3.0 * np.std(gains) / np.sqrt(40)


def test_intervals_of_effects_hold_the_truth_as_often_as_promised() -> None:
    held, always = 0, 0
    for seed in range(300):
        log = _experiment(seed, 400)
        estimate = estimate_mean(gain_scores(log), log.customer)
        held += estimate.fixed.contains(0.3)
        always += estimate.always.contains(0.3)

    assert 0.92 <= held / 300 <= 0.98
    assert always / 300 >= 0.99


def test_without_an_open_holdout_there_is_no_support_in_the_log() -> None:
    log = random_log(6, 4_000)

    effects = effects_of(log, log.done, np.zeros(4_000), {"week": np.zeros(4_000)})

    assert [effect.verdict for effect in effects] == ["no_support"] * 2


def test_a_helping_and_a_useless_action_are_told_apart() -> None:
    random = np.random.default_rng(8)
    chosen = random.integers(1, 3, 6_000)
    held_out = random.random(6_000) < 0.3
    outcome = np.where((chosen == 1) & ~held_out, 1.0, 0.0) + random.normal(size=6_000)
    log = DecisionLog(
        ("none", "call", "offer"),
        np.arange(6_000),
        np.where(held_out, 0, chosen),
        np.where(np.arange(3) == 0, 0.3, 0.7 * (np.arange(3) == chosen[:, None])),
        outcome,
        random.normal(size=(6_000, 2)),
    )

    effects = effects_of(log, chosen, np.full(6_000, 0.3), {"week": np.arange(6_000) % 2})

    whole = {effect.action: effect for effect in effects if not effect.group}
    assert str(whole["call"]) == "helps"
    assert str(whole["offer"]).startswith("cannot tell yet (about ")
    assert [dict(effect.group) for effect in effects[:3]] == [{}, {"week": 0}, {"week": 1}]
    assert whole["call"].treated + whole["call"].held_out == (chosen == 1).sum()
