"""The answer before anything has been learnt: silence against the customer's own rhythm."""

from math import log, log1p
from typing import Final

import numpy as np

from customers.features import BOUGHT_ONCE, MEAN_GAP, RECENCY, Features, Matrix

RULE_VERSION: Final = "rule-1"


def log_odds_by_rule(features: Features) -> Matrix:
    """Log-odds of leaving: even when the horizon and the silence so far together are one usual gap.

    A customer whose silence grows past the usual gap becomes riskier; one whose usual gap is long against the
    horizon is riskier to begin with. One-timers, whose rhythm nobody knows, count with the horizon as their gap.

    Returns:
        One number a customer.
    """
    values, horizon = features.values, log1p(features.horizon_days)
    usual = np.where(values[BOUGHT_ONCE] > 0.0, horizon, values[MEAN_GAP])
    log_odds: Matrix = usual - horizon + np.maximum(values[RECENCY] - usual, 0.0) + log(2.0) * values[BOUGHT_ONCE]
    return log_odds
