"""Quantile regression that learns one number at a time, by subgradient steps scaled like Newton's."""

from collections.abc import Sequence
from math import sqrt, tau
from typing import Final

import numpy as np
from scipy.linalg.blas import ddot
from scipy.special import ndtri

from risk.estimators.blas import add_scaled, add_square, copy_after_first, move_towards, times_symmetric
from risk.estimators.feature_index import Vector
from risk.estimators.gaussian import pack_lower, unpack_lower
from schemas.records.model import QuantileHeads

LEVELS: Final = (0.1, 0.5, 0.9)
"""Probabilities of the quantiles."""

_PRIOR_VARIANCE: Final = 0.02
_INTERCEPT_VARIANCE: Final = 1.0
_DRIFT: Final = 1e-7
_DRIFT_INTERVAL: Final = 16
_AVERAGED: Final = 2_000
_AVERAGED_PART: Final = 20
_JOINT_STEPS: Final = 500
"""The first numbers also move all levels alike, like a mean: pinball steps are slow from far away."""

_TRACKING: Final = 0.01
"""Step size of the correction of a level's coverage, as a part of the spread."""

_STEP_SHARE: Final = 0.5
"""Steps are half as long as would be optimal for Gaussian errors, since errors may not be Gaussian."""

_SPREAD_OF_MEAN_DISTANCE: Final = sqrt(tau / 4.0)
"""Standard deviation of a Gaussian whose mean distance from the median is one."""


class OnlineQuantiles:
    """Linear quantile regressions on the same inputs, one per level.

    Each number moves the weights of a level by the subgradient of the pinball loss (Koenker and Bassett, "Regression
    Quantiles", Econometrica 1978), scaled by the inverse of that loss's expected curvature: the running covariance of a
    linear regression divided by the density at the quantile, which is taken from a Gaussian of the same spread. That is
    stochastic approximation with the optimal step matrix (Polyak and Juditsky, "Acceleration of Stochastic
    Approximation by Averaging", SIAM J. Control and Optimization 1992), which also gives the averaging. Where errors
    are not Gaussian, steps are too short or too long; so each level is also corrected by its coverage, after Gibbs and
    Candès, "Adaptive Conformal Inference Under Distribution Shift" (NeurIPS 2021), which makes coverage right in the
    long run whatever the distribution.
    As in :class:`risk.estimators.online_newton.OnlineNewton`, weights drift a little, so that old answers fade.
    """

    def __init__(self, features: int, start: Sequence[float]) -> None:
        """Start with intercepts alone.

        Args:
            features: Number of standardised features.
            start: First prediction of each of ``LEVELS``, shape (levels,).
        """
        self.examples = 0
        self.spread = 1.0
        self._latest = np.zeros((len(LEVELS), features + 1))
        self._latest[:, 0] = start
        self._weights = self._latest.copy()
        self._covariance = np.asfortranarray(np.eye(features + 1) * _PRIOR_VARIANCE)
        self._covariance[0, 0] = _INTERCEPT_VARIANCE
        self._prepare()

    def learn(self, standardised: Vector, value: float) -> None:
        """Learn one number.

        Args:
            standardised: The features, shape (features,).
            value: The number observed.
        """
        if self.examples % _DRIFT_INTERVAL == 0:
            self._covariance *= self._kept
            self._covariance += self._drift_variance
        inputs, gains = self._inputs, self._gains
        copy_after_first(inputs, standardised)
        times_symmetric(self._covariance, inputs, gains)
        narrowing = 1.0 + ddot(inputs, gains)
        add_square(self._covariance, -1.0 / narrowing, gains)
        predicted = [ddot(latest, inputs) for latest in self._latest]
        self.examples += 1
        error = value - predicted[1]
        self.spread += max(1.0 / _AVERAGED, 1.0 / (self.examples + 1)) * (abs(error) - self.spread)
        joint = error if self.examples <= _JOINT_STEPS else 0.0
        for latest, level, scale, one in zip(self._latest, LEVELS, self._scales, predicted, strict=True):
            missed = (level - (value < one)) * self.spread
            add_scaled(latest, (missed * scale + joint) / narrowing, gains)
            latest[0] += _TRACKING * missed
        share = max(1.0 / _AVERAGED, min(_AVERAGED_PART / self.examples, 1.0))
        move_towards(self._weights.reshape(-1), share, self._latest.reshape(-1))

    def publish(self) -> QuantileHeads:
        """Return everything learnt, as plain data."""
        return QuantileHeads(
            examples=self.examples,
            weights=tuple(tuple(row) for row in self._weights.tolist()),
            latest_weights=tuple(tuple(row) for row in self._latest.tolist()),
            covariance=pack_lower(self._covariance),
            spread=self.spread,
        )

    def resume(self, heads: QuantileHeads) -> None:
        """Continue from published heads; the result is bit-equal to never having stopped.

        Raises:
            ValueError: The weights or the covariance do not fit the features.
        """
        weights, latest = np.array(heads.weights), np.array(heads.latest_weights)
        size = len(self._inputs)
        if {weights.shape, latest.shape} != {self._latest.shape}:
            raise ValueError(f"quantiles are not those of {size - 1} features")
        covariance = unpack_lower(heads.covariance, size)
        self.examples, self.spread = heads.examples, heads.spread
        self._weights, self._latest = weights, latest
        self._covariance = covariance

    def _prepare(self) -> None:
        size = self._latest.shape[1]
        kept = (1.0 - _DRIFT / _PRIOR_VARIANCE) ** _DRIFT_INTERVAL
        gained = np.full(size, _PRIOR_VARIANCE * (1.0 - kept))
        root = np.full(size, sqrt(kept))
        root[0], gained[0] = 1.0, _DRIFT * _DRIFT_INTERVAL
        self._kept = np.asfortranarray(np.outer(root, root))
        self._drift_variance = np.asfortranarray(np.diag(gained))
        self._inputs = np.ones(size)
        self._gains = np.zeros(size)
        density = np.exp(-0.5 * ndtri(np.array(LEVELS)) ** 2) / sqrt(tau)
        self._scales = (_STEP_SHARE * _SPREAD_OF_MEAN_DISTANCE / density).tolist()
