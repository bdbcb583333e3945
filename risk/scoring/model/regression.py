"""Regressions on standardised features: log-odds, and the part of each group of features.

A published model has two. A stack holds those of many models, so that each customer of a call may have another model:
customers who are read from a backlog are scored at instants of many epochs, and a call for each model takes longer
than the arithmetic.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Final

import numpy as np

from customers.features.feature_names import FEATURE_GROUPS
from customers.features.features import Matrix
from risk.estimators.feature_index import Indices
from risk.scoring.model.attribution import attribution_of
from risk.scoring.model.calibration_map import Calibration, CalibrationMap, CalibrationStack

GROUPS: Final = tuple(dict.fromkeys(FEATURE_GROUPS.values()))
"""Groups of features, in the order of effects."""

_SILENCE: Final = GROUPS.index("silence")
_RHYTHM: Final = GROUPS.index("rhythm")


class Weighted:
    """Weights standardised features, by the same weights for all customers or by weights for each."""

    intercept: Matrix
    weights: Matrix
    calibration: Calibration | None

    @property
    def shares(self) -> Matrix:
        """Each group's share of the weights, shape (groups, features) or (customers, groups, features)."""
        raise NotImplementedError

    def log_odds(self, standardised: Matrix) -> Matrix:
        """Return the log-odds, shape (customers,).

        Args:
            standardised: Features, shape (customers, features).
        """
        log_odds = np.asarray(self.intercept + np.vecdot(standardised, self.weights))
        return log_odds if self.calibration is None else self.calibration(log_odds)

    def effects(self, standardised: Matrix) -> Matrix:
        """Return the contribution of each group to the log-odds, shape (customers, groups).

        Args:
            standardised: Features, shape (customers, features).
        """
        effects = np.asarray(np.vecdot(standardised[:, None, :], self.shares))
        if self.calibration is None:
            return effects
        differences = np.vecdot(standardised, self.weights)
        return effects * self.calibration.secant_slopes(self.intercept, differences)[:, None]


class Regression(Weighted):
    """One regression, with its attribution and its calibration map."""

    calibration: CalibrationMap | None

    def __init__(
        self, intercept: float, weights: Matrix, covariance: bytes, calibration: CalibrationMap | None = None
    ) -> None:
        """Hold a published regression.

        Args:
            intercept: Log-odds of the average customer.
            weights: Of the standardised features, shape (features,).
            covariance: Published covariance of the intercept and the weights.
            calibration: Calibrates the log-odds; None leaves them as they are.
        """
        self.intercept = np.array(intercept)
        self.weights = weights
        self.calibration = calibration
        self._covariance = covariance

    @cached_property
    def shares(self) -> Matrix:
        """Each group's share of the weights, shape (groups, features)."""
        return attribution_of(self.weights, self._covariance, GROUPS)


class RegressionAtPurchase(Regression):
    """The regression at purchases, where nobody is silent: what features of silence say there is the rhythm."""

    @cached_property
    def shares(self) -> Matrix:
        """Each group's share of the weights, shape (groups, features)."""
        shares = super().shares
        shares[_RHYTHM] += shares[_SILENCE]
        shares[_SILENCE] = 0.0
        return shares


class RegressionStack(Weighted):
    """Regressions of several models, one for each customer; a customer's numbers are those of the model alone."""

    def __init__(self, regressions: Sequence[Regression], which: Indices) -> None:
        """Put regressions beside each other.

        Args:
            regressions: Of each model.
            which: Index of each customer's model, shape (customers,).
        """
        self.intercept = np.array([one.intercept for one in regressions])[which]
        self.weights = np.array([one.weights for one in regressions])[which]
        self.calibration = None
        maps = [one.calibration for one in regressions]
        if any(maps):
            self.calibration = CalibrationStack(maps, which)
        self._regressions, self._which = regressions, which

    @property
    def shares(self) -> Matrix:
        """Each group's share of each customer's weights, shape (customers, groups, features)."""
        return np.array([one.shares for one in self._regressions])[self._which]
