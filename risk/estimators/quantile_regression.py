"""Quantile regression that learns one number at a time, by steps scaled as Newton's."""

from collections.abc import Sequence
from math import sqrt, tau
from typing import Final

import numpy as np
from scipy.linalg.blas import ddot
from scipy.special import ndtri

from risk.estimators.blas import add_scaled, add_square, copy_after_first, move_towards, times_symmetric
from risk.estimators.feature_index import Vector
from schemas.model import QuantileHeads

LEVELS: Final = (0.1, 0.5, 0.9)

_PRIOR_VARIANCE: Final = 0.02
_INTERCEPT_VARIANCE: Final = 1.0
_DRIFT: Final = 1e-7
_WANDERS_AFTER: Final = 16
_AVERAGED: Final = 2_000
_AVERAGED_PART: Final = 20
_TOGETHER: Final = 500
"""So many first numbers also move all levels alike, as they would a mean: pinball steps are slow from afar."""

_TRACKING: Final = 0.01
"""Part of the spread by which a level as a whole follows what it covers."""

_BOLDNESS: Final = 0.5
"""Steps are half as long as would be best if errors were normally distributed; nobody knows that they are."""

_SPREAD_OF_MEAN_DISTANCE: Final = sqrt(tau / 4.0)
"""Standard deviation of a normal distribution whose mean distance from the median is one."""


class OnlineQuantiles:
    """Linear quantile regressions on the same inputs, one a level.

    Each number moves the weights of a level by the subgradient of the pinball loss (Koenker and Bassett, "Regression
    Quantiles", Econometrica 1978), scaled by the inverse of that loss's expected curvature: the running covariance of a
    linear regression over the density at the quantile, for which that of a normal distribution of the same spread
    stands in. That is stochastic approximation with the best of step matrices (Polyak and Juditsky, "Acceleration of
    Stochastic Approximation by Averaging", SIAM J. Control and Optimization 1992), which also gives the averaging.
    Where the stand-in is poor, steps are too short or too long, so each level as a whole also follows what it covers,
    by Gibbs and Candès, "Adaptive Conformal Inference Under Distribution Shift" (NeurIPS 2021): coverage is right in
    the long run whatever the distribution.
    As in :class:`risk.estimators.online_newton.OnlineNewton`, weights wander a little, so that old answers fade.
    """

    def __init__(self, features: int, begin: Sequence[float]) -> None:
        """Begin with nothing learnt.

        Args:
            features: How many, standardised.
            begin: What each of ``LEVELS`` says before anything is learnt.
        """
        self.examples = 0
        self.spread = 1.0
        self._latest = np.zeros((len(LEVELS), features + 1))
        self._latest[:, 0] = begin
        self._weights = self._latest.copy()
        self._covariance = np.asfortranarray(np.eye(features + 1) * _PRIOR_VARIANCE)
        self._covariance[0, 0] = _INTERCEPT_VARIANCE
        self._prepare()

    def learn(self, standardised: Vector, value: float) -> None:
        """Learn one number.

        Args:
            standardised: The features, shape (features,).
            value: What came.
        """
        if self.examples % _WANDERS_AFTER == 0:
            self._covariance *= self._kept
            self._covariance += self._wandering
        inputs, gains = self._inputs, self._gains
        copy_after_first(inputs, standardised)
        times_symmetric(self._covariance, inputs, gains)
        narrowing = 1.0 + ddot(inputs, gains)
        add_square(self._covariance, -1.0 / narrowing, gains)
        said = [ddot(latest, inputs) for latest in self._latest]
        self.examples += 1
        off = value - said[1]
        self.spread += max(1.0 / _AVERAGED, 1.0 / (self.examples + 1)) * (abs(off) - self.spread)
        together = off if self.examples <= _TOGETHER else 0.0
        for latest, level, scale, one in zip(self._latest, LEVELS, self._scales, said, strict=True):
            missed = (level - (value < one)) * self.spread
            add_scaled(latest, (missed * scale + together) / narrowing, gains)
            latest[0] += _TRACKING * missed
        share = max(1.0 / _AVERAGED, min(_AVERAGED_PART / self.examples, 1.0))
        move_towards(self._weights.reshape(-1), share, self._latest.reshape(-1))

    def publish(self) -> QuantileHeads:
        """All that was learnt, as plain data."""
        lower = np.tril_indices(len(self._inputs))
        return QuantileHeads(
            examples=self.examples,
            weights=tuple(tuple(row) for row in self._weights.tolist()),
            latest_weights=tuple(tuple(row) for row in self._latest.tolist()),
            covariance=self._covariance[lower].astype("<f8").tobytes(),
            spread=self.spread,
        )

    def resume(self, heads: QuantileHeads) -> None:
        """Go on from what was learnt before, exactly as if it had never been put down.

        Raises:
            ValueError: The parts do not fit each other or these features.
        """
        weights, latest = np.array(heads.weights), np.array(heads.latest_weights)
        lower = np.frombuffer(heads.covariance, dtype="<f8")
        size = len(self._inputs)
        if {weights.shape, latest.shape} != {self._latest.shape} or len(lower) != size * (size + 1) // 2:
            raise ValueError(f"quantiles are not those of {size - 1} features")
        self.examples, self.spread = heads.examples, heads.spread
        self._weights, self._latest = weights, latest
        self._covariance = np.zeros((size, size), order="F")
        self._covariance[np.tril_indices(size)] = lower

    def _prepare(self) -> None:
        size = self._latest.shape[1]
        kept = (1.0 - _DRIFT / _PRIOR_VARIANCE) ** _WANDERS_AFTER
        gained = np.full(size, _PRIOR_VARIANCE * (1.0 - kept))
        root = np.full(size, sqrt(kept))
        root[0], gained[0] = 1.0, _DRIFT * _WANDERS_AFTER
        self._kept = np.asfortranarray(np.outer(root, root))
        self._wandering = np.asfortranarray(np.diag(gained))
        self._inputs = np.ones(size)
        self._gains = np.zeros(size)
        density = np.exp(-0.5 * ndtri(np.array(LEVELS)) ** 2) / sqrt(tau)
        self._scales = (_BOLDNESS * _SPREAD_OF_MEAN_DISTANCE / density).tolist()
