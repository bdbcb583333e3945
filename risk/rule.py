"""The answer before anything has been learnt: silence against the customer's own rhythm."""

from math import log, log1p
from typing import Final

from customers.features import FEATURE_NAMES, Features

RULE_VERSION: Final = "rule-1"

_MEAN_GAP: Final = FEATURE_NAMES.index("log_mean_gap")
_RECENCY: Final = FEATURE_NAMES.index("log_recency")
_BOUGHT_ONCE: Final = FEATURE_NAMES.index("bought_once")


def log_odds_by_rule(features: Features, horizon_days: float) -> float:
    """Log-odds of leaving: even when the horizon and the silence so far together are one usual gap.

    A customer whose silence grows past the usual gap becomes riskier; one whose usual gap is long against the
    horizon is riskier to begin with. One-timers, whose rhythm nobody knows, count with the horizon as their gap.

    Args:
        features: In the order of ``FEATURE_NAMES``.
        horizon_days: How far the question looks ahead.
    """
    usual = log1p(horizon_days) if features[_BOUGHT_ONCE] else features[_MEAN_GAP]
    return usual - log1p(horizon_days) + max(features[_RECENCY] - usual, 0.0) + log(2.0) * features[_BOUGHT_ONCE]
