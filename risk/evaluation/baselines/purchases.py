"""Customers as purchase models see them: how often, until when, for how long."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from risk.evaluation.quality import Numbers
from schemas.moments import DAY_MS


@dataclass(frozen=True, slots=True)
class PurchaseSummary:
    """Customers, each at a moment; all in days, and NaN for who had not bought by then.

    Attributes:
        repeats: Days with a purchase after the first such day, shape (n,).
        latest: From the first to the last of these days, shape (n,).
        watched: From the first of them to the moment, shape (n,).
    """

    repeats: Numbers
    latest: Numbers
    watched: Numbers

    @property
    def bought(self) -> NDArray[np.bool_]:
        """Who had, shape (n,)."""
        return ~np.isnan(self.repeats)

    def of(self, rows: NDArray[np.bool_]) -> "PurchaseSummary":
        """Some of them."""
        return PurchaseSummary(self.repeats[rows], self.latest[rows], self.watched[rows])


@dataclass(frozen=True, slots=True)
class PurchaseHistory:
    """Everyone's purchases.

    Attributes:
        moments: Of each customer, sorted, ms since 1970.
        days_bought: Beside each moment: on how many different days the customer had bought by then.
    """

    moments: Mapping[str, Sequence[int]]
    days_bought: Mapping[str, Sequence[int]]

    @classmethod
    def of(cls, times: Mapping[str, Sequence[int]]) -> "PurchaseHistory":
        """Count the days; several purchases of a day are one, as is usual for purchase models."""
        return cls(times, {customer_id: _days_bought(moments) for customer_id, moments in times.items()})

    def everyone(self, at: int) -> PurchaseSummary:
        """All who had bought by a moment, ms since 1970."""
        whose = [customer_id for customer_id, moments in self.moments.items() if moments[0] <= at]
        return self.summary(whose, [at] * len(whose))

    def summary(self, whose: Iterable[str], at: Iterable[int]) -> PurchaseSummary:
        """Customers at a moment each, ms since 1970."""
        rows = [self._row(customer_id, moment) for customer_id, moment in zip(whose, at, strict=True)]
        return PurchaseSummary(*np.array(rows, dtype=np.float64).reshape(-1, 3).T)

    def _row(self, customer_id: str, at: int) -> tuple[float, float, float]:
        moments = self.moments.get(customer_id, ())
        count = bisect_right(moments, at)
        if not count:
            return np.nan, np.nan, np.nan
        first = moments[0] // DAY_MS
        latest = moments[count - 1] // DAY_MS - first
        return self.days_bought[customer_id][count - 1] - 1.0, float(latest), at / DAY_MS - first


def _days_bought(moments: Sequence[int]) -> list[int]:
    days = np.asarray(moments, dtype=np.int64) // DAY_MS
    counted: list[int] = np.cumsum(np.diff(days, prepend=days[0] - 1) > 0).tolist()
    return counted
