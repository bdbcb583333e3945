"""Logged decisions as columns: the log that estimates need, and what conditions of rules may ask about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from customers.features.feature_names import (
    BOUGHT_ONCE,
    FEATURE_NAMES,
    FEATURE_SET,
    MEAN_GAP,
    OBSERVED,
    PURCHASES,
    RECENCY,
)
from retention.catalogue.condition import Columns
from retention.catalogue.playbook import NONE
from retention.catalogue.vocabulary import LIFE_CYCLES, REASONS, SEGMENTS, VALUE_TIERS
from retention.outcomes.columns import Flags, Matrix, Vector
from retention.outcomes.log import DecisionLog
from schemas.records.logged_decision import LoggedDecision

NOT_RECORDED: Final = ("occasions", "judgement")
"""Names that conditions may use and of which decisions do not say how they stood."""

_COMPLAINT: Final = FEATURE_NAMES.index("complaint_open")


@dataclass(frozen=True, slots=True)
class LoggedColumns:
    """Logged decisions as columns.

    Attributes:
        log: Outcomes are margins before costs.
        spent: Cost that was spent on each, reporting currency, shape (decisions,).
        propensity: Probability of each action without the holdout, shape (decisions, actions).
        columns: What conditions are evaluated on, without those of ``NOT_RECORDED``, each of shape (decisions,).
    """

    log: DecisionLog
    spent: Vector
    propensity: Matrix
    columns: Columns


def usable(logged: Sequence[LoggedDecision]) -> list[LoggedDecision]:
    """Return the decisions that other policies can be judged by.

    Left out are those whose customer was known to be held out from an action that might have been drawn, of whom any
    policy gets the same; those whose features are of another list; and those whose score is no longer stored.
    """
    return [
        one
        for one in logged
        if one.feature_set == FEATURE_SET
        and one.yearly_margin is not None
        and all(one.probability.get(name, 0.0) > 0.0 for name, drawn in one.propensity.items() if drawn > 0.0)
    ]


def as_columns(logged: Sequence[LoggedDecision], further: Sequence[str] = ()) -> LoggedColumns:
    """Return logged decisions as columns.

    Args:
        logged: Decisions of ``usable``.
        further: Names of actions that the log may not have.
    """
    found = {name for one in logged for name in (one.action, *one.propensity)}
    actions = (NONE, *sorted((found | set(further)) - {NONE}))
    log = DecisionLog(
        actions=actions,
        customer=np.unique([one.customer_id for one in logged], return_inverse=True)[1].astype(np.int64),
        done=np.array([0 if one.held_out else actions.index(one.action) for one in logged], np.int64),
        probability=_by_action([one.probability for one in logged], actions),
        outcome=np.array([one.margin for one in logged], np.float64),
        covariates=np.array([(one.risk, one.value_at_risk, one.expected_margin) for one in logged]).reshape(-1, 3),
    )
    spent = np.array([one.spent for one in logged], np.float64)
    return LoggedColumns(log, spent, _by_action([one.propensity for one in logged], actions), _columns(logged))


def _by_action(probabilities: Sequence[dict[str, float]], actions: Sequence[str]) -> Matrix:
    rows = [[one.get(name, 0.0) for name in actions] for one in probabilities]
    return np.array(rows, np.float64).reshape(-1, len(actions))


def _columns(logged: Sequence[LoggedDecision]) -> Columns:
    features = np.array([one.features[:OBSERVED] for one in logged], np.float64).reshape(-1, OBSERVED).T
    several: Flags = features[PURCHASES] > 0.0
    purchases = np.where(several, np.rint(np.exp(features[PURCHASES])), features[BOUGHT_ONCE])
    days_silent = np.where(purchases > 0.0, np.expm1(features[RECENCY]), 0.0)
    gap_days = np.maximum(np.expm1(features[MEAN_GAP]), 1.0)
    return {
        "risk": np.array([one.risk for one in logged]),
        "value_at_risk": np.array([one.value_at_risk for one in logged]),
        "yearly_margin": np.array([one.yearly_margin or 0.0 for one in logged]),
        "purchases": purchases,
        "days_silent": days_silent,
        "gaps_silent": np.where(several, days_silent / gap_days, 0.0),
        "segment": np.array([SEGMENTS.bits(one.segment) for one in logged], np.int64),
        "life_cycle": np.array([LIFE_CYCLES.bits(*filter(None, [one.life_cycle])) for one in logged], np.int64),
        "value_tier": np.array([VALUE_TIERS.bits(*filter(None, [one.value_tier])) for one in logged], np.int64),
        "reasons": np.array([_reasons(one.reasons) for one in logged], np.int64),
        "complaint_open": features[_COMPLAINT] > 0.0,
        "always": np.ones(len(logged), dtype=np.bool_),
    }


def _reasons(groups: Sequence[str]) -> int:
    return REASONS.bits(*(group for group in groups if group in REASONS.words))
