"""Doubly robust scores: for each decision, what every action would have brought.

Augmented inverse propensity weighting (Robins, Rotnitzky and Zhao 1994; Dudík, Langford and Li, "Doubly robust policy
evaluation and learning", ICML 2011): a regression predicts the outcome under each action, and what it got wrong about
the action in effect is added, divided by that action's probability. Since we know the probabilities, the mean of the
scores is right whatever the regression, which only makes it more exact. Predictions for a customer come from
other customers (cross-fitting; Chernozhukov et al., "Double/debiased machine learning", 2018).
"""

from typing import Final

import numpy as np

from retention.outcomes.columns import Flags, Integers, Matrix, Vector
from retention.outcomes.log import DecisionLog

FOLDS: Final = 5
_PENALTY: Final = 3.0
"""Ridge penalty on standardised covariates, in decisions; keeps actions that were seldom taken near their mean."""

_INTERCEPT_PENALTY: Final = 1e-9
"""Keeps the regression of an action that was never taken solvable."""

_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)


def doubly_robust_scores(log: DecisionLog) -> Matrix:
    """Return the score of every action for each decision; their means estimate what each would bring on everyone.

    Args:
        log: Decisions; without covariates, predictions are the weighted mean outcomes of the actions.

    Returns:
        Scores in units of the outcome; where an action had no probability, only the prediction. Shape (decisions,
        actions).
    """
    predicted = predicted_outcomes(log)
    rows = np.arange(len(log))
    predicted[rows, log.done] += (log.outcome - predicted[rows, log.done]) * _normalised_weights(log)
    return predicted


def _normalised_weights(log: DecisionLog) -> Vector:
    """Return inverse probabilities whose mean is one for every action, as it is expected to be.

    This takes out the chance by which an action was taken more often than its probability (Hájek 1971). Without
    covariates, the estimate and its error are then exactly those of a difference of means.
    """
    weights = 1.0 / log.probability_of_done
    total = np.bincount(log.done, weights=weights, minlength=len(log.actions))
    normalised: Vector = weights * ((log.probability > 0.0).sum(axis=0) / np.maximum(total, 1e-300))[log.done]
    return normalised


def predicted_outcomes(log: DecisionLog) -> Matrix:
    """Return the predicted outcome of every action for each decision, shape (decisions, actions)."""
    if not len(log):
        return np.zeros((0, len(log.actions)))
    weights = 1.0 / log.probability_of_done
    if log.covariates.shape[1] == 0:
        means = [_weighted_mean(log.outcome, weights * (log.done == action)) for action in range(len(log.actions))]
        return np.tile(np.array(means), (len(log), 1))
    design = np.column_stack([np.ones(len(log)), _standardised(log.covariates)])
    fold = folds_of(log.customer)
    predicted = np.empty((len(log), len(log.actions)))
    for action in range(len(log.actions)):
        taken = log.done == action
        for part, coefficients in enumerate(_fits(design, log.outcome, weights * taken, fold)):
            predicted[fold == part, action] = design[fold == part] @ coefficients
    return predicted


def folds_of(customer: Integers, folds: int = FOLDS) -> Integers:
    """Return the fold of each decision: that of its customer, whatever the order of the log; shape (decisions,)."""
    mixed = customer.astype(np.uint64) * _MULTIPLIER
    mixed = (mixed ^ (mixed >> np.uint64(29))) * _MULTIPLIER
    return ((mixed >> np.uint64(40)) % np.uint64(folds)).astype(np.int64)


def _fits(design: Matrix, outcome: Vector, weights: Vector, fold: Integers) -> Matrix:
    """Return for each fold the ridge coefficients that its other folds give, shape (folds, columns)."""
    columns = design.shape[1]
    grams, moments, totals = np.zeros((FOLDS, columns, columns)), np.zeros((FOLDS, columns)), np.zeros(FOLDS)
    for part in range(FOLDS):
        chosen: Flags = (fold == part) & (weights > 0.0)
        weighted = design[chosen] * weights[chosen, None]
        grams[part] = weighted.T @ design[chosen]
        moments[part] = weighted.T @ outcome[chosen]
        totals[part] = weights[chosen].sum()
    per_decision = totals.sum() / max(np.count_nonzero(weights), 1) or 1.0
    penalty = per_decision * np.diag([_INTERCEPT_PENALTY, *[_PENALTY] * (columns - 1)])
    left_out_grams, left_out_moments = grams.sum(axis=0) - grams, moments.sum(axis=0) - moments
    coefficients = np.linalg.solve(left_out_grams + penalty, left_out_moments[:, :, None])[:, :, 0]
    return np.asarray(coefficients, np.float64)


def _standardised(covariates: Matrix) -> Matrix:
    deviations = covariates.std(axis=0)
    standardised: Matrix = (covariates - covariates.mean(axis=0)) / np.where(deviations > 0.0, deviations, 1.0)
    return standardised


def _weighted_mean(values: Vector, weights: Vector) -> float:
    total = float(weights.sum())
    return float(values @ weights) / total if total > 0.0 else 0.0
