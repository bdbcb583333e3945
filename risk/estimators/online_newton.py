"""Logistic regression that learns one answer at a time by Newton steps, as a River classifier."""

from collections.abc import Hashable, Iterable
from math import exp, sqrt
from typing import Any, Final

import numpy as np
from river import base, utils
from scipy.linalg.blas import ddot
from scipy.special import expit

from risk.estimators.blas import add_scaled, add_square, copy_after_first, move_towards, times_symmetric
from risk.estimators.feature_index import FeatureIndex, Indices, Vector, padded, values_of
from risk.estimators.gaussian import (
    pack_lower,
    reparameterized,
    reparameterized_gaussian,
    symmetric,
    unpack_lower,
    with_precision_added,
)
from risk.estimators.newton_state import NewtonState

DRIFT: Final = 2e-7
"""Default of the variance that each weight gains with an answer."""

_INTERCEPT_VARIANCE: Final = 1.0
"""Prior: the log-odds of an average customer may well be ±1."""

_AVERAGED_PART: Final = 20
"""The average covers at most a twentieth of the answers learnt, so that the first ones soon fade."""

_DRIFT_INTERVAL: Final = 16
"""Drift is applied once in 16 answers, which saves a quarter of the time and changes no risk noticeably."""


class OnlineNewton(base.MiniBatchClassifier):
    """Bayesian logistic regression with slowly drifting weights, by the extended Kalman filter.

    The prior of the weights is a Gaussian around zero. Each answer moves them by one Newton step whose curvature is the
    information gathered so far: correlated features share what they explain, and informative ones move fast. Between
    answers each weight drifts a little and reverts a little to zero (an Ornstein-Uhlenbeck process), so that old
    answers fade and no variance exceeds the prior's.

    Predictions use a fading average of the latest weights (Polyak and Juditsky, "Acceleration of Stochastic
    Approximation by Averaging", SIAM J. Control and Optimization 1992).

    The step is that of Fahrmeir, "Posterior Mode Estimation by Extended Kalman Filtering for Multivariate Dynamic
    Generalized Linear Models" (J. American Statistical Association 1992); Ollivier, "Online Natural Gradient as a
    Kalman Filter" (Electronic J. Statistics 2018) shows that it is the natural gradient, and with it a relative of the
    online Newton step of Hazan, Agarwal and Kale, "Logarithmic Regret Algorithms for Online Convex Optimization"
    (Machine Learning 2007).

    Features get their index when they first occur, or beforehand by ``register``; absent ones count as zero.

    Args:
        prior_variance: Of each weight, for standardised features.
        drift: Variance that each weight gains from one answer to the next; below ``prior_variance``.
        averaged: Number of answers over which the predicting weights are averaged, at least 1.

    Raises:
        ValueError: The drift is negative or not below the prior variance, or there is nothing to average.
    """

    def __init__(self, prior_variance: float = 0.5, drift: float = DRIFT, averaged: int = 10_000) -> None:
        if not 0.0 <= drift < prior_variance:
            raise ValueError(f"expected a drift from 0 to below the prior variance {prior_variance:g}, not {drift:g}")
        if averaged < 1:
            raise ValueError(f"expected weights averaged over at least 1 answer, not {averaged}")
        self.prior_variance = prior_variance
        self.drift = drift
        self.averaged = averaged
        self.examples = 0
        self._averaged_from = 0
        self._index = FeatureIndex()
        self._weights = np.zeros(1)
        self._latest = np.zeros(1)
        self._covariance = np.array([[_INTERCEPT_VARIANCE]])
        self._prepare(1)

    def register(self, features: Iterable[Hashable]) -> Indices:
        """Return the index of each feature; new features get the next ones."""
        indices = self._index.add(features)
        if len(self._index) >= len(self._latest):
            self._grow(len(self._index) + 1)
        return indices

    def learn_one(self, x: dict[Hashable, Any], y: Any) -> None:  # noqa: ANN401 - River's labels
        """Learn one answer, true or false."""
        indices = self.register(x)
        self._inputs[1:] = 0.0
        self._inputs[indices + 1] = values_of(x)
        self._step(bool(y))

    def learn_ordered(self, values: Vector, label: bool) -> None:
        """Learn one answer from an array, which is faster than ``learn_one``.

        Args:
            values: Every registered feature, in order, shape (features,).
            label: The answer.
        """
        copy_after_first(self._inputs, values)
        self._step(label)

    def predict_proba_one(self, x: dict[Hashable, Any], **_: Any) -> dict[Any, float]:  # noqa: ANN401 - River's
        """Return the probabilities of both answers; features that were never learnt have no effect."""
        indices = self._index.find(x)
        known = indices >= 0
        log_odds = float(self._weights[0] + self._weights[indices[known] + 1] @ values_of(x)[known])
        probability = _logistic(log_odds)
        return {False: 1.0 - probability, True: probability}

    def learn_many(self, X: Any, y: Any) -> None:  # noqa: ANN401, N803 - River's frames
        """Learn the rows of a frame in order, each like ``learn_one``."""
        rows: Any = utils.dataframe.into_frame(X).iter_rows(named=True)
        for row, label in zip(rows, utils.dataframe.into_series(y), strict=True):
            self.learn_one(row, label)

    def predict_proba_many(self, X: Any) -> Any:  # noqa: ANN401, N803 - River's frames
        """Return the probabilities of both answers, one row per row of the frame."""
        frame = utils.dataframe.into_frame(X)
        indices = self._index.find(frame.columns)
        weights = np.where(indices >= 0, self._weights[indices + 1], 0.0)
        probabilities = expit(utils.dataframe.to_numpy(frame) @ weights + self._weights[0])
        return utils.dataframe.to_native_frame({False: 1.0 - probabilities, True: probabilities}, like=frame)

    @property
    def weights(self) -> Vector:
        """Predicting weights, read-only: the intercept, then one per feature, shape (features + 1,)."""
        return self._weights

    def inflate_covariance(self, share: float) -> None:
        """Move the covariance towards the prior's after drift, so that the next answers move the weights further.

        Args:
            share: Part of the way to the prior, from 0 to 1.
        """
        self._covariance *= 1.0 - share
        prior = np.full(len(self._latest), self.prior_variance)
        prior[0] = _INTERCEPT_VARIANCE
        self._covariance[np.diag_indices(len(prior))] += share * prior
        self._averaged_from = self.examples

    def widen_prior(self, prior_variance: float) -> None:
        """Replace the prior as if it had been wider from the start.

        Args:
            prior_variance: Of each weight, at least the present one.
        """
        loosened = np.full(len(self._latest), 1.0 / prior_variance - 1.0 / self.prior_variance)
        loosened[0] = 0.0
        self._latest, self._covariance = with_precision_added((self._latest, symmetric(self._covariance)), loosened)
        self.prior_variance = prior_variance
        self._prepare(len(loosened))

    def reparameterize(self, stretched: Vector, moved: Vector) -> None:
        """Express the weights for newly standardised features; predictions stay the same.

        The prior applies to the weights of the new features from now on.

        Args:
            stretched: New standard deviation of each feature divided by the old one, shape (features,).
            moved: New mean minus the old one, in old standard deviations, shape (features,).
        """
        self._weights = reparameterized(self._weights, stretched, moved)
        changed = reparameterized_gaussian((self._latest, symmetric(self._covariance)), stretched, moved)
        prior_change = np.concatenate([[0.0], (1.0 - stretched**-2) / self.prior_variance])
        self._latest, self._covariance = with_precision_added(changed, prior_change)

    @property
    def state(self) -> NewtonState:
        """Everything learnt, as plain data."""
        return NewtonState(
            features=self._index.names,
            examples=self.examples,
            weights=tuple(self._weights.tolist()),
            latest_weights=tuple(self._latest.tolist()),
            covariance=pack_lower(self._covariance),
            averaged_from=self._averaged_from,
            prior_variance=self.prior_variance,
        )

    def resume(self, state: NewtonState) -> None:
        """Continue from a stored state; the result is bit-equal to never having stopped.

        Raises:
            ValueError: The weights or the covariance do not fit the features.
        """
        size = len(state.features) + 1
        if len(state.weights) != size or len(state.latest_weights) != size:
            raise ValueError(f"weights are not those of {size - 1} features")
        covariance = unpack_lower(state.covariance, size)
        self._index = FeatureIndex()
        self._index.add(state.features)
        self.prior_variance = state.prior_variance or self.prior_variance
        self.examples = state.examples
        self._averaged_from = state.averaged_from
        self._weights, self._latest = np.array(state.weights), np.array(state.latest_weights)
        self._covariance = covariance
        self._prepare(size)

    def _step(self, label: bool) -> None:
        if self.examples % _DRIFT_INTERVAL == 0:
            self._apply_drift()
        latest, inputs, gains = self._latest, self._inputs, self._gains
        times_symmetric(self._covariance, inputs, gains)
        expected = _logistic(ddot(latest, inputs))
        information = expected * (1.0 - expected)
        narrowing = 1.0 + information * ddot(inputs, gains)
        add_scaled(latest, (label - expected) / narrowing, gains)
        add_square(self._covariance, -information / narrowing, gains)
        self.examples += 1
        share = max(1.0 / self.averaged, min(_AVERAGED_PART / (self.examples - self._averaged_from), 1.0))
        move_towards(self._weights, share, latest)

    def _apply_drift(self) -> None:
        self._latest *= self._kept
        self._covariance *= self._kept_twice
        self._covariance += self._drift_variance

    def _grow(self, size: int) -> None:
        known = len(self._latest)
        covariance = np.asfortranarray(np.eye(size) * self.prior_variance)
        covariance[:known, :known] = self._covariance
        self._covariance = covariance
        self._weights, self._latest = padded(self._weights, size), padded(self._latest, size)
        self._prepare(size)

    def _prepare(self, size: int) -> None:
        # The intercept alone does not revert to zero, so its variance has no bound.
        kept = (1.0 - self.drift / self.prior_variance) ** _DRIFT_INTERVAL
        self._kept = np.full(size, sqrt(kept))
        gained = np.full(size, self.prior_variance * (1.0 - kept))
        self._kept[0], gained[0] = 1.0, self.drift * _DRIFT_INTERVAL
        self._kept_twice = np.asfortranarray(np.outer(self._kept, self._kept))
        self._drift_variance = np.asfortranarray(np.diag(gained))
        self._inputs = np.ones(size)
        self._gains = np.zeros(size)


def _logistic(log_odds: float) -> float:
    if log_odds >= 0.0:
        return 1.0 / (1.0 + exp(-log_odds))
    odds = exp(log_odds)
    return odds / (1.0 + odds)
