"""Means of scores with a fixed-sample interval and one that is valid at all looks.

The fixed-sample interval covers the truth with the promised probability if it is looked at once. Whoever looks every
day and stops when the interval excludes zero is wrong far more often. The always-valid one is an asymptotic confidence
sequence (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence
sequences", Annals of Statistics 2024, theorem 2.2): it covers the truth at all looks at once, and is wider for it.

Decisions on one customer are not independent, so errors are clustered by customer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, log, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import lambertw, ndtri

from schemas.records.verdict import MOST_DECISIONS

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

ALPHA: Final = 0.05
"""Probability with which an interval may miss the truth."""

TUNED_FOR: Final = 2_000
"""Number of customers at which the always-valid interval is narrowest, relative to the fixed-sample one."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Closed interval; unbounded where nothing is known."""

    low: float
    high: float

    def contains(self, value: float) -> bool:
        """Return True if a value lies within the bounds."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Estimate:
    """Mean with its uncertainty.

    Attributes:
        value: Mean over decisions.
        error: Standard error, clustered by customer; infinite with fewer than two customers.
        decisions: Number of decisions.
        customers: Number of customers (clusters).
        alpha: Probability with which each of the two intervals may miss the truth.
    """

    value: float
    error: float
    decisions: int
    customers: int
    alpha: float = ALPHA

    @property
    def fixed(self) -> Interval:
        """Return the interval for a single look, by the normal distribution."""
        return self._within(-float(ndtri(self.alpha / 2.0)))

    @property
    def always(self) -> Interval:
        """Return the interval that holds at all looks."""
        return self._within(always_valid_factor(self.customers, self.alpha))

    def _within(self, errors: float) -> Interval:
        if not np.isfinite(self.error):
            return Interval(-inf, inf)
        return Interval(self.value - errors * self.error, self.value + errors * self.error)

    def minus(self, amount: float) -> "Estimate":
        """Return the estimate less a known amount, for example a cost."""
        return Estimate(self.value - amount, self.error, self.decisions, self.customers, self.alpha)


def always_valid_factor(customers: float, alpha: float = ALPHA, tuned_for: float = TUNED_FOR) -> float:
    """Return the half-width of the always-valid interval, in standard errors.

    Args:
        customers: Number of independent observations.
        alpha: Probability of ever missing the truth.
        tuned_for: Number of observations at which it is least.
    """
    if customers <= 0:
        return inf
    scaled = customers * _mixture_variance(alpha) / tuned_for
    return sqrt((scaled + 1.0) / scaled * (log(scaled + 1.0) - 2.0 * log(alpha)))


def _mixture_variance(alpha: float) -> float:
    """Return the variance of the mixture, times the number of observations at which the boundary shall be least."""
    return float(-lambertw(-alpha * alpha / np.e, k=-1).real) - 1.0


def estimate_mean(scores: Vector, customer: Integers, alpha: float = ALPHA) -> Estimate:
    """Estimate the mean of scores.

    Args:
        scores: Score of each decision, shape (decisions,).
        customer: Number that identifies the customer of each decision, shape (decisions,).
        alpha: Probability with which each interval may miss the truth.
    """
    decisions = len(scores)
    if decisions == 0:
        return Estimate(0.0, inf, 0, 0, alpha)
    value = float(scores.mean())
    error, clusters = clustered_error(scores - value, customer)
    return Estimate(value, error, decisions, clusters, alpha)


def clustered_error(residuals: Vector, customer: Integers) -> tuple[float, int]:
    """Return the standard error of a mean of decisions and the number of customers that they belong to.

    Args:
        residuals: Scores less their mean (for a ratio, the linearised residuals), shape (decisions,).
        customer: Number that identifies the customer of each decision, shape (decisions,).
    """
    _, place = np.unique(customer, return_inverse=True)
    sums = np.bincount(place, weights=residuals)
    clusters = len(sums)
    if clusters < 2:  # noqa: PLR2004 - one customer has no spread
        return inf, clusters
    variance = float(sums @ sums) * clusters / (clusters - 1)
    return sqrt(variance) / len(residuals), clusters


def decisions_needed(estimate: Estimate, least: float = 0.0) -> int:
    """Return about how many more decisions make the always-valid interval exclude zero.

    Args:
        estimate: Estimate so far; the effect is taken to be what it is now.
        least: Smallest effect that would matter, positive; a smaller estimate counts as this.

    Returns:
        Number of decisions beyond those made; at most 10⁹, 0 if the interval excludes zero already.
    """
    target = max(abs(estimate.value), least)
    if not np.isfinite(estimate.error) or target <= 0.0:
        return MOST_DECISIONS
    spread = estimate.error * sqrt(estimate.customers)
    enough = smallest_that(lambda n: spread / sqrt(n) * always_valid_factor(n, estimate.alpha) <= target)
    per_customer = estimate.decisions / estimate.customers
    return min(max(round((enough - estimate.customers) * per_customer), 0), MOST_DECISIONS)


def smallest_that(holds: Callable[[int], bool]) -> int:
    """Return the smallest number of observations for which a predicate holds that stays true; at most 10⁹."""
    low, high = 1, 2
    while high < MOST_DECISIONS and not holds(high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return min(high, MOST_DECISIONS)
