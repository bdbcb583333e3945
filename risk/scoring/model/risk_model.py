"""The log-odds of leaving by a published model: standardise, clip, weight, sum, calibrate.

Customers who have just bought have weights of their own, since features mean something else there: a long usual gap is
a risk right after a purchase and an excuse in the middle of a silence, and one set of weights must fail one of the two.
As the purchase ages, the first prediction passes into the second: varying coefficients (Hastie and Tibshirani,
"Varying-Coefficient Models", J. Royal Statistical Society B 1993) in their simplest form.
"""

from functools import cached_property
from typing import Final

import numpy as np
from scipy.special import expit

from customers.features.feature_names import FEATURE_GROUPS, FEATURE_SET, RECENCY
from customers.features.features import Matrix
from risk.scoring.model.attribution import attribution_of
from risk.scoring.model.calibration_map import CalibrationMap
from schemas.records.model import Model

CLIP: Final = 6.0
"""Standardised features are clipped to ±CLIP: beyond that, distance carries no information."""

FRESH_FOR: Final = 0.03
"""Share of the horizon in which the influence of a purchase falls by a factor of e."""

_LEAST_AT_PURCHASE: Final = 100
"""Number of answers at purchases from which their weights are used."""

GROUPS: Final = tuple(dict.fromkeys(FEATURE_GROUPS.values()))
"""Groups of features, in the order of effects."""

_SILENCE: Final = GROUPS.index("silence")
_RHYTHM: Final = GROUPS.index("rhythm")


class ModelRefusedError(ValueError):
    """A published model does not fit this program's features or horizon, or is inconsistent."""


class RiskModel:
    """Computes the log-odds of leaving, and the contribution of each group of features.

    The arithmetic is that of River's pipeline ``RunningScaler | OnlineNewton``; a test holds the two equal. It is
    repeated here because River's mini-batches need a pandas frame, which costs more than the rest.

    Attributes:
        version: Version of the model.
        examples: Number of answers between purchases that it has learnt.
        published_at: Time of publication.
    """

    def __init__(self, model: Model, horizon_days: float) -> None:
        """Prepare the arithmetic.

        Args:
            model: Published model.
            horizon_days: Horizon of this program's questions, days.

        Raises:
            ModelRefusedError: The model has other features, another horizon, or other knots of calibration.
        """
        if model.feature_set != FEATURE_SET:
            raise ModelRefusedError(
                f"model {model.version} was learnt on features {model.feature_set}, not {FEATURE_SET}"
            )
        if model.horizon_days != horizon_days:
            raise ModelRefusedError(
                f"model {model.version} answers for {model.horizon_days:g} days, not for {horizon_days:g}"
            )
        self.version = model.version
        head = model.at_purchase
        self.examples = model.examples - (head.examples if head else 0)
        self.published_at = model.published_at
        self._fresh_days = FRESH_FOR * horizon_days
        try:
            calibration = CalibrationMap(model.bend) if model.bend else None
        except ValueError as error:
            raise ModelRefusedError(f"model {model.version} has {error}") from error
        self._between_purchases = _Regression(model.intercept, np.array(model.weights), model.covariance, calibration)
        self._at_purchase: _Regression | None = None
        if head is not None and head.examples >= _LEAST_AT_PURCHASE:
            self._at_purchase = _AtPurchase(head.weights[0], np.array(head.weights[1:]), head.covariance)
        scales = [variance**-0.5 if variance > 0.0 else 0.0 for variance in model.variances]
        self._means = np.array(model.means)
        self._scales = np.array(scales)

    def log_odds(self, values: Matrix, standardised: Matrix | None = None) -> Matrix:
        """Return the log-odds of leaving, shape (customers,).

        Args:
            values: One row for each of ``FEATURE_NAMES``, shape (features, customers).
            standardised: The same standardised, if that was done already, shape (customers, features).
        """
        standardised = self.standardise(values) if standardised is None else standardised
        between = self._between_purchases.log_odds(standardised)
        if self._at_purchase is None:
            return between
        return between + self._freshness(values) * (self._at_purchase.log_odds(standardised) - between)

    def effects(self, values: Matrix, standardised: Matrix | None = None) -> Matrix:
        """Return the contributions to the log-odds, zero for the average customer (``risk.scoring.model.attribution``).

        Args:
            values: One row for each of ``FEATURE_NAMES``, shape (features, customers).
            standardised: The same standardised, if that was done already, shape (customers, features).

        Returns:
            Shape (customers, groups), in the order of ``GROUPS``.
        """
        standardised = self.standardise(values) if standardised is None else standardised
        between = self._between_purchases.effects(standardised)
        if self._at_purchase is None:
            return between
        return between + self._freshness(values)[:, None] * (self._at_purchase.effects(standardised) - between)

    def _freshness(self, values: Matrix) -> Matrix:
        """Return 1 for customers who buy at this moment, falling to 0 with the time since; shape (customers,)."""
        return np.asarray(np.exp(np.expm1(values[RECENCY]) / -self._fresh_days))

    def standardise(self, values: Matrix) -> Matrix:
        """Return standardised features, shape (customers, features).

        Rows are contiguous, so that the order of summation does not depend on the batch size.
        """
        standardised = np.array(values.T, order="C")
        standardised -= self._means
        standardised *= self._scales
        return np.clip(standardised, -CLIP, CLIP, out=standardised)

    def prepare_reasons(self) -> None:
        """Compute now what ``effects`` needs, which takes milliseconds; otherwise its first call does.

        Raises:
            ModelRefusedError: The model's covariance does not fit its weights.
        """
        try:
            for one in (self._between_purchases, self._at_purchase):
                _ = one.shares if one else None
        except (ValueError, np.linalg.LinAlgError) as error:
            raise ModelRefusedError(f"model {self.version} gives no reasons: {error}") from error


class _Regression:
    """One regression on standardised features, with its attribution and its calibration map."""

    def __init__(
        self, intercept: float, weights: Matrix, covariance: bytes, calibration: CalibrationMap | None = None
    ) -> None:
        self._intercept = intercept
        self._weights = weights
        self._covariance = covariance
        self._calibration = calibration

    def log_odds(self, standardised: Matrix) -> Matrix:
        log_odds = np.asarray(self._intercept + np.vecdot(standardised, self._weights))
        return log_odds if self._calibration is None else self._calibration(log_odds)

    def effects(self, standardised: Matrix) -> Matrix:
        effects = np.asarray(np.vecdot(standardised[:, None, :], self.shares))
        if self._calibration is None:
            return effects
        differences = np.vecdot(standardised, self._weights)
        return effects * self._calibration.secant_slopes(self._intercept, differences)[:, None]

    @cached_property
    def shares(self) -> Matrix:
        """Each group's share of the weights, shape (groups, features)."""
        return attribution_of(self._weights, self._covariance, GROUPS)


class _AtPurchase(_Regression):
    """The regression at purchases, where nobody is silent: what features of silence say there is the rhythm."""

    @cached_property
    def shares(self) -> Matrix:
        shares = super().shares
        shares[_RHYTHM] += shares[_SILENCE]
        shares[_SILENCE] = 0.0
        return shares


def probability(log_odds: Matrix) -> Matrix:
    """Return the probabilities with these log-odds, without overflow."""
    return np.asarray(expit(log_odds))
