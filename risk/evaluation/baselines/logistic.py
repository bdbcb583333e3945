"""Batch logistic regression on all known answers."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from customers.features.feature_names import FEATURE_NAMES
from risk.evaluation.baselines.past import Past, UnlabelledDecisions
from risk.evaluation.quality import Numbers
from risk.scoring.model.risk_model import CLIP

DECAYED_COUNTS: Final = tuple(f"log_purchases_{half_life}" for half_life in (7, 30, 90, 365))

_RIDGE: Final = 1.0
"""Ridge penalty: a Gaussian prior of variance 1 for standardised weights."""


class Logistic:
    """A ridge regression of the log-odds on some features, standardised.

    Attributes:
        name: Name in the report.
        note: Short description in the report.
    """

    def __init__(self, name: str, note: str, features: Sequence[str] = FEATURE_NAMES) -> None:
        """Start with weights of zero.

        Args:
            name: Name in the report.
            note: Short description in the report.
            features: Names of the features to use.
        """
        self.name = name
        self.note = note
        self._columns = [FEATURE_NAMES.index(feature) for feature in features]
        self._weights = np.zeros(len(features) + 1)
        self._means = np.zeros(len(features))
        self._scales = np.zeros(len(features))
        self._share = 0.5

    def fit(self, past: Past) -> None:
        """Minimise the penalised log loss, starting from the last fit."""
        self._share = past.share
        known = ~np.isnan(past.features[:, 0])
        values, left = past.features[known][:, self._columns], past.left[known]
        if not 0 < left.sum() < len(left):
            return
        self._means, deviations = values.mean(axis=0), values.std(axis=0)
        self._scales = np.divide(1.0, deviations, out=np.zeros_like(deviations), where=deviations > 0.0)
        self._weights = _least_loss(self._standardised(values), left.astype(np.float64), self._weights)

    def risks(self, decisions: UnlabelledDecisions) -> Numbers:
        """Return the probabilities of leaving.

        It is the share of leavers so far for customers not yet known, and before there are answers of both kinds.
        """
        if not self._scales.any():
            return np.full(len(decisions.features), self._share)
        risks = expit(self._standardised(decisions.features[:, self._columns]) @ self._weights)
        return np.where(np.isnan(risks), self._share, risks)

    def _standardised(self, values: Numbers) -> Numbers:
        """Return standardised features after a column of ones, shape (n, features + 1)."""
        clipped = np.clip((values - self._means) * self._scales, -CLIP, CLIP)
        return np.column_stack((np.ones(len(values)), clipped))


def _least_loss(values: Numbers, left: Numbers, start: Numbers) -> Numbers:
    ridge = np.full(values.shape[1], _RIDGE / len(left))
    ridge[0] = 0.0

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        log_odds = values @ weights
        penalised = np.mean(np.logaddexp(0.0, log_odds) - left * log_odds) + 0.5 * ridge @ weights**2
        return float(penalised), values.T @ (expit(log_odds) - left) / len(left) + ridge * weights

    def curvature(weights: Numbers) -> Numbers:
        risks = expit(values @ weights)
        return np.asarray((values.T * (risks * (1.0 - risks))) @ values / len(left) + np.diag(ridge + 1e-9))

    found = minimize(loss, start, jac=True, hess=curvature, method="trust-exact", options={"gtol": 1e-6})
    return np.asarray(found.x, dtype=np.float64)
