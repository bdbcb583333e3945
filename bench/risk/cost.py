"""``python -m bench.risk.cost``: what one answer costs to learn and one customer to judge, in processor time."""

import sys
from collections.abc import Callable
from time import process_time_ns
from typing import Final

import numpy as np

from bench.risk.businesses import OF_EVERYTHING
from bench.risk.play import history_of
from customers.features.feature_snapshot import decode_features
from customers.features.features import features_of
from customers.questions.settle import Settled
from customers.state import Customer
from risk.evaluation.backtest import Backtest
from risk.evaluation.decision_schedule import AtMoments
from risk.learning.learner import Learner
from risk.scoring.model.risk_model import RiskModel
from risk.scoring.records import answer_of
from risk.scoring.scorer import RiskScorer
from schemas.moments import from_ms
from schemas.settings.processes import LearnerSettings
from schemas.settings.risk import MoneySettings, RiskSettings, SegmentSettings

_BUSINESS: Final = OF_EVERYTHING.smaller(0.3)
_TOGETHER: Final = 64
"""Customers scored at once, as in a worker's reviews."""

_REPEATED: Final = 5
"""Repetitions; the shortest time is reported, because disturbances only add."""


def main() -> None:
    """Print microseconds an answer and a customer."""
    settings = RiskSettings(horizon_days=_BUSINESS.horizon_days)
    asked: list[Settled] = []
    money, segments = MoneySettings(), SegmentSettings()
    backtest = Backtest(settings, LearnerSettings(), segments, money, on_answer=lambda _id, one: asked.append(one))
    for _ in backtest.run(history_of(_BUSINESS, seed=1), AtMoments([])):
        pass
    learnt = [_learning(asked, settings.horizon_days) / len(asked) for _ in range(_REPEATED)]
    _tell(f"learn one of {len(asked):,} answers", min(learnt))
    model = backtest.learner.publish(0, from_ms(0))
    judge = RiskScorer(settings, segments, money.reporting_currency)
    judge.load(model)
    scorer, customers = RiskModel(model, settings.horizon_days), _some(backtest)
    moments = [backtest.until] * _TOGETHER
    features = features_of(customers, moments, settings.horizon_days)
    _tell("risk alone", _least(lambda: scorer.log_odds(features.values)))
    _tell("features", _least(lambda: features_of(customers, moments, settings.horizon_days)))
    _tell("risk, outlook, reasons, segment", _least(lambda: judge(customers, moments, features)))


def _learning(asked: list[Settled], horizon_days: float) -> float:
    """Processor time for learning all answers from nothing, ns."""
    learner = Learner(horizon_days)
    rows = decode_features([question.features for question in asked], [horizon_days] * len(asked)).T.tolist()
    began = process_time_ns()
    for features, question in zip(rows, asked, strict=True):
        left = question.purchases == 0
        learner.learn_answer(features, left, question.risk, question.asked_at, answer_of(question))
    return process_time_ns() - began


def _some(backtest: Backtest) -> list[Customer]:
    customers = [customer for customer in backtest.customers.values() if customer.purchases]
    places = np.linspace(0, len(customers) - 1, _TOGETHER).astype(int)
    return [customers[place] for place in places.tolist()]


def _least(judge: Callable[[], object], times: int = 50) -> float:
    """Processor time a customer, ns."""
    taken = []
    for _ in range(_REPEATED):
        began = process_time_ns()
        for _ in range(times):
            judge()
        taken.append((process_time_ns() - began) / times / _TOGETHER)
    return min(taken)


def _tell(what: str, nanoseconds: float) -> None:
    sys.stdout.write(f"{what:<34} {nanoseconds / 1e3:>6.1f} µs\n")


if __name__ == "__main__":
    main()
