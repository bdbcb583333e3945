"""Gains of logged decisions as the model of gains expects them from the outcomes of other customers (cross-fitting).

A model that has learnt an outcome knows of its luck, and a policy that is chosen by such a model flatters itself on the
log. So customers are dealt into folds, and what is expected of a fold is learnt from the others (Chernozhukov et al.,
"Double/debiased machine learning", Econometrics Journal 2018).
"""

from dataclasses import dataclass

import numpy as np

from retention.effects.doubly_robust import FOLDS, folds_of
from retention.effects.verdict import FEWEST
from retention.learning.gain_learner import FEWEST_OUTCOMES
from retention.learning.gain_model import GainModel
from retention.outcomes.columns import Flags, Integers, Matrix, Vector
from retention.outcomes.log import DecisionLog
from risk.scoring.model.risk_model import CLIP


@dataclass(frozen=True, slots=True)
class CrossFitted:
    """Expectations for logged decisions, of the log's actions; doing nothing comes first.

    Attributes:
        correction: To be added to the guess of each action's gain; 0 where nothing is known of it, shape (decisions,
            actions).
        known: True where enough outcomes say something of an action, shape (decisions, actions).
        predicted: Expected outcome under each action, shape (decisions, actions).
    """

    correction: Matrix
    known: Flags
    predicted: Matrix


def cross_fitted(log: DecisionLog, features: Matrix, guess: Matrix) -> CrossFitted:
    """Learn the model of gains from all folds of customers but one, and expect of that one; for each fold.

    Args:
        log: Decisions and their outcomes.
        features: Features of the model of gains, not standardised, shape (decisions, features).
        guess: Gains expected before any outcome, 0 for doing nothing, shape (decisions, actions).
    """
    fold = folds_of(log.customer)
    sums = [_learnt(log.where(fold == part), features[fold == part], guess[fold == part]) for part in range(FOLDS)]
    done = np.array([np.bincount(log.done[fold == part], minlength=len(log.actions)) for part in range(FOLDS)])
    correction, predicted = np.zeros(log.probability.shape), np.zeros(log.probability.shape)
    known = np.zeros(log.probability.shape, dtype=np.bool_)
    for part in range(FOLDS):
        rows = fold == part
        others = [one for place, one in enumerate(sums) if place != part]
        model = sum(others[1:], start=others[0])
        if not rows.any() or not model.outcomes[0]:
            continue
        says = _says(done.sum(axis=0) - done[part], model.outcomes[0])
        beyond, usual = _expected(model, features[rows])
        known[rows] = says
        correction[rows, 1:] = np.where(says[1:], beyond, 0.0)
        gains = guess[rows] + correction[rows]
        predicted[rows] = usual[:, None] + gains - (log.probability[rows] * gains).sum(axis=1)[:, None]
    return CrossFitted(correction, known, predicted)


def _learnt(log: DecisionLog, features: Matrix, guess: Matrix) -> GainModel:
    empty = GainModel.empty(len(log.actions) - 1, features.shape[1])
    return empty.learn_many(features, log.done, log.probability, log.outcome, guess[:, 1:])


def _says(done: Integers, outcomes: int) -> Flags:
    """Return the actions whose guesses the learner would correct after so many outcomes, shape (actions,)."""
    says: Flags = (done >= FEWEST) & (outcomes >= FEWEST_OUTCOMES)
    says[0] = False
    return says


def _expected(model: GainModel, features: Matrix) -> tuple[Matrix, Vector]:
    """Return expected gains beyond the guess, and outcomes under the policy that decided."""
    means, scales = model.standardisation()
    standardised = np.clip((features - means) * scales, -CLIP, CLIP)
    fitted = model.standardised(means, scales)
    return fitted.posterior(standardised).mean, fitted.baseline(standardised)
