"""Features: customers as numbers for a model, each at one instant, many customers at a time.

Most features are logarithms, since ratios of gaps, counts and amounts matter. Products and squares add curvature to a
linear model; those of recency and count carry most, as the sufficient statistics of Fader, Hardie and Lee, "Counting
Your Customers the Easy Way" (Marketing Science 2005) suggest. These *derived* features follow from the *observed* ones,
which alone are kept in a question (see ``customers.features.feature_snapshot``).

A matrix has one row per feature and one column per customer. Arithmetic is element by element, so that a customer's
numbers do not depend on the batch, to the last bit. One customer alone costs ten times its share of a hundred.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from customers.features.derived import completed
from customers.features.feature_names import BOUGHT_ONCE, OBSERVED, PURCHASES
from customers.feed.absence import absence_of
from customers.state import HALF_LIVES, SUM_HALF_LIVES, Customer
from schemas.moments import DAY_MS

Matrix = NDArray[np.float64]

_LOGARITHMS: Final = PURCHASES
"""Number of features, the first ones, that are logarithms of one plus a number."""

_IMPRESSION_DAYS: Final = 90.0
"""Half-life of a complaint and of a judgement, days."""

_DECAYS: Final = np.array([[-1.0 / half_life] for half_life in HALF_LIVES])
_DECAY_OF_SUM: Final = np.array(SUM_HALF_LIVES)
_ELAPSED: Final = slice(0, 5)
_SEEN: Final = slice(5, 8)
_GAPS: Final = slice(8, 12)
_SUMS: Final = slice(12, 23)
_FLAGS: Final = slice(23, 27)


@dataclass(frozen=True, slots=True)
class Features:
    """Features of customers.

    Attributes:
        values: One row for each of ``FEATURE_NAMES``, finite, shape (features, customers).
        horizon_days: Horizon of the question, days.
        absence: What holes since their last purchases leave open (``customers.feed.absence``), shape (2, customers);
            None if there are none.
    """

    values: Matrix
    horizon_days: float
    absence: Matrix | None = None

    @property
    def observed(self) -> Matrix:
        """Observed features, shape (OBSERVED, customers)."""
        return self.values[:OBSERVED]

    def only(self, rows: NDArray[np.intp]) -> "Features":
        """Return the features of some of the customers, by their indices."""
        absence = None if self.absence is None else self.absence[:, rows]
        return Features(self.values[:, rows], self.horizon_days, absence)


def features_of(customers: Sequence[Customer], moments: Sequence[int], horizon_days: float) -> Features:
    """Return the features of customers, each at an instant.

    Args:
        customers: States with everything folded that was stamped up to their instants.
        moments: Instant of each, ms since 1970.
        horizon_days: Horizon of the question, days.
    """
    return features_ahead(customers, np.array(moments, dtype=np.int64)[:, None], horizon_days)


def features_ahead(customers: Sequence[Customer], moments: NDArray[np.int64], horizon_days: float) -> Features:
    """Return the features of customers, each at several instants, as if nothing happened until then.

    Args:
        customers: States with everything folded that was stamped up to their first instants.
        moments: Instants of each, ms since 1970, shape (customers, instants).
        horizon_days: Horizon of the question, days.

    Returns:
        A column for each instant, those of a customer side by side.
    """
    flat = array("d")
    for customer in customers:
        flat.extend(_numbers_of(customer))
    seen = np.repeat(np.frombuffer(flat).reshape(len(customers), -1).T, moments.shape[1], axis=1)
    seen[_ELAPSED] = moments.ravel() - seen[_ELAPSED]
    values = completed(_observed(seen), np.float64(horizon_days))
    return Features(values, horizon_days, absence_of(customers, moments, horizon_days))


def has_open_complaint(customer: Customer) -> bool:
    """Return True if the latest unresolved contact was not followed by a resolved one."""
    return customer.last_unresolved > customer.last_resolved


def _numbers_of(customer: Customer) -> tuple[float, ...]:
    """Return the numbers of a state: five moments from which time passes, counts, gaps, sums and flags."""
    count, first_seen = customer.purchases, customer.first_seen
    return (
        customer.last_purchase if count else first_seen,
        customer.first_purchase if count else first_seen,
        customer.as_of,
        customer.last_unresolved,
        customer.last_judged,
        count,
        customer.spend,
        customer.units,
        *_gaps(customer.gaps, count, customer.last_purchase - customer.first_purchase),
        *customer.sums,
        count == 1,
        has_open_complaint(customer),
        customer.sentiment,
        customer.leaving,
    )


def _observed(seen: Matrix) -> Matrix:
    """Return the observed features of numbers read from states, with milliseconds passed for moments, by column."""
    days = np.maximum(seen[_ELAPSED], 0.0) / DAY_MS
    count, spend, units = seen[_SEEN]
    at_least_one = np.maximum(count, 1.0)
    left = np.exp2(days[2] * _DECAYS)
    impressions = np.exp2(days[3:5] / -_IMPRESSION_DAYS)
    observed = np.empty((OBSERVED, seen.shape[1]))
    observed[:2] = days[:2]
    observed[2:6] = seen[_GAPS]
    observed[6:17] = seen[_SUMS] * left[_DECAY_OF_SUM]
    observed[17] = spend / at_least_one
    observed[18] = units / at_least_one
    np.log1p(observed[:_LOGARITHMS], out=observed[:_LOGARITHMS])
    observed[PURCHASES] = np.log(at_least_one)
    observed[BOUGHT_ONCE:] = seen[_FLAGS]
    observed[BOUGHT_ONCE + 1] *= impressions[0]
    observed[BOUGHT_ONCE + 2 :] *= impressions[1]
    return observed


def _gaps(gaps: Sequence[int], count: int, span: int) -> tuple[float, float, float, float]:
    """Return the last, mean, smoothed and longest gap between purchases, days; zeros before there are two."""
    if not gaps:
        return 0.0, 0.0, 0.0, 0.0
    smoothed = last = gaps[0] / DAY_MS
    for gap in gaps[1:]:
        last = gap / DAY_MS
        smoothed = 0.5 * (smoothed + last)
    return last, span / DAY_MS / (count - 1), smoothed, max(gaps) / DAY_MS
