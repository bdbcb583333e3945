"""Forecasts by a published outlook model, for many customers at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Final

import numpy as np
from scipy.special import expit

from customers.features.features import Matrix
from risk.estimators.feature_index import Indices
from risk.scoring.model.risk_model import scales_of, standardise
from risk.scoring.outlook import kind_probabilities
from risk.scoring.value import share_at_risk
from schemas.moments import DAY_MS, HOUR_MS, from_ms
from schemas.records.model import Model, OutlookModel
from schemas.records.score import NextPurchase, Outlook

_AMOUNTS: Final = 2
"""Number of heads about amounts, which come first; the others are quantiles of the days until the next purchase."""


@dataclass(frozen=True, slots=True)
class Forecasts:
    """Forecasts of customers, one row each.

    Attributes:
        outlook: Probabilities of buying nothing, less than usual, as usual, more, shape (customers, 4).
        days: Quantiles of the days until the next purchase, given that there is one within the horizon, the lowest
            first, shape (customers, 3).
        at_risk: Share of the yearly margin that is at risk, shape (customers,).
    """

    outlook: Matrix
    days: Matrix
    at_risk: Matrix

    def records(self, moments: Sequence[int]) -> list[tuple[Outlook, NextPurchase]]:
        """Return the forecasts as they are published, with days as moments, rounded to hours from now.

        Args:
            moments: Instants of the customers, ms since 1970.
        """
        hours = np.rint(self.days * (DAY_MS / HOUR_MS)).astype(np.int64).tolist()
        return [
            (Outlook(*parts), NextPurchase(now + _after(middle), now + _after(first), now + _after(last)))
            for now, parts, (first, middle, last) in zip(
                map(from_ms, moments), self.outlook.tolist(), hours, strict=True
            )
        ]


@lru_cache(maxsize=10_000)
def _after(hours: int) -> timedelta:
    """Return a time difference; cached, since constructing one takes longer than adding it."""
    return timedelta(hours=hours)


class Forecaster:
    """Forecasts by the heads of one model for all customers, or of a model for each.

    A customer's forecast does not depend on the other customers of a call.

    Attributes:
        means: Means of the features, shape (features,) or (customers, features).
        scales: Inverse standard deviations, of the same shape.
        intercepts: Of the heads, shape (heads,) or (customers, heads).
        weights: Of the heads, shape (heads, features) or (customers, heads, features).
        kept: Spending of customers who buy less, as a share of their usual spending, shape () or (customers,).
        horizon_days: Horizon of the questions, days.
    """

    means: Matrix
    scales: Matrix
    intercepts: Matrix
    weights: Matrix
    kept: Matrix
    horizon_days: float

    def forecasts(self, values: Matrix, risks: Matrix, standardised: Matrix | None = None) -> Forecasts:
        """Return the forecasts of customers.

        Args:
            values: One row for each of ``FEATURE_NAMES``, shape (features, customers).
            risks: Probabilities of buying nothing, shape (customers,).
            standardised: The features as the model of these heads standardises them, if that was done already.
        """
        if standardised is None:
            standardised = standardise(values, self.means, self.scales)
        predicted = self._heads(standardised)
        less, more = expit(predicted[:, :_AMOUNTS]).T
        outlook = kind_probabilities(risks, less, more)
        days = np.sort(np.expm1(np.minimum(predicted[:, _AMOUNTS:], np.log1p(self.horizon_days))), axis=1)
        return Forecasts(outlook, np.clip(days, 0.0, self.horizon_days), share_at_risk(outlook, self.kept))

    def _heads(self, standardised: Matrix) -> Matrix:
        heads: Matrix = self.intercepts + np.vecdot(standardised[:, None, :], self.weights)
        return heads


class OutlookScorer(Forecaster):
    """Forecasts by the heads of one model."""

    def __init__(self, model: Model, heads: OutlookModel) -> None:
        """Prepare the arithmetic.

        Args:
            model: Published model.
            heads: Its outlook.
        """
        weights = np.array([heads.less.weights, heads.more.weights, *heads.when.weights])
        self.means, self.scales = np.array(model.means), scales_of(model.variances)
        self.intercepts = np.ascontiguousarray(weights[:, 0])
        self.weights = np.ascontiguousarray(weights[:, 1:])
        self.kept = np.array(heads.kept)
        self.horizon_days = model.horizon_days


class OutlookStack(Forecaster):
    """Forecasts by the heads of several models of one horizon, each customer by one of them as by that model alone."""

    def __init__(self, scorers: Sequence[OutlookScorer], which: Indices) -> None:
        """Put heads beside each other.

        Args:
            scorers: Of each model.
            which: Index of each customer's model, shape (customers,).
        """
        self.means = np.array([one.means for one in scorers])[which]
        self.scales = np.array([one.scales for one in scorers])[which]
        self.intercepts = np.array([one.intercepts for one in scorers])[which]
        self.weights = np.array([one.weights for one in scorers])[which]
        self.kept = np.array([one.kept for one in scorers])[which]
        self.horizon_days = scorers[0].horizon_days
