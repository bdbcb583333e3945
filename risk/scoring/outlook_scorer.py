"""A published outlook answers for many customers at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Final

import numpy as np
from scipy.special import expit

from customers.features import Matrix
from risk.scoring.model import CLIP
from risk.scoring.outlook import kind_probabilities
from risk.scoring.value import share_at_risk
from schemas.model import Model, OutlookModel
from schemas.moments import DAY_MS, HOUR_MS, from_ms
from schemas.records import NextPurchase, Outlook

_AMOUNTS: Final = 2
"""So many heads, the first ones, are about amounts; the others are quantiles of the days until the next purchase."""


@dataclass(frozen=True, slots=True)
class Forecasts:
    """What customers may do, a row each.

    Attributes:
        outlook: Probabilities of buying nothing, less than usual, as usual, more.
        days: Until the next purchase, should there be one within the horizon: its quantiles, the lowest first.
        at_risk: Part of the yearly margin that is at risk.
    """

    outlook: Matrix
    days: Matrix
    at_risk: Matrix

    def records(self, moments: Sequence[int]) -> list[tuple[Outlook, NextPurchase]]:
        """The same as it is published, the days as moments, to the hour from now.

        Args:
            moments: Now for each, ms since 1970.
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
    """So many hours; making them anew takes longer than adding them."""
    return timedelta(hours=hours)


class OutlookScorer:
    """Gives what a model's heads say. A customer gets the same, to the last bit, in whatever company."""

    def __init__(self, model: Model, heads: OutlookModel) -> None:
        """Take a model's heads into use.

        Args:
            model: As published.
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

    def forecasts(self, values: Matrix, risks: Matrix) -> Forecasts:
        """What customers may do.

        Args:
            values: A row for each of ``FEATURE_NAMES``, a column a customer.
            risks: Probability that each buys nothing.
        """
        said = self._heads(values)
        less, more = expit(said[:, :_AMOUNTS]).T
        outlook = kind_probabilities(risks, less, more)
        days = np.sort(np.expm1(np.minimum(said[:, _AMOUNTS:], np.log1p(self._horizon_days))), axis=1)
        return Forecasts(outlook, np.clip(days, 0.0, self._horizon_days), share_at_risk(outlook, self._kept))

    def _heads(self, values: Matrix) -> Matrix:
        # A customer's numbers lie side by side here, so that they are added in one order in whatever company.
        # A copy also of one customer alone: a question keeps the features as they are.
        standardised = np.array(values.T, order="C")
        standardised -= self._means
        standardised *= self._scales
        np.clip(standardised, -CLIP, CLIP, out=standardised)
        heads: Matrix = self._intercepts + np.vecdot(standardised[:, None, :], self._weights)
        return heads
