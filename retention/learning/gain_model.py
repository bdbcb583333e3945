"""Model of each customer's gain: what every action is expected to bring, and how sure that is.

Bayesian linear regression of the outcome on the standardised features of the risk model. Each action has its own
weights, which are those that all actions share plus a deviation of its own: an action with few outcomes borrows from
the others (partial pooling; Gelman and Hill, "Data Analysis Using Regression and Multilevel/Hierarchical Models",
chapter 12). The sum of both has a prior in which actions are correlated, so neither needs a regressor of its own.
An action enters as its indicator less its known probability, so that the gain is not confused with what
customers would have brought anyway, even where that is no linear function (Robinson 1988; Nie and Wager, "Quasi-oracle
estimation of heterogeneous treatment effects", Biometrika 2021; for bandits, Greenewald et al., "Action centered
contextual bandits", NeurIPS 2017).

All that is kept are sums. Outcomes are added one at a time, and nothing here is computed by BLAS, whose sums depend on
the number of its threads: outcomes in one order give the same bits, whatever the batches.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

import numpy as np

from retention.learning.elementwise import add_squares, inverse, product
from retention.outcomes.columns import Integers, Matrix, Vector

_BASELINE_DEVIATION: Final = 3.0
"""Prior standard deviation of the weights of what customers bring anyway, in standard deviations of the outcome,"""

_SHARED_DEVIATION: Final = 0.1
"""of the weights of a gain that all actions share,"""

_OWN_DEVIATION: Final = 0.1
"""and of each action's deviation from them."""

_ROUNDS: Final = 5
"""The variance of the noise and the weights are estimated in turn, at most so often,"""

_SETTLED: Final = 1e-3
"""or until the variance changes by less than this part of it."""

_FEWEST: Final = 10
"""Number of outcomes below which the prior alone is known."""


_LEAST_VARIANCE: Final = 1e-9
"""A feature varies if its variance is more than this part of its mean square."""


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
class GainPosterior:
    """Distribution of the weights of each action's gain, less the guess.

    Attributes:
        weights: Expected intercept and weights, shape (actions, features + 1).
        covariance: Their covariance, shape (actions, features + 1, features + 1).
    """

    weights: Matrix
    covariance: Matrix

    def __call__(self, features: Matrix) -> Gains:
        """Return what gains are expected to be beyond the guess; it does not depend on the other customers.

        Args:
            features: Standardised features, shape (customers, features).
        """
        design = _with_intercept(features)
        rows = design[:, None, :]
        spread = np.vecdot(rows[:, None, :, :], self.covariance)
        variance = np.vecdot(rows, np.ascontiguousarray(spread))
        return Gains(np.vecdot(rows, self.weights), np.sqrt(np.maximum(variance, 0.0)))


