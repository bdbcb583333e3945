"""The past of a moment in a backtest, and the decisions after it without their labels."""

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
"""Limit of the answers learnt; more only take time, so every n-th is taken."""


@dataclass(frozen=True, slots=True)
class Past:
    """Everything that a baseline may learn from.

    Attributes:
        at: The moment, ms since 1970.
        features: Of decisions customer_ids horizon had passed by then; NaN for customers not yet known, shape (n,
            features).
        left: Their labels, shape (n,).
        customers: Purchase summaries of all customers who had bought by then.
        horizon_days: Horizon of the questions, days.
    """

    at: int
    features: Numbers
    left: NDArray[np.bool_]
    customers: PurchaseSummary
    horizon_days: float

    @property
    def share(self) -> float:
        """Share of leavers among the known answers; 0.5 before there are any."""
        return float(self.left.mean()) if len(self.left) else 0.5


@dataclass(frozen=True, slots=True)
class UnlabelledDecisions:
    """Decisions to be scored by a baseline.

    Attributes:
        features: NaN for customers not yet known, shape (n, features).
        customers: Purchase summaries at the decisions, n of them.
    """

    features: Numbers
    customers: PurchaseSummary


@dataclass(frozen=True, slots=True)
class BacktestHistory:
    """A finished backtest, from which pasts are cut.

    Attributes:
        results: Decisions with their labels.
        purchases: Purchases of all customers.
        horizon_days: Horizon of the questions, days.
    """

    results: Results
    purchases: PurchaseHistory
    horizon_days: float

    @classmethod
    def of(cls, results: Results, purchase_times: Mapping[str, Sequence[int]], horizon_days: float) -> Self:
        """Return the history of a finished backtest; purchase times are sorted, ms since 1970."""
        return cls(results, PurchaseHistory.of(purchase_times), horizon_days)

    def past(self, at: int) -> Past:
        """Return the past of a moment, ms since 1970."""
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

    def decisions(self, rows: NDArray[np.intp]) -> UnlabelledDecisions:
        """Return the decisions of some rows, without their labels."""
        customer_ids = [self.results.customer_ids[row] for row in rows]
        moments = self.results.at[rows].tolist()
        return UnlabelledDecisions(
            self.results.features[rows].astype(np.float64), self.purchases.summary(customer_ids, moments)
        )
