"""A published model answers: standardise, clip, weigh, add up.

Who has just bought is judged by weights of their own. What tells of leaving differs there: a long usual gap is a risk
right after a purchase and an excuse in the middle of a silence, and one set of weights must fail one of the two. In
between, the two answers pass into each other as the purchase ages: varying coefficients (Hastie and Tibshirani,
"Varying-Coefficient Models", J. Royal Statistical Society B 1993) in their simplest form.
"""

from functools import cached_property
from typing import Final

import numpy as np
from scipy.special import expit

from customers.features import FEATURE_GROUPS, FEATURE_SET, RECENCY, Matrix
from risk.scoring.attribution import attribution_of
from risk.scoring.calibration_map import CalibrationMap
from schemas.model import Model

CLIP: Final = 6.0
"""Standardised features further out than this say no more than that they are far out."""

FRESH_FOR: Final = 0.03
"""Part of the horizon within which a purchase loses most of what it says by itself."""

_LEAST_AT_PURCHASE: Final = 100
"""Answers from which on the weights learnt at purchases are used."""

GROUPS: Final = tuple(dict.fromkeys(FEATURE_GROUPS.values()))


class ModelRefusedError(ValueError):
    """A published model does not fit this program's features or horizon, or itself."""


class RiskModel:
    """Gives the log-odds of leaving, and what each group of features adds to them.

    The arithmetic is that of River's pipeline ``RunningScaler | OnlineNewton``; a test holds the
    two equal. It is written out because River's own mini-batches want a pandas frame, which costs more than the rest.
    """

    def __init__(self, model: Model, horizon_days: float) -> None:
        """Take a model into use.

        Args:
            model: As published.
            horizon_days: The horizon asked about here.

        Raises:
            ModelRefusedError: It was learnt on other features, for another horizon, or with another bend.
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
            curve = CalibrationMap(model.bend) if model.bend else None
        except ValueError as error:
            raise ModelRefusedError(f"model {model.version} has {error}") from error
        self._later = _Weights(model.intercept, np.array(model.weights), model.covariance, curve)
        self._at_purchase: _Weights | None = None
        if head is not None and head.examples >= _LEAST_AT_PURCHASE:
            self._at_purchase = _Weights(head.weights[0], np.array(head.weights[1:]), head.covariance)
        scales = [variance**-0.5 if variance > 0.0 else 0.0 for variance in model.variances]
        self._means = np.array(model.means)
        self._scales = np.array(scales)

    def log_odds(self, values: Matrix) -> Matrix:
        """Log-odds of leaving, one number a customer.

        Args:
            values: A row for each of ``FEATURE_NAMES``, a column a customer.
        """
        standardised = self._standardised(values)
        later = self._later.log_odds(standardised)
        if self._at_purchase is None:
            return later
        return later + self._freshness(values) * (self._at_purchase.log_odds(standardised) - later)

    def effects(self, values: Matrix) -> Matrix:
        """What each of ``GROUPS`` adds to the log-odds, zero for the average customer (``risk.scoring.attribution``).

        Args:
            values: A row for each of ``FEATURE_NAMES``, a column a customer.

        Returns:
            A row a customer.
        """
        standardised = self._standardised(values)
        later = self._later.effects(standardised)
        if self._at_purchase is None:
            return later
        return later + self._freshness(values)[:, None] * (self._at_purchase.effects(standardised) - later)

    def _freshness(self, values: Matrix) -> Matrix:
        """1 for who buys this moment, next to 0 a few ``FRESH_FOR`` later."""
        return np.asarray(np.exp(np.expm1(values[RECENCY]) / -self._fresh_days))

    def _standardised(self, values: Matrix) -> Matrix:
        """A row a customer, whose numbers lie side by side, so that they are added in one order in any company."""
        standardised = np.array(values.T, order="C")
        standardised -= self._means
        standardised *= self._scales
        return np.clip(standardised, -CLIP, CLIP, out=standardised)

    def prepare_reasons(self) -> None:
        """Work out now what ``effects`` needs, which takes milliseconds; otherwise the first call does.

        Raises:
            ModelRefusedError: The model's covariance does not fit its weights.
        """
        try:
            for one in (self._later, self._at_purchase):
                _ = one.shares if one else None
        except (ValueError, np.linalg.LinAlgError) as error:
            raise ModelRefusedError(f"model {self.version} gives no reasons: {error}") from error


class _Weights:
    """One regression on standardised features, what its weights share, and how what it says is bent."""

    def __init__(
        self, intercept: float, weights: Matrix, covariance: bytes, curve: CalibrationMap | None = None
    ) -> None:
        self._intercept = intercept
        self._weights = weights
        self._covariance = covariance
        self._curve = curve

    def log_odds(self, standardised: Matrix) -> Matrix:
        said = np.asarray(self._intercept + np.vecdot(standardised, self._weights))
        return said if self._curve is None else self._curve(said)

    def effects(self, standardised: Matrix) -> Matrix:
        effects = np.asarray(np.vecdot(standardised[:, None, :], self.shares))
        if self._curve is None:
            return effects
        return effects * self._curve.stretches(self._intercept, np.vecdot(standardised, self._weights))[:, None]

    @cached_property
    def shares(self) -> Matrix:
        return attribution_of(self._weights, self._covariance, GROUPS)


def probability(log_odds: Matrix) -> Matrix:
    """The probabilities with these log-odds, without overflow."""
    return np.asarray(expit(log_odds))