@dataclass(frozen=True)
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
        regressors = (features + 1) * (actions + 1)
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
        regressors = np.hstack([design, *(design * column[:, None] for column in taken.T)])
        corrected = outcome - (taken * guess).sum(axis=1)
        products, moments, (number, total, squares) = self.products.copy(), self.moments.copy(), self.outcomes
        add_squares(products, regressors)
        for row, response in zip(regressors, corrected.tolist(), strict=True):
            moments += row * response
            total += response
            squares += response * response
        return type(self)(self.actions, self.features, products, moments, (number + len(outcome), total, squares))

    def __add__(self, other: Self) -> Self:
        """Return the model that has learnt the outcomes of both, whose actions and features are the same."""
        outcomes = (
            self.outcomes[0] + other.outcomes[0],
            self.outcomes[1] + other.outcomes[1],
            self.outcomes[2] + other.outcomes[2],
        )
        products, moments = self.products + other.products, self.moments + other.moments
        return type(self)(self.actions, self.features, products, moments, outcomes)

    def standardisation(self) -> tuple[Vector, Vector]:
        """Return mean and factor of each feature over the decisions, from the sums themselves; both (features,).

        The factor of a feature that does not vary is 0.
        """
        size = self.features + 1
        sums = self.products[:size, :size]
        means, squares = sums[0, 1:] / sums[0, 0], np.diag(sums)[1:] / sums[0, 0]
        variances = squares - means * means
        varies = variances > _LEAST_VARIANCE * squares
        return means, np.where(varies, 1.0 / np.sqrt(np.where(varies, variances, 1.0)), 0.0)

    def standardised(self, means: Vector, scales: Vector) -> Self:
        """Return the model of the same outcomes on features less means, times scales.

        Args:
            means: Of each feature, shape (features,).
            scales: Factor of each feature, shape (features,).
        """
        half = self._rows_standardised(self.products, means, scales)
        products = self._rows_standardised(half.T, means, scales)
        moments = self._rows_standardised(self.moments[:, None], means, scales)[:, 0]
        return type(self)(self.actions, self.features, products, moments, self.outcomes)

    def _rows_standardised(self, sums: Matrix, means: Vector, scales: Vector) -> Matrix:
        """Return sums whose rows belong to regressors as those of standardised ones, shape (regressors, columns)."""
        blocks = sums.reshape(self.actions + 1, self.features + 1, -1).copy()
        blocks[:, 1:] = (blocks[:, 1:] - means[:, None] * blocks[:, :1]) * scales[:, None]
        return blocks.reshape(sums.shape)

    def gains(self, features: Matrix, guess: Matrix) -> Gains:
        """Return expected gains.

        Args:
            features: Standardised features, shape (customers, features).
            guess: Gains expected before any outcome, shape (customers, actions).
        """
        beyond = self.posterior(features)
        return Gains(guess + beyond.mean, beyond.deviation)

    @cached_property
    def posterior(self) -> GainPosterior:
        """Distribution of the weights, with the variance of the noise that fits them."""
        mean, covariance = self._weights
        size = self.features + 1
        blocks = [slice(start, start + size) for start in range(size, len(mean), size)]
        return GainPosterior(
            np.array([mean[block] for block in blocks]).reshape(self.actions, size),
            np.array([covariance[block, block] for block in blocks]).reshape(self.actions, size, size),
        )

    def baseline(self, features: Matrix) -> Vector:
        """Return expected outcomes under the policy that decided, guesses of gains not counted, shape (customers,).

        Args:
            features: Standardised features, shape (customers, features).
        """
        expected: Vector = _with_intercept(features) @ self._weights[0][: self.features + 1]
        return expected

    @cached_property
    def _weights(self) -> tuple[Vector, Matrix]:
        """Return mean and covariance of all weights.

        The variance of the noise is the residual sum of squares for each outcome that weights do not use up (MacKay,
        "Bayesian interpolation", Neural Computation 1992): as many weights as outcomes must not look certain.
        """
        number, total, squares = self.outcomes
        scale = squares / number - (total / number) ** 2 if number >= _FEWEST else 1.0
        scale = max(scale, 1e-12)
        prior, noise = self._prior_precision() / scale, scale
        for _ in range(_ROUNDS):
            covariance = inverse(self.products / noise + prior)
            mean = product(covariance, self.moments / noise)
            if number < _FEWEST:
                break
            fitted = product(self.products, mean)
            residual = squares - 2.0 * float((mean * self.moments).sum()) + float((mean * fitted).sum())
            used_up = len(mean) - float((covariance * prior).sum())
            before, noise = noise, max(residual / max(number - used_up, 1.0), 1e-6 * scale)
            if abs(noise - before) < _SETTLED * before:
                break
        return mean, covariance

    def _prior_precision(self) -> Matrix:
        """Return the inverse of the prior covariance, by Sherman and Morrison's formula for that of actions."""
        shared, own = _SHARED_DEVIATION**2, _OWN_DEVIATION**2
        of_actions = (np.eye(self.actions) - shared / (own + self.actions * shared)) / own
        blocks = np.zeros((self.actions + 1, self.actions + 1))
        blocks[0, 0], blocks[1:, 1:] = _BASELINE_DEVIATION**-2, of_actions
        return np.asarray(np.kron(blocks, np.eye(self.features + 1)), np.float64)


def _with_intercept(features: Matrix) -> Matrix:
    return np.hstack([np.ones((len(features), 1)), features])
