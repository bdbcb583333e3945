"""``python -m bench.risk``: how good the risk is on each simulated business, at purchases and on a calendar."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from bench.risk.businesses import PLAYED, Business
from bench.risk.play import backtest_of, history_of
from customers.state import Customer
from risk.evaluation.backtest import Backtest
from risk.evaluation.decision_schedule import AtPurchases, Decision, DecisionSchedule, OnCalendar
from risk.evaluation.quality import PredictionQuality, quality_of
from risk.evaluation.results import last_third
from schemas.moments import DAY_MS


@dataclass(frozen=True, slots=True)
class BusinessRow:
    """Quality of the answers of the last third.

    Attributes:
        points: When was asked.
        model: Of the model.
        rule: Of the rule of recency.
    """

    points: str
    model: PredictionQuality
    rule: PredictionQuality


class _Both(DecisionSchedule):
    """At purchases and on a calendar in one run; ``points`` says which, decision after decision."""

    of_everyone = True

    def __init__(self, every: str) -> None:
        self.points: list[str] = []
        self._calendar = f"every {every}"
        self._schedules: dict[str, DecisionSchedule] = {
            "purchases": AtPurchases(),
            self._calendar: OnCalendar("week" if every == "week" else "month"),
        }

    def start(self, first: int) -> None:
        for schedule in self._schedules.values():
            schedule.start(first)

    def note_purchase(self, at: int, customer_id: str) -> None:
        self._schedules["purchases"].note_purchase(at, customer_id)

    def next_at(self) -> int | None:
        return min((at for one in self._schedules.values() if (at := one.next_at()) is not None), default=None)

    def pop(self, at: int, customers: Mapping[str, Customer]) -> list[str]:
        points, schedule = next((name, one) for name, one in self._schedules.items() if one.next_at() == at)
        popped = schedule.pop(at, customers)
        self.points += [points] * len(popped)
        return popped


def rows_of(business: Business, seed: int) -> Iterator[BusinessRow]:
    """Play a business through the backtest, and judge what was said in the last third of its time."""
    backtest = backtest_of(business.horizon_days)
    schedule = _Both("week" if business.is_asked_weekly else "month")
    scores = list(backtest.run(history_of(business, seed), schedule))
    since = last_third(backtest.first or 0, backtest.until, round(business.horizon_days * DAY_MS))
    for points in dict.fromkeys(schedule.points):
        rows = [
            (score.risk, score.risk_by_rule, label)
            for at, score in zip(schedule.points, scores, strict=True)
            if at == points and (label := _label(backtest, score.decision, since)) is not None
        ]
        risks, by_rule, left = np.array(rows).T
        yield BusinessRow(points, quality_of(risks, left == 1.0), quality_of(by_rule, left == 1.0))


def _label(backtest: Backtest, decision: Decision, since: int) -> bool | None:
    return backtest.label(decision) if decision.at >= since else None


def main() -> None:
    """Print the table."""
    sys.stdout.write(
        "| business | asked | answers | base rate | AUC | log-loss | calibration error | recency: AUC | log-loss "
        "| calibration error | base rate: log-loss |\n" + "| --- " * 11 + "|\n"
    )
    for business in PLAYED:
        for row in rows_of(business, seed=1):
            model, rule = row.model, row.rule
            sys.stdout.write(
                f"| {business.name}, H = {business.horizon_days:g} | {row.points} | {model.count:,} "
                f"| {model.base_rate:.3f} | {model.auc:.4f} | {model.log_loss:.4f} | {model.calibration_error:.4f} "
                f"| {rule.auc:.4f} | {rule.log_loss:.4f} | {rule.calibration_error:.4f} "
                f"| {model.prior_log_loss:.4f} |\n"
            )


if __name__ == "__main__":
    main()
