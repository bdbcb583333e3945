"""What customers are worth in a year, and so what of it is at risk."""

from math import log
from typing import Final

import numpy as np

from customers.features import AGE, BOUGHT_ONCE, PURCHASES, SPEND_365, Features, Matrix

YEAR_DAYS: Final = 365.0
LEAST_WATCHED_DAYS: Final = 180.0
"""A customer watched for less counts as watched for so long: one order in one day is no yearly rate."""


def yearly_margin(features: Features, margin: float) -> Matrix:
    """The margin that a year would bring at a customer's decayed rate of spending, reporting currency.

    A steady spending of ``s`` a day keeps the decayed sum at ``s`` times the integral of the decay over the time
    watched; dividing by that integral gives the rate back.

    Args:
        features: Of customers at their moments.
        margin: Share of the revenue that is margin.

    Returns:
        One amount a customer; zero before the first purchase.
    """
    values = features.values
    bought = (values[PURCHASES] > 0.0) | (values[BOUGHT_ONCE] > 0.0)
    watched = np.maximum(np.expm1(values[AGE]), LEAST_WATCHED_DAYS)
    integral_days = YEAR_DAYS / log(2.0) * (1.0 - np.exp2(-watched / YEAR_DAYS))
    return np.where(bought, margin * np.expm1(values[SPEND_365]) / integral_days * YEAR_DAYS, 0.0)
