"""River's logistic regression with AdaGrad, kept in arrays: a challenger that costs next to nothing."""

from math import exp
from typing import Final

import numpy as np
from scipy.linalg.blas import ddot

from risk.estimators.blas import add_scaled, copy_after_first
from risk.estimators.feature_index import Vector

_EPSILON: Final = 1e-8
"""The value in River's optimiser."""


class AdaGrad:
    """Logistic regression with a step size per weight that shrinks as gradients add up.

    The steps are those of River's ``LogisticRegression(AdaGrad(rate), intercept_lr=0)`` with a constant feature, after
    Duchi, Hazan and Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization" (JMLR 2011).

    Attributes:
        weights: The intercept, then one per feature, shape (features + 1,).
        squares: Sums of squared gradients, shape (features + 1,).
    """

    def __init__(self, features: int, rate: float = 0.05) -> None:
        """Start with weights of zero.

        Args:
            features: Number of features.
            rate: Length of the first step.
        """
        self.weights: Vector = np.zeros(features + 1)
        self.squares: Vector = np.zeros(features + 1)
        self._rate = rate
        self._inputs: Vector = np.ones(features + 1)
        self._epsilon: Vector = np.full(features + 1, _EPSILON)

    def learn_ordered(self, values: Vector, label: bool) -> None:
        """Learn one answer.

        Args:
            values: Every standardised feature, in order, shape (features,).
            label: The answer.
        """
        inputs, squares = self._inputs, self.squares
        copy_after_first(inputs, values)
        log_odds = max(min(ddot(self.weights, inputs), 500.0), -500.0)
        error = 1.0 / (1.0 + exp(-log_odds)) - label
        add_scaled(squares, error * error, inputs * inputs)
        add_scaled(self.weights, -self._rate * error, inputs / np.sqrt(squares + self._epsilon))
