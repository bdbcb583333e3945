"""How an online Newton regression is written down."""

from collections.abc import Hashable
from dataclasses import dataclass

from customers.features import FEATURE_NAMES
from risk.estimators.feature_index import Vector
from schemas.model import Head


@dataclass(frozen=True, slots=True)
class NewtonState:
    """All that was learnt, as plain data.

    Attributes:
        features: Names, in the order of first sight.
        examples: Answers learnt.
        weights: Those that predict: the intercept, then one a feature.
        latest_weights: The same before averaging.
        covariance: Lower triangle of the latest weights' covariance, row after row, little-endian float64.
        averaged_from: The average leaves out the weights of before so many answers.
        prior_variance: Of each weight; None for the one that an estimator was made with.
    """

    features: tuple[Hashable, ...]
    examples: int
    weights: tuple[float, ...]
    latest_weights: tuple[float, ...]
    covariance: bytes
    averaged_from: int = 0
    prior_variance: float | None = None


def head_of(state: NewtonState, weights: Vector | None = None) -> Head:
    """Write a regression on the features of customers into a model.

    Args:
        state: Of the regression.
        weights: Those that predict, where another's do.
    """
    predicting = state.weights if weights is None else tuple(weights.tolist())
    return Head(state.examples, predicting, state.latest_weights, state.covariance)


def state_of(head: Head) -> NewtonState:
    """Read back what ``head_of`` wrote."""
    return NewtonState(FEATURE_NAMES, head.examples, head.weights, head.latest_weights, head.covariance)
