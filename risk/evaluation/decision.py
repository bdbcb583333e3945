"""What is said at a decision of a backtest."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Final

from risk.estimators.quantile_regression import LEVELS
from risk.evaluation.decision_schedule import Decision

NO_DAYS: Final = (nan,) * len(LEVELS)
"""Nobody says when."""


@dataclass(frozen=True, slots=True)
class DecisionScore:
    """A decision and what was said at it.

    Attributes:
        decision: When and whose.
        risk: Probability of leaving.
        risk_by_rule: What the rule would have said, which learns nothing.
        effects: What each of ``GROUPS`` added to the log-odds of leaving.
        outlook: Probabilities of each of ``risk.scoring.outlook.KINDS``.
        outlook_by_frequency: How often each has come so far, which knows nothing of the customer.
        days: Until the next purchase, if within the horizon: its quantiles; NaN where nobody says.
        usual: What the customer usually spends within a horizon, reporting currency.
        features: Of ``FEATURE_NAMES``, as little-endian 32-bit floats; empty for a customer not yet known.
    """

    decision: Decision
    risk: float
    risk_by_rule: float
    effects: Sequence[float]
    outlook: Sequence[float]
    outlook_by_frequency: Sequence[float]
    days: Sequence[float]
    usual: float
    features: bytes
