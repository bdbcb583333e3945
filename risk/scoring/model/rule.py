"""The rule that scores before anything is learnt: silence relative to the customer's usual gap."""

from math import log, log1p
from typing import Final

import numpy as np

from customers.features.feature_names import BOUGHT_ONCE, MEAN_GAP, RECENCY
from customers.features.features import Features, Matrix
from risk.scoring.model.regression import GROUPS

_SILENCE: Final = GROUPS.index("silence")
_RHYTHM: Final = GROUPS.index("rhythm")


def log_odds_by_rule(features: Features) -> Matrix:
    """Return the log-odds of leaving before anything was learnt, by silence relative to the customer's usual gap.

    The odds are even if the horizon and the silence so far together make one usual gap. Risk rises as the silence
    exceeds the usual gap, and with a usual gap that is long relative to the horizon. Customers who bought once have no
    gap; the horizon takes its place.

    Returns:
        Shape (customers,).
    """
    rhythm, overdue = _parts(features)
    log_odds: Matrix = rhythm + overdue
    return log_odds


def effects_by_rule(features: Features) -> Matrix:
    """Return the parts of the rule's log-odds by ``GROUPS``, relative to even odds, shape (customers, groups)."""
    effects = np.zeros((features.values.shape[1], len(GROUPS)))
    effects[:, _RHYTHM], effects[:, _SILENCE] = _parts(features)
    return effects


def _parts(features: Features) -> tuple[Matrix, Matrix]:
    """Return what the usual gap and what the silence beyond it add, shape (customers,) each."""
    values, horizon = features.values, log1p(features.horizon_days)
    usual = np.where(values[BOUGHT_ONCE] > 0.0, horizon, values[MEAN_GAP])
    rhythm: Matrix = usual - horizon + log(2.0) * values[BOUGHT_ONCE]
    return rhythm, np.maximum(values[RECENCY] - usual, 0.0)
