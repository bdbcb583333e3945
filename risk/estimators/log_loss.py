"""Log loss: the negative logarithm of the probability that was given to what was observed, in nats."""

from math import exp, log, log1p
from typing import Final

import numpy as np

from risk.estimators.feature_index import Vector

LEAST_PROBABILITY: Final = 1e-6
"""Probabilities count as at least this, so that one wrong certainty does not outweigh everything else."""


def log_loss(probability: float) -> float:
    """Return the log loss of one prediction, at most 13.8 nats.

    Args:
        probability: Given to what was observed.
    """
    return -log(max(probability, LEAST_PROBABILITY))


def mean_log_loss(probabilities: Vector) -> float:
    """Return the mean of ``log_loss``.

    Args:
        probabilities: Given to what was observed, shape (n,), n at least 1.
    """
    return float(-np.mean(np.log(np.maximum(probabilities, LEAST_PROBABILITY))))


def log_loss_of_log_odds(log_odds: float, observed: bool) -> float:
    """Return the log loss of one prediction given as log-odds, without bound.

    Args:
        log_odds: Of the event.
        observed: True if the event happened.
    """
    margin = -log_odds if observed else log_odds
    return margin + log1p(exp(-margin)) if margin > 0.0 else log1p(exp(margin))


def excess_log_loss(log_odds: float, observed: bool) -> float:
    """Return the log loss beyond the one that the prediction itself expects; zero on average if it is right.

    Args:
        log_odds: Of the event; limited to ±30 where the expectation is computed.
        observed: True if the event happened.
    """
    probability = 1.0 / (1.0 + exp(-max(min(log_odds, 30.0), -30.0)))
    other = 1.0 - probability
    entropy = -sum(share * log(share) for share in (probability, other) if share > 0.0)
    return log_loss_of_log_odds(log_odds, observed) - entropy
