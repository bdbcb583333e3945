"""Purchase summaries of customers, as purchase models need them: frequency, recency and age."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from risk.evaluation.quality import Numbers
from schemas.moments import DAY_MS


@dataclass(frozen=True, slots=True)
class PurchaseSummary:
    """Purchase summaries of customers, each at a moment; NaN for customers who had not bought by then.

    Attributes:
        repeats: Number of days with a purchase after the first such day, shape (n,).
        latest: Days from the first to the last of these days, shape (n,).
        watched: Days from the first of them to the moment, shape (n,).
    """

    repeats: Numbers
    latest: Numbers
    watched: Numbers

    @property
    def bought(self) -> NDArray[np.bool_]:
        """True for customers who had bought, shape (n,)."""
        return ~np.isnan(self.repeats)

    def of(self, rows: NDArray[np.bool_]) -> "PurchaseSummary":
        """Return the summaries of some rows."""
        return PurchaseSummary(self.repeats[rows], self.latest[rows], self.watched[rows])


@dataclass(frozen=True, slots=True)
class PurchaseHistory:
    """Purchases of all customers.

    Attributes:
        moments: Times of each customer's purchases, sorted, ms since 1970.
        days_bought: For each of these, the number of different days on which the customer had bought by then.
    """

    moments: Mapping[str, Sequence[int]]
    days_bought: Mapping[str, Sequence[int]]

    @classmethod
    def of(cls, times: Mapping[str, Sequence[int]]) -> "PurchaseHistory":
        """Count the days with purchases; several on one day count once, as is usual for purchase models."""
        return cls(times, {customer_id: _days_bought(moments) for customer_id, moments in times.items()})

    def everyone(self, at: int) -> PurchaseSummary:
        """Return the summaries of all customers who had bought by a moment, ms since 1970."""
        customer_ids = [customer_id for customer_id, moments in self.moments.items() if moments[0] <= at]
        return self.summary(customer_ids, [at] * len(customer_ids))

    def summary(self, customer_ids: Iterable[str], at: Iterable[int]) -> PurchaseSummary:
        """Return the summaries of customers, each at a moment, ms since 1970."""
        rows = [self._row(customer_id, moment) for customer_id, moment in zip(customer_ids, at, strict=True)]
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
