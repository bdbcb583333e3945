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
from risk.estimators.gaussian import reparameterized, reparameterized_gaussian, symmetric, with_precision_added
from risk.estimators.newton_state import NewtonState

DRIFT: Final = 2e-7
"""Variance that each weight gains with an answer, unless told otherwise."""

_INTERCEPT_VARIANCE: Final = 1.0
"""Before anything is learnt, the log-odds of the average one may well be ±1."""

_AVERAGED_PART: Final = 20
"""Weights are averaged over no more than this part of the answers learnt, so that the beginning is soon forgotten."""

_WANDERS_AFTER: Final = 16
"""Weights wander by so many answers at once, which spares a quarter of the time and changes no risk noticeably."""


class OnlineNewton(base.MiniBatchClassifier):
    """Bayesian logistic regression with slowly drifting weights, by the extended Kalman filter.

    The weights are taken to be normally distributed around zero at first. Each answer moves them by one Newton step
    whose curvature is the information gathered so far, so that features that say the same share what they explain, and
    those that say much move fast. Between answers, each weight wanders a little and is drawn back a little, so that old
    answers fade, and a weight of which nothing is learnt is never less sure than at the beginning.

    What predicts is the fading average of the latest weights (Polyak and Juditsky, "Acceleration of Stochastic
    Approximation by Averaging", SIAM J. Control and Optimization 1992).

    The step is that of Fahrmeir, "Posterior Mode Estimation by Extended Kalman Filtering for Multivariate Dynamic
    Generalized Linear Models" (J. American Statistical Association 1992); Ollivier, "Online Natural Gradient as a
    Kalman Filter" (Electronic J. Statistics 2018) shows that it is the natural gradient, and with it a relative of the
    online Newton step of Hazan, Agarwal and Kale, "Logarithmic Regret Algorithms for Online Convex Optimization"
    (Machine Learning 2007).

    Features get their places as they come, or beforehand by ``expect``; absent ones count as zero.

    Args:
        prior_variance: Of each weight before anything is learnt, features being standardised.
        drift: Variance that each weight gains from one answer to the next; below ``prior_variance``.
        averaged: Predictions are made with weights averaged over about so many answers, at least 1.

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
        self._columns = FeatureIndex()
        self._weights = np.zeros(1)
        self._latest = np.zeros(1)
        self._covariance = np.array([[_INTERCEPT_VARIANCE]])
        self._prepare(1)

    def expect(self, features: Iterable[Hashable]) -> Indices:
        """Give features their places, those first that have none yet.

        Returns:
            The place of each.
        """
        places = self._columns.meet(features)
        if len(self._columns) >= len(self._latest):
            self._grow(len(self._columns) + 1)
        return places

    def learn_one(self, x: dict[Hashable, Any], y: Any) -> None:  # noqa: ANN401 - River's labels
        """Learn one answer, true or false."""
        places = self.expect(x)
        self._inputs[1:] = 0.0
        self._inputs[places + 1] = values_of(x)
        self._step(bool(y))

    def learn_ordered(self, values: Vector, label: bool) -> None:
        """As ``learn_one``, sparing the dictionary.

        Args:
            values: Every feature known, in order, shape (features,).
            label: The answer.
        """
        copy_after_first(self._inputs, values)
        self._step(label)

    def predict_proba_one(self, x: dict[Hashable, Any], **_: Any) -> dict[Any, float]:  # noqa: ANN401 - River's
        """The probabilities of both answers; features never learnt say nothing."""
        places = self._columns.find(x)
        known = places >= 0
        log_odds = float(self._weights[0] + self._weights[places[known] + 1] @ values_of(x)[known])
        probability = _logistic(log_odds)
        return {False: 1.0 - probability, True: probability}

    def learn_many(self, X: Any, y: Any) -> None:  # noqa: ANN401, N803 - River's frames
        """Learn rows in their order, each as ``learn_one`` does."""
        rows: Any = utils.dataframe.into_frame(X).iter_rows(named=True)
        for row, label in zip(rows, utils.dataframe.into_series(y), strict=True):
            self.learn_one(row, label)

    def predict_proba_many(self, X: Any) -> Any:  # noqa: ANN401, N803 - River's frames
        """The probabilities of both answers, a row for each row."""
        frame = utils.dataframe.into_frame(X)
        places = self._columns.find(frame.columns)
        weights = np.where(places >= 0, self._weights[places + 1], 0.0)
        probabilities = expit(utils.dataframe.to_numpy(frame) @ weights + self._weights[0])
        return utils.dataframe.to_native_frame({False: 1.0 - probabilities, True: probabilities}, like=frame)

    @property
    def weights(self) -> Vector:
        """Those that predict: the intercept, then one a feature; to be read only."""
        return self._weights

    def unsettle(self, share: float) -> None:
        """Be less sure of everything, since the answers have changed: the next ones then move the weights further.

        Args:
            share: Of the uncertainty at the beginning that comes back, from 0 to 1.
        """
        self._covariance *= 1.0 - share
        prior = np.full(len(self._latest), self.prior_variance)
        prior[0] = _INTERCEPT_VARIANCE
        self._covariance[np.diag_indices(len(prior))] += share * prior
        self._averaged_from = self.examples

    def widen(self, prior_variance: float) -> None:
        """Hold weights that are further from zero for as likely as if that had been so from the beginning.

        Args:
            prior_variance: Of each weight, no less than now; see the class.
        """
        loosened = np.full(len(self._latest), 1.0 / prior_variance - 1.0 / self.prior_variance)
        loosened[0] = 0.0
        self._latest, self._covariance = with_precision_added((self._latest, symmetric(self._covariance)), loosened)
        self.prior_variance = prior_variance
        self._prepare(len(loosened))

    def carry_over(self, stretched: Vector, moved: Vector) -> None:
        """Go on with features that are standardised otherwise: what predicts says of them what it said before.

        How far from zero a weight is likely to lie at all is from now on meant of the new features.

        Args:
            stretched: New standard deviation of each feature over the old one, in order.
            moved: New mean less the old one, in old standard deviations.
        """
        self._weights = reparameterized(self._weights, stretched, moved)
        carried = reparameterized_gaussian((self._latest, symmetric(self._covariance)), stretched, moved)
        renewed = np.concatenate([[0.0], (1.0 - stretched**-2) / self.prior_variance])
        self._latest, self._covariance = with_precision_added(carried, renewed)

    @property
    def state(self) -> NewtonState:
        """All that was learnt, as plain data."""
        lower = np.tril_indices(len(self._latest))
        return NewtonState(
            features=self._columns.names,
            examples=self.examples,
            weights=tuple(self._weights.tolist()),
            latest_weights=tuple(self._latest.tolist()),
            covariance=self._covariance[lower].astype("<f8").tobytes(),
            averaged_from=self._averaged_from,
            prior_variance=self.prior_variance,
        )

    def resume(self, state: NewtonState) -> None:
        """Go on from what was learnt before, exactly as if it had never been put down.

        Raises:
            ValueError: The parts do not fit each other.
        """
        size = len(state.features) + 1
        lower = np.frombuffer(state.covariance, dtype="<f8")
        if len(state.weights) != size or len(state.latest_weights) != size or len(lower) != size * (size + 1) // 2:
            raise ValueError(f"weights or covariance are not those of {size - 1} features")
        covariance = np.zeros((size, size), order="F")
        covariance[np.tril_indices(size)] = lower
        self._columns = FeatureIndex()
        self._columns.meet(state.features)
        self.prior_variance = state.prior_variance or self.prior_variance
        self.examples = state.examples
        self._averaged_from = state.averaged_from
        self._weights, self._latest = np.array(state.weights), np.array(state.latest_weights)
        self._covariance = covariance
        self._prepare(size)

    def _step(self, label: bool) -> None:
        if self.examples % _WANDERS_AFTER == 0:
            self._wander()
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

    def _wander(self) -> None:
        self._latest *= self._kept
        self._covariance *= self._kept_twice
        self._covariance += self._wandering

    def _grow(self, size: int) -> None:
        known = len(self._latest)
        covariance = np.asfortranarray(np.eye(size) * self.prior_variance)
        covariance[:known, :known] = self._covariance
        self._covariance = covariance
        self._weights, self._latest = padded(self._weights, size), padded(self._latest, size)
        self._prepare(size)

    def _prepare(self, size: int) -> None:
        # The intercept alone is not drawn back, so what it gains has no bound.
        kept = (1.0 - self.drift / self.prior_variance) ** _WANDERS_AFTER
        self._kept = np.full(size, sqrt(kept))
        gained = np.full(size, self.prior_variance * (1.0 - kept))
        self._kept[0], gained[0] = 1.0, self.drift * _WANDERS_AFTER
        self._kept_twice = np.asfortranarray(np.outer(self._kept, self._kept))
        self._wandering = np.asfortranarray(np.diag(gained))
        self._inputs = np.ones(size)
        self._gains = np.zeros(size)


def _logistic(log_odds: float) -> float:
    if log_odds >= 0.0:
        return 1.0 / (1.0 + exp(-log_odds))
    odds = exp(log_odds)
    return odds / (1.0 + odds)
