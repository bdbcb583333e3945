"""What customers are worth in a year, and so what of it is at risk."""

from math import log
from typing import Final

import numpy as np

from customers.features import AGE, BOUGHT_ONCE, PURCHASES, SPEND_365, Features, Matrix

YEAR_DAYS: Final = 365.0
LEAST_WATCHED_DAYS: Final = 180.0
"""A customer watched for less counts as watched for so long: one order in one day is no yearly rate."""


def daily_spend(values: Matrix) -> Matrix:
    """What customers spend a day at their decayed rate, reporting currency.

    A steady spending of ``s`` a day keeps the decayed sum at ``s`` times the integral of the decay over the time
    watched; dividing by that integral gives the rate back.

    Args:
        values: A row for each of ``FEATURE_NAMES``, a column a customer; or one customer's features alone.

    Returns:
        One amount a customer; zero before the first purchase.
    """
    bought = (values[PURCHASES] > 0.0) | (values[BOUGHT_ONCE] > 0.0)
    watched = np.maximum(np.expm1(values[AGE]), LEAST_WATCHED_DAYS)
    integral_days = YEAR_DAYS / log(2.0) * (1.0 - np.exp2(-watched / YEAR_DAYS))
    return np.where(bought, np.expm1(values[SPEND_365]) / integral_days, 0.0)


def yearly_margin(features: Features, margin: float) -> Matrix:
    """The margin that a year would bring at a customer's decayed rate of spending, reporting currency.

    Args:
        features: Of customers at their moments.
        margin: Share of the revenue that is margin.

    Returns:
        One amount a customer; zero before the first purchase.
    """
    return margin * daily_spend(features.values) * YEAR_DAYS


def share_at_risk(outlook: Matrix, kept: float) -> Matrix:
    """How much of its yearly margin each customer is expected not to bring.

    Who buys nothing brings nothing; who buys for less than usual brings the part that such customers keep up; the
    others bring what is usual. What some buy more than usual is not set against that: it is no loss avoided.

    Args:
        outlook: Probabilities of nothing, less, usual and more, a row a customer.
        kept: What those who buy for less buy for, as a part of their usual.

    Returns:
        From 0 to 1, one a customer; at least the risk.
    """
    return outlook[:, 0] + outlook[:, 1] * (1.0 - kept)
