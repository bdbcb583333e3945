"""A companion learns what a backtest decides, epoch by epoch."""

from collections.abc import Sequence
from sys import maxsize

import msgspec

from customers.features.features import Features
from customers.policy import Policy
from customers.reviews.looks import Looked, Planned, Planner
from risk.evaluation.backtest import Backtest
from risk.evaluation.decision_schedule import DecisionSchedule
from risk.scoring.epochs import Epochs
from risk.scoring.look_planner import ScorerAt, default_planner
from schemas.moments import from_ms, to_ms
from schemas.records.decisions import BidCounts, DecisionOutcome
from schemas.settings.processes import LearnerSettings
from schemas.settings.risk import MoneySettings, RiskSettings, SegmentSettings
from tests.retention.learning.decided import outcome_of
from tests.risk.histories import purchase

_RISK = RiskSettings(horizon_days=30, min_examples=200, epoch_hours=24)
_EPOCHS = Epochs.of(_RISK)


class _Recorder:
    """A companion that keeps what it is given, and what it was given before each border."""

    policy = None
    first_offset = None

    def __init__(self) -> None:
        self.outcomes: list[DecisionOutcome] = []
        self.bids: list[BidCounts] = []
        self.closed: dict[int, tuple[int, int]] = {}
        self.next_border: int | None = None

    def add_outcome(self, outcome: DecisionOutcome, offset: int = 0) -> bool:
        self.outcomes.append(outcome)
        self.next_border = min(self.next_border or maxsize, _EPOCHS.after(to_ms(outcome.settled_at)))
        return offset == 0

    def add_bids(self, bids: BidCounts, offset: int = 0) -> bool:
        self.bids.append(bids)
        self.next_border = min(self.next_border or maxsize, _EPOCHS.after(to_ms(bids.epoch)))
        return offset == 0

    def close(self, border: int) -> None:
        self.closed[border] = len(self.outcomes), len(self.bids)
        self.next_border = None


class _Bidding(Planner):
    """In its plans each purchase bids, and has an outcome at once."""

    def __init__(self, policy: Policy, scorer_at: ScorerAt) -> None:
        self._looks = default_planner(policy, scorer_at)

    def __call__(self, looked: Sequence[Looked], features: Features) -> Sequence[Planned]:
        return [
            msgspec.structs.replace(
                plan,
                bids=(("call", 7),),
                outcomes=(outcome_of(decision_id=one.customer_id, settled_at=from_ms(one.customer.clock)),),
            )
            if one.bought
            else plan
            for plan, one in zip(self._looks(looked, features), looked, strict=True)
        ]


def test_a_companion_is_given_outcomes_and_bids_before_the_border_of_their_epoch_is_closed() -> None:
    recorder = _Recorder()
    backtest = Backtest(
        _RISK, LearnerSettings(), SegmentSettings(), MoneySettings(), planner_of=_Bidding, companion=recorder
    )
    events = [purchase("a", 0.5), purchase("b", 1.5), purchase("a", 20.2)]

    list(backtest.run(events, DecisionSchedule()))

    assert [outcome.decision_id for outcome in recorder.outcomes] == ["a", "b", "a"]
    assert [to_ms(bids.epoch) for bids in recorder.bids] == [_EPOCHS.start(to_ms(one.stamped_at)) for one in events]
    for number, event in enumerate(events[:2], start=1):
        assert recorder.closed[_EPOCHS.after(to_ms(event.stamped_at))] == (number, number)
