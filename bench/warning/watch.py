"""Runs a history by a way of looking, and notes alerts and looks."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from bench.warning.ways import Way
from customers.case import Case
from customers.policy import Policy
from customers.reviews.looks import Planner
from customers.state import Customer
from risk.evaluation.backtest import Backtest
from risk.evaluation.decision_schedule import DecisionSchedule
from risk.scoring.scorer import RiskScorer
from schemas.events.interaction import Interaction
from schemas.moments import DAY_MS
from schemas.records.model import RULE_VERSION
from schemas.records.score import Cause
from schemas.settings.processes import LearnerSettings
from schemas.settings.risk import MoneySettings, RiskSettings, SegmentSettings


class RaisedAlert(NamedTuple):
    """An alert that was raised.

    Attributes:
        customer_id: About whom.
        at: When, ms since 1970.
        cause: Of the score that raised it.
    """

    customer_id: str
    at: int
    cause: Cause


class Day(NamedTuple):
    """A day that has been advanced.

    Attributes:
        until: Its last instant, ms since 1970.
        customers: States by customer id.
        scorer: With the model of the day.
        alerts: Alerts raised on it.
    """

    until: int
    customers: Mapping[str, Customer]
    scorer: RiskScorer
    alerts: list[RaisedAlert]


class Watched(NamedTuple):
    """Outcome of a run.

    Attributes:
        alerts: Alerts raised, in time order.
        scores: Number of scores by cause.
        margins: Yearly margin of each customer at the latest purchase, and the threshold of middle value then.
        since: First score by a model, ms since 1970.
        until: Last instant, ms since 1970.
    """

    alerts: list[RaisedAlert]
    scores: Counter[Cause]
    margins: dict[str, tuple[float, float]]
    since: int
    until: int


class _Days(DecisionSchedule):
    """The end of every day, at which everyone has been advanced; no risks are wanted."""

    of_everyone = True

    def __init__(self, at_end: Callable[[int, Mapping[str, Customer]], None]) -> None:
        self._at_end = at_end
        self._next: int | None = None

    def start(self, first: int) -> None:
        self._next = first - first % DAY_MS + DAY_MS - 1

    def next_at(self) -> int | None:
        return self._next

    def pop(self, at: int, customers: Mapping[str, Customer]) -> list[str]:
        self._next = at + DAY_MS
        self._at_end(at, customers)
        return []


class _Notes:
    """Notes taken during a run."""

    def __init__(self, way: Way) -> None:
        self.scorer_at: Callable[[int], RiskScorer]
        self._way = way
        self.alerts: list[RaisedAlert] = []
        self.scores: Counter[Cause] = Counter()
        self.margins: dict[str, tuple[float, float]] = {}
        self.since = 0

    def planner_of(self, policy: Policy, scorer_at: Callable[[int], RiskScorer]) -> Planner:
        """Make the planner of the way, and keep the scorer for the measurements."""
        self.scorer_at = scorer_at
        return self._way.planner(policy, self._way.alerts, scorer_at)

    def note(self, case: Case) -> None:
        for scored in case.result.scored:
            self.scores[scored.cause] += 1
            if scored.score.model_version == RULE_VERSION:
                continue
            self.since = self.since or scored.now
            if scored.alert is not None and scored.alert.state == "raised":
                self.alerts.append(RaisedAlert(case.customer_id, scored.now, scored.cause))
            if scored.cause == "interaction":
                middle = self.scorer_at(scored.now).thresholds.middle
                self.margins[case.customer_id] = (scored.score.yearly_margin, middle)


def watch(interactions: Iterable[Interaction], way: Way, horizon_days: float, at_end: Callable[[Day], None]) -> Watched:
    """Run a history.

    Args:
        interactions: In the order of their stamps.
        way: How customers are looked at.
        horizon_days: Horizon of leaving, days.
        at_end: Called with each day.
    """
    notes, told = _Notes(way), 0

    def end(at: int, customers: Mapping[str, Customer]) -> None:
        nonlocal told
        at_end(Day(at, customers, notes.scorer_at(at), notes.alerts[told:]))
        told = len(notes.alerts)

    backtest = Backtest(
        RiskSettings(horizon_days=horizon_days),
        LearnerSettings(),
        SegmentSettings(),
        MoneySettings(),
        on_scored=notes.note,
        planner_of=notes.planner_of,
    )
    if not way.looks_at_takeovers:
        backtest.takeovers = None
    for _ in backtest.run(interactions, _Days(end)):
        pass
    return Watched(notes.alerts, notes.scores, notes.margins, notes.since, backtest.until)
