"""Derived features: products, squares and rates of the observed ones."""

from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from customers.features.feature_names import (
    AGE,
    BOUGHT_ONCE,
    FEATURE_NAMES,
    LONGEST_GAP,
    MEAN_GAP,
    OBSERVED,
    PURCHASES,
    RECENCY,
    SMOOTHED_GAP,
)

Matrix = NDArray[np.float64]

_SIGNS: Final = [FEATURE_NAMES.index(sign) for sign in ("log_harmful_returns_90", "log_unresolved_90")]
"""Signs of leaving, which a purchase refutes and a silence confirms."""

_PRIOR_DAYS: Final = 30.0
"""Smooths the rates of new customers: as if each had been watched for a month before."""


def completed(observed: Matrix, horizon_days: Matrix | np.float64) -> Matrix:
    """Add the derived features to the observed ones.

    Args:
        observed: One row for each observed feature, shape (OBSERVED, customers).
        horizon_days: Horizon of the question in days, for all or for each customer.

    Returns:
        Shape (features, customers).
    """
    values = np.empty((len(FEATURE_NAMES), observed.shape[1]))
    values[:OBSERVED] = observed
    values[OBSERVED:] = _derived(observed, horizon_days)
    return values


def _derived(observed: Matrix, horizon_days: Matrix | np.float64) -> tuple[Matrix, ...]:
    """Return the derived features in the order of their names, each of shape (customers,)."""
    log_recency, log_age, log_count = observed[RECENCY], observed[AGE], observed[PURCHASES]
    recency, age = np.expm1(log_recency), np.expm1(log_age)
    several = log_count > 0.0
    count = np.where(several, np.exp(log_count), observed[BOUGHT_ONCE])
    watched = age + _PRIOR_DAYS
    gap, recent, longest = np.where(several, observed[[MEAN_GAP, SMOOTHED_GAP, LONGEST_GAP]], np.log1p(horizon_days))
    over_gap, over_recent = log_recency - gap, log_recency - recent
    overdue = np.maximum(over_gap, 0.0)
    evidence = (count + 0.5) * np.log(watched / (watched - np.clip(recency, 0.0, np.maximum(age, 0.0))))
    return (
        over_gap,
        log_recency * log_count,
        log_age * log_count,
        log_recency * log_age,
        log_recency * log_recency,
        log_count * log_count,
        log_age * log_age,
        recency / (age + 1.0),
        np.log((count + 0.5) / watched),
        (count + 0.5) * np.log(watched / (watched + horizon_days)),
        overdue,
        overdue * log_count,
        over_gap * over_gap,
        np.log1p(evidence),
        np.maximum(over_gap - log(2.0), 0.0),
        np.maximum(log_recency - longest, 0.0) * log_count,
        over_recent * over_recent,
        (recent - gap) * (recent - gap),
        *(observed[_SIGNS] * log_recency),
    )
