"""Features on which gains may depend: those that say most first, as many as the number of actions leaves room for."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from customers.features.feature_names import FEATURE_NAMES
from retention.outcomes.columns import Matrix
from schemas.records.decisions import DecisionOutcome
from schemas.records.logged_decision import LoggedDecision
from schemas.records.score import Score

_MOST_REGRESSORS: Final = 192
"""Every action has a weight of every feature, and the sums of their products are in each published model.

With 192 regressors they take 200 kB of a record that may have 1 MB. The default playbook has 161."""

_OF_SCORES: Final = ("value_at_risk", "risk")
"""Numbers of the score, which are no features of the risk model; they come first."""

RANKED: Final = (
    *_OF_SCORES,
    "complaint_open",
    "recency_over_gap",
    "log_purchases",
    "log_spend_365",
    "log_rate",
    "expected_to_leave",
    "sentiment",
    "log_recency",
    "log_mean_amount",
    "overdue",
    "log_harmful_returns_90",
    "log_mean_gap",
    "log_unresolved_90",
    "log_age",
    "log_spend_90",
    "log_contacts_30",
    "bought_once",
    "log_last_gap",
    "log_returns_90",
    "log_evidence_of_silence",
)
"""Features that a gain may depend on; where there are many actions, the last ones are left out."""


def features_for(actions: int) -> tuple[str, ...]:
    """Return the features of the model of gains.

    Args:
        actions: Number of actions, without doing nothing.
    """
    return RANKED[: _MOST_REGRESSORS // (actions + 1) - 1]


def of_outcomes(names: Sequence[str], outcomes: Sequence[DecisionOutcome | LoggedDecision]) -> Matrix:
    """Return the features at settled decisions, not standardised, shape (decisions, features)."""
    scores = {"value_at_risk": [one.value_at_risk for one in outcomes], "risk": [one.risk for one in outcomes]}
    values = np.array([one.features for one in outcomes]).reshape(-1, len(FEATURE_NAMES))
    return np.column_stack(
        [scores[name] if name in scores else values[:, FEATURE_NAMES.index(name)] for name in names]
    ).astype(np.float64)


def of_customers(names: Sequence[str], values: Matrix, places: Sequence[int], scores: Sequence[Score]) -> Matrix:
    """Return the features of some customers of a batch, in contiguous rows, shape (customers, features).

    Args:
        names: Names of the features.
        values: Features of the risk model of the batch, shape (all features, all customers).
        places: Places of the customers in the batch.
        scores: Their scores.
    """
    columns = np.empty((len(places), len(names)))
    for index, name in enumerate(names):
        if name in _OF_SCORES:
            columns[:, index] = [getattr(score, name) for score in scores]
        else:
            columns[:, index] = values[FEATURE_NAMES.index(name), places]
    return columns
