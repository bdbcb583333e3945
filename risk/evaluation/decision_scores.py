"""Scores at the decisions of a backtest, by the customers' states and the model of that moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from math import nan
from typing import Final

import numpy as np

from customers.features.features import features_of
from customers.feed.heard_time import in_heard_time
from customers.feed.holes import Holes
from customers.state import Customer
from risk.estimators.quantile_regression import LEVELS
from risk.evaluation.decision_schedule import Decision
from risk.learning.learner import Learner
from risk.scoring.model.regression import GROUPS
from risk.scoring.model.risk_model import probability
from risk.scoring.model.rule import log_odds_by_rule
from risk.scoring.outlook import kind_probabilities, usual_spend
from risk.scoring.scorer import RiskScorer

NO_DAYS: Final = (nan,) * len(LEVELS)
"""Quantiles of the days until the next purchase where no model predicts them."""


@dataclass(frozen=True, slots=True)
class DecisionScore:
    """Everything predicted at a decision.

    Attributes:
        decision: Customer and moment.
        risk: Probability of leaving.
        risk_by_rule: Probability of leaving by the rule, which learns nothing.
        effects: Contribution of each of ``GROUPS`` to the log-odds of leaving, shape (groups,).
        outlook: Probability of each of ``risk.scoring.outlook.KINDS``, shape (kinds,).
        outlook_by_frequency: Frequency of each kind so far, which knows nothing of the customer, shape (kinds,).
        days: Quantiles of the days until the next purchase within the horizon, shape (levels,); NaN if not predicted.
        usual: Usual spending of the customer within a horizon, reporting currency.
        features: In the order of ``FEATURE_NAMES``, as little-endian float32; empty for a customer not yet known.
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


def score_decisions(
    decisions: Sequence[Decision],
    customers: Mapping[str, Customer],
    scorer: RiskScorer,
    learner: Learner,
    holes: Holes,
) -> list[DecisionScore]:
    """Score customers together, each at its moment.

    The risk of a customer not yet known is the share of customers who have left so far.

    Args:
        decisions: Each customer once.
        customers: Known customers by id, with everything folded up to their moments.
        scorer: With the model in use.
        learner: Knows the frequency of each kind of answer so far.
        holes: Known holes of the purchases.

    Returns:
        In the order of the decisions.
    """
    known = [decision for decision in decisions if decision.customer_id in customers]
    frequency = _frequency_of_kinds(learner)
    scored = (
        dict(zip(known, _scored(known, customers, scorer, learner, holes, frequency), strict=True)) if known else {}
    )
    prior = learner.prior.mean
    no_effects = (0.0,) * len(GROUPS)
    return [
        scored.get(decision)
        or DecisionScore(decision, prior, prior, no_effects, frequency, frequency, NO_DAYS, 0.0, b"")
        for decision in decisions
    ]


def _scored(
    decisions: Sequence[Decision],
    customers: Mapping[str, Customer],
    scorer: RiskScorer,
    learner: Learner,
    holes: Holes,
    frequency: list[float],
) -> list[DecisionScore]:
    horizon_days = learner.horizon_days
    states = [in_heard_time(customers[decision.customer_id], decision.at, holes) for decision in decisions]
    features = features_of(states, [decision.at for decision in decisions], horizon_days)
    predictor = scorer.predictor
    standardised = predictor.standardise(features)
    risks, effects = probability(predictor.log_odds(features, standardised)), predictor.effects(features, standardised)
    by_rule = probability(log_odds_by_rule(features)).tolist()
    forecasts = predictor.forecasts(features, risks, standardised)
    outlook = kind_probabilities(risks, *learner.outlook.frequencies) if forecasts is None else forecasts.outlook
    days = repeat(NO_DAYS, len(risks)) if forecasts is None else map(tuple, forecasts.days.tolist())
    usual = usual_spend(features.values, horizon_days).tolist()
    rows = np.ascontiguousarray(features.values.T, dtype="<f4")
    columns = zip(
        decisions, risks.tolist(), by_rule, effects.tolist(), outlook.tolist(), days, usual, rows, strict=True
    )
    return [
        DecisionScore(decision, risk, rule, parts, kinds, frequency, when, spend, row.tobytes())
        for decision, risk, rule, parts, kinds, when, spend, row in columns
    ]


def _frequency_of_kinds(learner: Learner) -> list[float]:
    frequencies = kind_probabilities(np.array([learner.prior.mean]), *learner.outlook.frequencies)
    shares: list[float] = frequencies[0].tolist()
    return shares
