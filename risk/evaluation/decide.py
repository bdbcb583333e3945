"""What is said of customers at the decisions of a backtest, as they and the model stand."""

from collections.abc import Mapping, Sequence
from itertools import repeat

import numpy as np

from customers.features import features_of
from customers.state import Customer
from risk.evaluation.decision import NO_DAYS, DecisionScore
from risk.evaluation.decision_schedule import Decision
from risk.learning.learner import Learner
from risk.scoring.model import GROUPS, probability
from risk.scoring.outlook import kind_probabilities, usual_spend
from risk.scoring.rule import log_odds_by_rule
from risk.scoring.scorer import RiskScorer


def score_decisions(
    decisions: Sequence[Decision], customers: Mapping[str, Customer], judge: RiskScorer, learner: Learner
) -> list[DecisionScore]:
    """Score customers together, each at its moment.

    Of a customer of whom nothing was known, as many leave as have left so far: the learner's running share.

    Args:
        decisions: Each customer once.
        customers: Known ones, with everything folded that was stamped until their moments.
        judge: With the model in use.
        learner: Says how often each kind of result has come so far.
    """
    known = [decision for decision in decisions if decision.customer_id in customers]
    frequency = _by_frequency(learner)
    scored = dict(zip(known, _judged(known, customers, judge, learner, frequency), strict=True)) if known else {}
    prior = learner.prior
    no_effects = (0.0,) * len(GROUPS)
    return [
        scored.get(decision)
        or DecisionScore(decision, prior, prior, no_effects, frequency, frequency, NO_DAYS, 0.0, b"")
        for decision in decisions
    ]


def _judged(
    decisions: Sequence[Decision],
    customers: Mapping[str, Customer],
    judge: RiskScorer,
    learner: Learner,
    frequency: list[float],
) -> list[DecisionScore]:
    horizon_days = learner.horizon_days
    states = [customers[decision.customer_id] for decision in decisions]
    features = features_of(states, [decision.at for decision in decisions], horizon_days)
    risks, effects = probability(judge.log_odds(features)), judge.effects(features)
    by_rule = probability(log_odds_by_rule(features)).tolist()
    forecasts = judge.forecasts(features, risks)
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


def _by_frequency(learner: Learner) -> list[float]:
    shares: list[float] = kind_probabilities(np.array([learner.prior]), *learner.outlook.frequencies)[0].tolist()
    return shares
