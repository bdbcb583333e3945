"""The log-odds of leaving by a published model: standardise, clip, weight, sum, calibrate.

Customers who have just bought have weights of their own, since features mean something else there: a long usual gap is
a risk right after a purchase and an excuse in the middle of a silence, and one set of weights must fail one of the two.
As the purchase ages, the first prediction passes into the second: varying coefficients (Hastie and Tibshirani,
"Varying-Coefficient Models", J. Royal Statistical Society B 1993) in their simplest form.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from customers.features.feature_names import FEATURE_SET, RECENCY
from customers.features.features import Matrix
from risk.estimators.feature_index import Indices
from risk.scoring.model.calibration_map import CalibrationMap
from risk.scoring.model.regression import Regression, RegressionAtPurchase, RegressionStack, Weighted
from schemas.records.model import Model

CLIP: Final = 6.0
"""Standardised features are clipped to ±CLIP: beyond that, distance carries no information."""

FRESH_FOR: Final = 0.03
"""Share of the horizon in which the influence of a purchase falls by a factor of e."""

_LEAST_AT_PURCHASE: Final = 100
"""Number of answers at purchases from which their weights are used."""


class ModelRefusedError(ValueError):
    """A published model does not fit this program's features or horizon, or is inconsistent."""


class LogOdds:
    """Log-odds and their parts by one model for all customers, or by a model for each.

    Attributes:
        means: Means of the features, shape (features,) or (customers, features).
        scales: Inverse standard deviations, of the same shape.
        between: Regression between purchases.
        at_purchase: Regression at purchases; None before it has learnt enough.
        with_purchases: Customers whose models have one, shape (customers,); None if all of them have.
        fresh_days: Days in which the influence of a purchase falls by a factor of e.
    """

    means: Matrix
    scales: Matrix
    between: Weighted
    at_purchase: Weighted | None
    with_purchases: NDArray[np.bool_] | None = None
    fresh_days: float

    def log_odds(self, values: Matrix, standardised: Matrix | None = None) -> Matrix:
        """Return the log-odds of leaving, shape (customers,).

        Args:
            values: One row for each of ``FEATURE_NAMES``, shape (features, customers).
            standardised: The same standardised, if that was done already, shape (customers, features).
        """
        standardised = self.standardise(values) if standardised is None else standardised
        between = self.between.log_odds(standardised)
        if self.at_purchase is None:
            return between
        mixed = between + self._freshness(values) * (self.at_purchase.log_odds(standardised) - between)
        return mixed if self.with_purchases is None else np.where(self.with_purchases, mixed, between)

    def effects(self, values: Matrix, standardised: Matrix | None = None) -> Matrix:
        """Return the contributions to the log-odds, zero for the average customer (``risk.scoring.model.attribution``).

        Args:
            values: One row for each of ``FEATURE_NAMES``, shape (features, customers).
            standardised: The same standardised, if that was done already, shape (customers, features).

        Returns:
            Shape (customers, groups), in the order of ``GROUPS``.
        """
        standardised = self.standardise(values) if standardised is None else standardised
        between = self.between.effects(standardised)
        if self.at_purchase is None:
            return between
        mixed = between + self._freshness(values)[:, None] * (self.at_purchase.effects(standardised) - between)
        return mixed if self.with_purchases is None else np.where(self.with_purchases[:, None], mixed, between)

    def _freshness(self, values: Matrix) -> Matrix:
        """Return 1 for customers who buy at this moment, falling to 0 with the time since; shape (customers,)."""
        return np.asarray(np.exp(np.expm1(values[RECENCY]) / -self.fresh_days))

    def standardise(self, values: Matrix) -> Matrix:
        """Return standardised features, shape (customers, features)."""
        return standardise(values, self.means, self.scales)


class RiskModel(LogOdds):
    """Computes the log-odds of leaving, and the contribution of each group of features.

    The arithmetic is that of River's pipeline ``RunningScaler | OnlineNewton``; a test holds the two equal. It is
    repeated here because River's mini-batches need a pandas frame, which costs more than the rest.

    Attributes:
        version: Version of the model.
        examples: Number of answers between purchases that it has learnt.
        published_at: Time of publication.
    """

    between: Regression
    at_purchase: Regression | None

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
        self.fresh_days = FRESH_FOR * horizon_days
        try:
            calibration = CalibrationMap(model.bend) if model.bend else None
        except ValueError as error:
            raise ModelRefusedError(f"model {model.version} has {error}") from error
        self.between = Regression(model.intercept, np.array(model.weights), model.covariance, calibration)
        self.at_purchase = None
        if head is not None and head.examples >= _LEAST_AT_PURCHASE:
            self.at_purchase = RegressionAtPurchase(head.weights[0], np.array(head.weights[1:]), head.covariance)
        self.means, self.scales = np.array(model.means), scales_of(model.variances)

    def prepare_reasons(self) -> None:
        """Compute now what ``effects`` needs, which takes milliseconds; otherwise its first call does.

        Raises:
            ModelRefusedError: The model's covariance does not fit its weights.
        """
        try:
            for one in (self.between, self.at_purchase):
                _ = one.shares if one else None
        except (ValueError, np.linalg.LinAlgError) as error:
            raise ModelRefusedError(f"model {self.version} gives no reasons: {error}") from error


class ModelStack(LogOdds):
    """Several models of one horizon, one for each customer; a customer's numbers are those of the model alone."""

    def __init__(self, models: Sequence[RiskModel], which: Indices) -> None:
        """Put models beside each other.

        Args:
            models: Models of one horizon.
            which: Index of each customer's model, shape (customers,).
        """
        self.means = np.array([one.means for one in models])[which]
        self.scales = np.array([one.scales for one in models])[which]
        self.between = RegressionStack([one.between for one in models], which)
        self.fresh_days = models[0].fresh_days
        self.at_purchase = None
        heads = [one.at_purchase for one in models]
        known = [head for head in heads if head is not None]
        if not known:
            return
        if len(known) < len(heads):
            self.with_purchases = np.array([head is not None for head in heads])[which]
        self.at_purchase = RegressionStack([head or known[0] for head in heads], which)


def standardise(values: Matrix, means: Matrix, scales: Matrix) -> Matrix:
    """Return standardised features, shape (customers, features): a new array, even of a single customer.

    Rows are contiguous, so that the order of summation does not depend on the batch size.

    Args:
        values: One row for each of ``FEATURE_NAMES``, shape (features, customers).
        means: Means of the features, shape (features,) or (customers, features).
        scales: Inverse standard deviations, of the same shape.
    """
    standardised = np.array(values.T, order="C")
    standardised -= means
    standardised *= scales
    return np.clip(standardised, -CLIP, CLIP, out=standardised)


def scales_of(variances: Sequence[float]) -> Matrix:
    """Return inverse standard deviations, shape (features,); 0 for a feature that does not vary."""
    return np.array([variance**-0.5 if variance > 0.0 else 0.0 for variance in variances])


def probability(log_odds: Matrix) -> Matrix:
    """Return the probabilities with these log-odds, without overflow."""
    return np.asarray(expit(log_odds))
