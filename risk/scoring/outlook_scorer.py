"""Forecasts by a published outlook model, for many customers at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Final

import numpy as np
from scipy.special import expit

from customers.features.features import Matrix
from risk.scoring.model.risk_model import CLIP
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


class OutlookScorer:
    """Forecasts by a model's heads; a customer's forecast does not depend on the other customers of a call."""

    def __init__(self, model: Model, heads: OutlookModel) -> None:
        """Prepare the arithmetic.

        Args:
            model: Published model.
            heads: Its outlook.
        """
        scales = [variance**-0.5 if variance > 0.0 else 0.0 for variance in model.variances]
        weights = np.array([heads.less.weights, heads.more.weights, *heads.when.weights])
        self._means = np.array(model.means)
        self._scales = np.array(scales)
        self._intercepts = np.ascontiguousarray(weights[:, 0])
        self._weights = np.ascontiguousarray(weights[:, 1:])
        self._kept = heads.kept
        self._horizon_days = model.horizon_days

    def forecasts(self, values: Matrix, risks: Matrix, standardised: Matrix | None = None) -> Forecasts:
        """Return the forecasts of customers.

        Args:
            values: One row for each of ``FEATURE_NAMES``, shape (features, customers).
            risks: Probabilities of buying nothing, shape (customers,).
            standardised: The features as the model of these heads standardises them, if that was done already.
        """
        predicted = self._heads(self._standardise(values) if standardised is None else standardised)
        less, more = expit(predicted[:, :_AMOUNTS]).T
        outlook = kind_probabilities(risks, less, more)
        days = np.sort(np.expm1(np.minimum(predicted[:, _AMOUNTS:], np.log1p(self._horizon_days))), axis=1)
        return Forecasts(outlook, np.clip(days, 0.0, self._horizon_days), share_at_risk(outlook, self._kept))

    def _standardise(self, values: Matrix) -> Matrix:
        # One contiguous row per customer, so that the order of summation does not depend on the batch size.
        # Always a copy, even of a single customer, since a question keeps the features unchanged.
        standardised = np.array(values.T, order="C")
        standardised -= self._means
        standardised *= self._scales
        return np.clip(standardised, -CLIP, CLIP, out=standardised)

    def _heads(self, standardised: Matrix) -> Matrix:
        heads: Matrix = self._intercepts + np.vecdot(standardised[:, None, :], self._weights)
        return heads
