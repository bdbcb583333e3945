"""Model of each customer's gain: what every action is expected to bring, and how sure that is.

Bayesian linear regression of the outcome on the standardised features of the risk model. Each action has its own
weights, which are those that all actions share plus a deviation of its own: an action with few outcomes borrows from
the others (partial pooling; Gelman and Hill, "Data Analysis Using Regression and Multilevel/Hierarchical Models",
chapter 12). An action enters as its indicator less its known probability, so that the gain is not confused with what
customers would have brought anyway, even where that is no linear function (Robinson 1988; Nie and Wager, "Quasi-oracle
estimation of heterogeneous treatment effects", Biometrika 2021; for bandits, Greenewald et al., "Action centered
contextual bandits", NeurIPS 2017).

All that is kept are sums, so the order of outcomes does not matter, and the sums of workers could be added.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from retention.outcomes.columns import Integers, Matrix, Vector

_BASELINE_DEVIATION: Final = 3.0
"""Prior standard deviation of the weights of what customers bring anyway, in standard deviations of the outcome,"""

_SHARED_DEVIATION: Final = 0.1
"""of the weights of a gain that all actions share,"""

_OWN_DEVIATION: Final = 0.1
"""and of each action's deviation from them."""

_ROUNDS: Final = 5
"""The variance of the noise and the weights are estimated in turn; it settles in two or three rounds."""

_FEWEST: Final = 10
"""Number of outcomes below which the prior alone is known."""


@dataclass(frozen=True, slots=True)
class Gains:
    """Expected gains of actions over doing nothing; both of shape (customers, actions), doing nothing not among them.

    Attributes:
        mean: Expected gain, in units of the outcome.
        deviation: Standard deviation of the expectation.
    """

    mean: Matrix
    deviation: Matrix


@dataclass(frozen=True, slots=True)
class _Posterior:
    mean: Vector
    covariance: Matrix


@dataclass(frozen=True, slots=True)
class GainModel:
    """Sums from which the model follows.

    Attributes:
        actions: Number of actions, without doing nothing.
        features: Number of standardised features; the intercept is added here.
        products: Sums of products of regressors, shape (regressors, regressors).
        moments: Sums of regressors times outcome, shape (regressors,).
        outcomes: Number of outcomes, their sum, and the sum of their squares.
    """

    actions: int
    features: int
    products: Matrix
    moments: Vector
    outcomes: tuple[int, float, float]

    @classmethod
    def empty(cls, actions: int, features: int) -> Self:
        """Return the model before any outcome.

        Args:
            actions: Number of actions, without doing nothing.
            features: Number of features, without the intercept.
        """
        regressors = (features + 1) * (actions + 2)
        return cls(actions, features, np.zeros((regressors, regressors)), np.zeros(regressors), (0, 0.0, 0.0))

    def learn_many(self, features: Matrix, done: Integers, probability: Matrix, outcome: Vector, guess: Matrix) -> Self:
        """Return the model that has learnt these outcomes, too.

        Args:
            features: Standardised features at the decisions, shape (decisions, features).
            done: Index of the action in effect, 0 for doing nothing, shape (decisions,).
            probability: Probability that each action is in effect, shape (decisions, actions + 1).
            outcome: Outcomes, shape (decisions,).
            guess: Gains expected before any outcome, which the model corrects, shape (decisions, actions).
        """
        taken = np.eye(self.actions + 1)[done][:, 1:] - probability[:, 1:]
        design = _with_intercept(features)
        blocks = [design, design * taken.sum(axis=1, keepdims=True)]
        regressors = np.hstack([*blocks, *(design * column[:, None] for column in taken.T)])
        corrected = outcome - (taken * guess).sum(axis=1)
        number, total, squares = self.outcomes
        return type(self)(
            self.actions,
            self.features,
            self.products + regressors.T @ regressors,
            self.moments + regressors.T @ corrected,
            (number + len(outcome), total + float(corrected.sum()), squares + float(corrected @ corrected)),
        )

    def gains(self, features: Matrix, guess: Matrix) -> Gains:
        """Return expected gains.

        Args:
            features: Standardised features, shape (customers, features).
            guess: Gains expected before any outcome, shape (customers, actions).
        """
        posterior = self._posterior()
        design, size = _with_intercept(features), self.features + 1
        shared = slice(size, 2 * size)
        mean, deviation = np.empty((len(features), self.actions)), np.empty((len(features), self.actions))
        for action in range(self.actions):
            own = slice((action + 2) * size, (action + 3) * size)
            mean[:, action] = guess[:, action] + design @ (posterior.mean[shared] + posterior.mean[own])
            rows = posterior.covariance[shared] + posterior.covariance[own]
            variance = ((design @ (rows[:, shared] + rows[:, own])) * design).sum(axis=1)
            deviation[:, action] = np.sqrt(np.maximum(variance, 0.0))
        return Gains(mean, deviation)

    def _posterior(self) -> _Posterior:
        """Return mean and covariance of the weights, with the variance of the noise that fits them."""
        number, total, squares = self.outcomes
        scale = squares / number - (total / number) ** 2 if number >= _FEWEST else 1.0
        scale = max(scale, 1e-12)
        prior, noise = self._prior_precision() / scale, scale
        for _ in range(_ROUNDS):
            precision = self.products / noise + np.diag(prior)
            mean = np.linalg.solve(precision, self.moments / noise)
            residual = squares - 2.0 * mean @ self.moments + mean @ self.products @ mean
            noise = max(float(residual) / number, 1e-6 * scale) if number >= _FEWEST else scale
        return _Posterior(np.asarray(mean, np.float64), np.asarray(np.linalg.inv(precision), np.float64))

    def _prior_precision(self) -> Vector:
        deviations = [_BASELINE_DEVIATION, _SHARED_DEVIATION, *[_OWN_DEVIATION] * self.actions]
        return np.repeat(1.0 / np.square(deviations), self.features + 1)


def _with_intercept(features: Matrix) -> Matrix:
    return np.hstack([np.ones((len(features), 1)), features])
