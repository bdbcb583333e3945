"""Trainer: the closing of borders, the answers learnt at them, and the offset where a successor reads on."""

from datetime import UTC, datetime

from customers.features.feature_names import FEATURE_NAMES, FEATURE_SET
from schemas.moments import DAY_MS, from_ms, to_ms
from schemas.records.decisions import BidCounts
from schemas.records.encode import encode_record
from schemas.records.learner_notes import BIDS, BORDER, OUTCOME, BorderMarker
from schemas.records.model import Model
from schemas.records.training_example import TrainingExample
from schemas.settings.processes import LearnerSettings
from schemas.settings.risk import RiskSettings
from streams.learner.trainer import Trainer
from tests.retention.learning.decided import book_with, outcome_of

TODAY = 20_000 * DAY_MS
NOON = DAY_MS // 2


def _new_trainer() -> Trainer:
    return Trainer(RiskSettings(), LearnerSettings(), book_with("call"))


class Log:
    """The topic of the answers, and a trainer that reads it."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.records: list[tuple[bytes, str]] = []
        self.models: list[Model] = []
        self.trainer = _new_trainer()

    def answer(self, day: int, customer_id: str = "c") -> "Log":
        """Append an answer that was final at noon of a day."""
        settled_at = TODAY + day * DAY_MS + NOON
        example = TrainingExample(
            customer_id=customer_id,
            asked_at=from_ms(settled_at - 91 * DAY_MS),
            settled_at=from_ms(settled_at),
            cause="review",
            horizon_days=90.0,
            left=customer_id < "d",
            purchases=0,
            amount=0.0,
            risk=0.5,
            model_version="rule-1",
            feature_set=FEATURE_SET,
            features=tuple(0.1 * (number + day + len(customer_id)) for number in range(len(FEATURE_NAMES))),
        )
        self.records.append((encode_record(example), ""))
        return self.read()

    def outcome(self, day: int, decision_id: str = "d-1") -> "Log":
        """Append what followed a call, settled at noon of a day."""
        settled_at = from_ms(TODAY + day * DAY_MS + NOON)
        outcome = outcome_of(decision_id=decision_id, settled_at=settled_at, decided_at=from_ms(TODAY - 30 * DAY_MS))
        self.records.append((encode_record(outcome), OUTCOME))
        return self.read()

    def bids(self, day: int, number: int = 1_000) -> "Log":
        """Append bids for calls of a day."""
        bids = BidCounts(epoch=from_ms(TODAY + day * DAY_MS), counts={"call": {100: number}})
        self.records.append((encode_record(bids), BIDS))
        return self.read()

    def marker(self, partition: int, day: int, partitions: int = 2) -> "Log":
        """Append the notice that a partition has passed the beginning of a day."""
        border = from_ms(TODAY + day * DAY_MS)
        self.records.append(
            (encode_record(BorderMarker(partition=partition, partitions=partitions, border=border)), BORDER)
        )
        return self.read()

    def read(self) -> "Log":
        """Read to the end, and learn what may be learnt."""
        while self.trainer.offset < len(self.records):
            value, header = self.records[self.trainer.offset]
            self.trainer.read({header}, value, self.trainer.offset)
            if self.trainer.is_due:
                self.models += self.trainer.close(datetime(2030, 1, 1, tzinfo=UTC))
        return self

    def restart(self) -> "Log":
        """Let a successor go on from the newest model."""
        self.trainer = _new_trainer()
        if self.models:
            self.trainer.resume(self.models[-1])
        return self.read()

    @property
    def days(self) -> list[tuple[int, int]]:
        """Day of the border of each model, and the number of answers learnt; the first span has none."""
        return [((to_ms(model.border) - TODAY) // DAY_MS, model.examples) for model in self.models]


def test_a_border_is_closed_once_every_partition_has_passed_it() -> None:
    log = Log().answer(0).marker(0, 1)
    assert log.days == []

    assert log.marker(1, 1).days == [(0, 0), (1, 1)]


def test_answers_are_learnt_at_their_own_border_however_early_they_come() -> None:
    log = Log().answer(1).answer(0).marker(0, 2).marker(1, 1)

    assert log.days == [(0, 0), (1, 1)]
    assert log.marker(1, 2).days == [(0, 0), (1, 1), (2, 2)]


def test_a_span_without_answers_has_one_model_that_names_it() -> None:
    log = Log().marker(0, 1).marker(1, 1).answer(9).marker(0, 20).marker(1, 20)

    assert log.days == [(1, 0), (9, 0), (10, 1), (20, 1)]
    assert [to_ms(model.first_border) for model in log.models[1:]] == [TODAY + day * DAY_MS for day in (2, 10, 11)]


def test_the_order_of_arrival_changes_no_model() -> None:
    one = Log().answer(0, "a").answer(0, "e").answer(0, "b").marker(0, 1).marker(1, 1)
    other = Log().marker(1, 1).answer(0, "b").answer(0, "a").answer(0, "e").marker(0, 1)

    assert one.models[-1].weights == other.models[-1].weights
    assert one.models[-1].latest_weights == other.models[-1].latest_weights


def test_an_answer_that_comes_twice_is_learnt_once() -> None:
    assert Log().answer(0).answer(0).marker(0, 1).marker(1, 1).days == [(0, 0), (1, 1)]


def test_an_answer_after_its_border_is_counted_and_not_learnt() -> None:
    log = Log().marker(0, 1).marker(1, 1).answer(0).marker(0, 2).marker(1, 2)

    assert log.days == [(1, 0), (2, 0)]
    assert log.trainer.passed_over == 1


def test_a_successor_learns_what_was_read_before_the_last_border_and_not_learnt() -> None:
    log = Log().answer(5).marker(0, 6).answer(0).marker(1, 1).restart()

    assert log.marker(1, 6).days == [(0, 0), (1, 1), (5, 1), (6, 2)]


def test_a_successor_learns_nothing_twice() -> None:
    log = Log().answer(5).answer(0).marker(0, 1).marker(1, 1).restart()

    assert log.marker(0, 6).marker(1, 6).days == [(0, 0), (1, 1), (5, 1), (6, 2)]


def test_after_growth_the_partitions_that_are_there_now_are_waited_for() -> None:
    log = Log().marker(0, 1).marker(1, 1).answer(1)
    log.marker(0, 2, partitions=3).marker(1, 2, partitions=3)
    assert log.days == [(1, 0)]

    assert log.marker(2, 2, partitions=3).days == [(1, 0), (2, 1)]


def _policies(log: Log) -> list[tuple[int, bytes]]:
    return [(to_ms(model.border), encode_record(model.policy)) for model in log.models]


def test_outcomes_and_bids_change_the_policy_of_the_border_that_follows_them() -> None:
    log = Log().outcome(0).bids(1).marker(0, 2).marker(1, 2)

    assert log.days == [(0, 0), (1, 0), (2, 0)]
    first, second, third = (model.policy for model in log.models)
    assert first is None
    assert second is not None
    assert (second.evidence["call"].treated, second.bids) == (1, None)
    assert third is not None
    assert third.prices["call"] > 100.0


def test_a_successor_learns_outcomes_and_bids_that_were_read_before_the_last_border_and_not_learnt() -> None:
    steady, restarted = Log(), Log()
    for log in (steady, restarted):
        log.outcome(5, "d-5").bids(5).marker(0, 6).outcome(0).bids(0).marker(1, 1)
    restarted.restart()
    for log in (steady, restarted):
        log.bids(5, 77).outcome(5, "d-6").marker(1, 6)

    assert _policies(restarted) == _policies(steady)
    assert restarted.models[-1].policy is not None
    assert restarted.models[-1].policy.evidence["call"].treated == 3


def test_a_model_names_the_offset_of_the_first_outcome_or_bids_that_it_does_not_contain() -> None:
    log = Log().answer(0).bids(7).outcome(6).marker(0, 1).marker(1, 1)

    assert [model.learnt_until for model in log.models] == [0, 1]


def test_a_learner_without_a_playbook_keeps_the_policy_that_was_published_before_it() -> None:
    log = Log().outcome(0).marker(0, 1).marker(1, 1)
    log.trainer = Trainer(RiskSettings(), LearnerSettings())
    log.trainer.resume(log.models[-1])

    log.outcome(1).answer(1).marker(0, 2).marker(1, 2)

    assert log.models[-1].policy == log.models[-2].policy
    assert log.models[-1].policy is not None
    assert log.days[-1] == (2, 1)
