"""Yearly value of customers, and the part of it that is at risk."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from customers.features.feature_names import AGE, BOUGHT_ONCE, PURCHASES, SPEND_365
from customers.features.features import Features, Matrix
from customers.features.life_cycle import decay_integral

YEAR_DAYS: Final = 365.0
_LEAST_WATCHED_DAYS: Final = 180.0
"""Customers watched for less count as watched for this long: one order in one day is no yearly rate."""


def daily_spend(values: Matrix) -> Matrix:
    """Return customers' spending per day at their decayed rate, reporting currency.

    A steady spending of ``s`` a day keeps the decayed sum at ``s`` times the integral of the decay over the time
    watched; dividing by that integral gives the rate.

    Args:
        values: One row for each of ``FEATURE_NAMES``, shape (features, customers); or one customer's features.

    Returns:
        Amounts, shape (customers,); zero before the first purchase.
    """
    bought = (values[PURCHASES] > 0.0) | (values[BOUGHT_ONCE] > 0.0)
    watched = np.maximum(np.expm1(values[AGE]), _LEAST_WATCHED_DAYS)
    return np.where(bought, np.expm1(values[SPEND_365]) / decay_integral(YEAR_DAYS, watched, np.exp2), 0.0)


def yearly_revenue(features: Sequence[float]) -> float:
    """Return ``daily_spend`` times 365 for one customer, without the cost of arrays.

    Args:
        features: In the order of ``FEATURE_NAMES``.
    """
    if not (features[PURCHASES] > 0.0 or features[BOUGHT_ONCE] > 0.0):
        return 0.0
    watched = max(math.expm1(features[AGE]), _LEAST_WATCHED_DAYS)
    return math.expm1(features[SPEND_365]) / decay_integral(YEAR_DAYS, watched, math.exp2) * YEAR_DAYS


def yearly_margin(features: Features, margin: float) -> Matrix:
    """Return the margin that a year brings at customers' decayed rate of spending, reporting currency.

    Args:
        features: Of the customers.
        margin: Share of revenue that is margin.

    Returns:
        Amounts, shape (customers,); zero before the first purchase.
    """
    return margin * daily_spend(features.values) * YEAR_DAYS


def share_at_risk(outlook: Matrix, kept: Matrix | float) -> Matrix:
    """Return the share of its yearly margin that each customer is expected not to bring.

    A customer who buys nothing brings nothing; one who buys less than usual brings the share that such customers keep
    up; the others bring what is usual. Buying more than usual does not offset this: it is no loss avoided.

    Args:
        outlook: Probabilities of nothing, less, usual and more, shape (customers, 4).
        kept: Spending of customers who buy less, as a share of their usual spending, shape (customers,) or one for all.

    Returns:
        Shares from 0 to 1, at least the risk, shape (customers,).
    """
    return outlook[:, 0] + outlook[:, 1] * (1.0 - kept)
