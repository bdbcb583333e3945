"""State of an online Newton regression as plain data, and its form in a published model."""

from collections.abc import Hashable
from dataclasses import dataclass

from customers.features.feature_names import FEATURE_NAMES
from risk.estimators.feature_index import Vector
from schemas.records.model import Head


@dataclass(frozen=True, slots=True)
class NewtonState:
    """Everything that a regression has learnt.

    Attributes:
        features: Names in the order of their weights.
        examples: Number of answers learnt.
        weights: Averaged weights, which predict: the intercept, then one per feature.
        latest_weights: Weights before averaging, likewise.
        covariance: Lower triangle of the latest weights' covariance, row by row, little-endian float64.
        averaged_from: Number of answers after which averaging started.
        prior_variance: Of each weight; None for the one that the estimator was constructed with.
    """

    features: tuple[Hashable, ...]
    examples: int
    weights: tuple[float, ...]
    latest_weights: tuple[float, ...]
    covariance: bytes
    averaged_from: int = 0
    prior_variance: float | None = None


def head_of(state: NewtonState, weights: Vector | None = None) -> Head:
    """Return a regression on the features of customers in the form of the published model.

    Args:
        state: Of the regression.
        weights: Weights that predict instead of its own, shape (features + 1,).
    """
    predicting = state.weights if weights is None else tuple(weights.tolist())
    return Head(state.examples, predicting, state.latest_weights, state.covariance)


def state_of(head: Head) -> NewtonState:
    """Return the state that ``head_of`` was given."""
    return NewtonState(FEATURE_NAMES, head.examples, head.weights, head.latest_weights, head.covariance)
