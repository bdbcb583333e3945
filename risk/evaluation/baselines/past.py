"""What was known at a moment, and what is asked after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from risk.evaluation.baselines.purchases import PurchaseHistory, PurchaseSummary
from risk.evaluation.quality import Numbers
from risk.evaluation.results import Results
from schemas.moments import DAY_MS

_MOST_ROWS: Final = 300_000
"""More known answers than these teach nothing new and only take time; an even selection stays."""


@dataclass(frozen=True, slots=True)
class Past:
    """Everything a rival may learn from.

    Attributes:
        at: The moment, ms since 1970.
        features: Of decisions whose horizon had passed by then; NaN for customers not yet known, shape (n, features).
        left: What came of them, shape (n,).
        customers: How everyone who had bought by then looked then.
        horizon_days: How far each question looks ahead.
    """

    at: int
    features: Numbers
    left: NDArray[np.bool_]
    customers: PurchaseSummary
    horizon_days: float

    @property
    def share(self) -> float:
        """Share of the known answers that left; even before there are any."""
        return float(self.left.mean()) if len(self.left) else 0.5


@dataclass(frozen=True, slots=True)
class UnlabelledDecisions:
    """Decisions to be judged by a rival, without what came of them.

    Attributes:
        features: NaN for customers not yet known, shape (n, features).
        customers: How they looked at their decisions.
    """

    features: Numbers
    customers: PurchaseSummary


@dataclass(frozen=True, slots=True)
class BacktestHistory:
    """A whole backtest, from which pasts are cut.

    Attributes:
        results: What was asked and what came.
        purchases: Everyone's.
        horizon_days: How far each question looks ahead.
    """

    results: Results
    purchases: PurchaseHistory
    horizon_days: float

    @classmethod
    def of(cls, results: Results, purchase_times: Mapping[str, Sequence[int]], horizon_days: float) -> Self:
        """Of a backtest that is over; purchase times are sorted, ms since 1970."""
        return cls(results, PurchaseHistory.of(purchase_times), horizon_days)

    def past(self, at: int) -> Past:
        """What was known at a moment, ms since 1970."""
        closed = self.results.matured & (self.results.at + round(self.horizon_days * DAY_MS) <= at)
        rows = np.flatnonzero(closed)
        rows = rows[:: len(rows) // _MOST_ROWS + 1]
        return Past(
            at=at,
            features=self.results.features[rows].astype(np.float64),
            left=self.results.label[rows] == 1,
            customers=self.purchases.everyone(at),
            horizon_days=self.horizon_days,
        )

    def asked(self, rows: NDArray[np.intp]) -> UnlabelledDecisions:
        """The decisions of these rows."""
        whose = [self.results.customer_ids[row] for row in rows]
        moments = self.results.at[rows].tolist()
        return UnlabelledDecisions(
            self.results.features[rows].astype(np.float64), self.purchases.summary(whose, moments)
        )
