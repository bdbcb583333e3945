"""The learner of policies: it follows from the log alone, stops what harms, and says what acting brings."""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import pytest

from customers.features.feature_names import FEATURE_NAMES
from retention.decide.choice.prices import BINS
from retention.learning.policy_learner import PolicyLearner
from retention.policy.epoch_policy import EpochPolicy
from risk.learning.epoch_learner import EpochLearner
from risk.learning.learner import Learner
from schemas.moments import DAY_MS, from_ms, to_ms
from schemas.records.decisions import BidCounts, DecisionOutcome
from schemas.records.encode import encode_record
from schemas.records.learnt_policy import ActionEvidence, LearntPolicy
from schemas.records.model import decode_model
from tests.retention.decide.cases import book_of, rule, score_of
from tests.retention.learning.decided import EPOCHS, FIRST, book_with, outcome_of, simulated
from tests.retention.learning.policy_logs import BOOK, SOME_TIME, Record, add_all, bids_of, learner_of


def taught(outcomes: Sequence[DecisionOutcome], days: int = 70, learner: PolicyLearner | None = None) -> PolicyLearner:
    """Return a learner that has closed the border of each day."""
    learner = learner or learner_of()
    add_all(learner, outcomes)
    for day in range(1, days + 1):
        learner.close(FIRST + day * DAY_MS)
    return learner


def ready_at(record: Record) -> int:
    """Return the border before which a record belongs."""
    if isinstance(record, BidCounts):
        return EPOCHS.after(to_ms(record.epoch))
    return EPOCHS.after(to_ms(record.settled_at))


@pytest.mark.parametrize("seed", range(5))
def test_an_action_that_harms_is_switched_off_and_one_that_helps_is_not(seed: int) -> None:
    learner = taught(simulated({"call": 8.0, "mail": -6.0}, 4_000, seed))

    assert learner.policy is not None
    assert learner.policy.switched_off == ("mail",)
    assert list(learner.stopped) == ["mail"]
    assert learner.stopped["mail"].startswith("mail: stop: harms: -")
    assert EpochPolicy.of(BOOK, learner.policy).in_force.available == (True, False)


@pytest.mark.parametrize("seed", range(5))
def test_an_action_that_helps_and_brings_less_than_it_costs_is_switched_off(seed: int) -> None:
    book = book_with("call", "mail", cost=6.0)
    learner = taught(simulated({"call": 12.0, "mail": 2.0}, 6_000, seed), learner=PolicyLearner(book, EPOCHS))

    assert learner.policy is not None
    assert learner.policy.switched_off == ("mail",)


def test_fewer_customers_are_held_out_from_what_is_known_to_help() -> None:
    learner = taught(simulated({"call": 8.0, "mail": 0.9}, 2_000))

    assert learner.policy is not None
    assert learner.policy.shares == {"call": 0.1}
    assert EpochPolicy.of(BOOK, learner.policy).in_force.holdout_shares == (0.1, 0.3)


def test_an_action_that_was_switched_off_stays_off_whatever_follows() -> None:
    learner = taught(simulated({"call": 8.0, "mail": -20.0}, 2_000), 60)
    assert learner.evidence["mail"].finding == "stopped"

    later = [
        msgspec.structs.replace(one, settled_at=from_ms(to_ms(one.settled_at) + 70 * DAY_MS))
        for one in simulated({"call": 8.0, "mail": 90.0}, 4_000)
    ]
    add_all(learner, later)
    learner.close(FIRST + 200 * DAY_MS)

    assert learner.evidence["mail"].total > 0.0
    assert learner.evidence["mail"].finding == "stopped"


def test_an_action_that_was_changed_in_the_playbook_begins_anew_and_the_others_go_on() -> None:
    outcomes = simulated({"call": 8.0, "mail": -6.0}, 4_000)
    before = taught(outcomes)
    actions = {name: {**one.model_dump()} for name, one in BOOK.playbook.actions.items()}
    changed = book_of(
        actions={**actions, "mail": {**actions["mail"], "says": "Do it better"}}, rules=[rule(then=["call", "mail"])]
    )
    border = FIRST + 70 * DAY_MS

    after = PolicyLearner(changed, EPOCHS, before.policy, border)

    assert after.evidence["call"] == before.evidence["call"]
    assert after.evidence["mail"] == ActionEvidence(changed.signatures[1], since=border)
    after.add_outcome(outcome_of(decision_id="old", action="mail", settled_at=from_ms(border + 1), gain_score=-9.0))
    after.close(border + DAY_MS)
    assert after.evidence["mail"].treated == 0
    assert after.policy is not None
    assert after.policy.switched_off == ()


def test_corrections_find_what_acting_brings_each_customer() -> None:
    learner = taught(simulated({"call": 8.0, "mail": 3.0}, 8_000))
    values = np.zeros((len(FEATURE_NAMES), 2))

    estimates = EpochPolicy.of(BOOK, learner.policy).estimates_of(values)

    assert estimates is not None
    found = estimates([0, 1], [score_of(risk=0.5, value_at_risk=40.0), score_of(risk=0.5, value_at_risk=160.0)])
    gains = found.correction + np.array([[4.0, 16.0]])
    truth = np.array([[3.2, 12.8], [1.2, 4.8]])
    assert np.abs(gains - truth).max() < 2.0
    assert (np.abs(gains - truth) < 3.0 * found.deviation).all()


def test_an_action_that_was_seldom_carried_out_is_not_corrected() -> None:
    outcomes = [one for one in simulated({"call": 8.0, "mail": 3.0}, 600) if one.action == "call" or one.held_out]
    learner = taught(outcomes)

    assert learner.policy is not None
    assert learner.policy.corrections is not None
    assert learner.policy.corrections.actions == ("call",)


def test_where_no_action_was_carried_out_often_enough_guesses_are_kept() -> None:
    outcomes = [one for one in simulated({"call": 8.0, "mail": 3.0}, 600) if one.held_out]
    learner = taught(outcomes)

    assert learner.policy is not None
    assert learner.policy.corrections is not None
    assert EpochPolicy.of(BOOK, learner.policy).estimates_of(np.zeros((len(FEATURE_NAMES), 1))) is None


def test_void_outcomes_and_those_of_unknown_actions_or_features_are_not_learnt() -> None:
    learner = learner_of()

    assert learner.add_outcome(outcome_of(void=True))
    assert not learner.add_outcome(outcome_of(decision_id="d-2", action="gift"))
    assert not learner.add_outcome(outcome_of(decision_id="d-3", feature_set="other"))
    learner.close(FIRST + DAY_MS)

    assert (learner.outcomes, learner.passed_over) == (0, 2)


def test_more_bids_than_capacity_have_a_price_and_it_falls_in_a_silence() -> None:
    learner = learner_of()
    add_all(learner, [bids_of(day, {"call": {100: 1_000}}) for day in range(3)])
    for day in range(1, 4):
        learner.close(FIRST + day * DAY_MS)
    assert learner.policy is not None
    assert learner.policy.prices["call"] > 100.0

    learner.add_bids(bids_of(300, {"mail": {1: 1}}))
    learner.close(FIRST + 301 * DAY_MS)
    assert "call" not in learner.policy.prices


@pytest.mark.parametrize("number", [1, 2, 6, 7, 8, 16, 32])
def test_a_record_has_less_than_half_a_megabyte_for_any_number_of_actions(number: int) -> None:
    names = [f"action_{index}" for index in range(number)]
    book = book_with(*names)
    learner = PolicyLearner(book, EPOCHS)
    add_all(learner, simulated(dict.fromkeys(names, 3.0), 100 * number, days=6))
    add_all(learner, [bids_of(0, {name: dict.fromkeys(range(BINS), 3) for name in names})])

    models = EpochLearner(Learner(90.0), EPOCHS, companion=learner)
    last = list(models.close(FIRST + 14 * DAY_MS, SOME_TIME))[-1]
    record = encode_record(last)

    assert last.policy is not None
    assert last.policy.corrections is not None
    assert last.policy.corrections.actions == tuple(names)
    assert len(record) < 500_000
    assert decode_model(record) == last


def _kept(learnt: LearntPolicy, *names: str) -> PolicyLearner:
    return PolicyLearner(book_with(*names), EPOCHS, learnt, FIRST + 70 * DAY_MS)


@pytest.mark.parametrize("change", [lambda *names: names[:1], lambda *names: (*names[::-1], "gift")])
def test_sums_of_actions_that_stay_are_kept_where_others_go_or_come(change: Callable[..., Sequence[str]]) -> None:
    learner = taught(simulated({"call": 8.0, "mail": 3.0}, 1_000))
    assert learner.policy is not None

    after = _kept(learner.policy, *change("call", "mail"))
    after.add_outcome(outcome_of(settled_at=from_ms(FIRST + 70 * DAY_MS), decided_at=from_ms(FIRST + 40 * DAY_MS)))
    after.close(FIRST + 71 * DAY_MS)

    assert after.policy is not None
    assert after.policy.gains is not None
    assert learner.policy.gains is not None
    assert after.policy.gains.outcomes == learner.policy.gains.outcomes + 1
    assert after.evidence["call"].treated == learner.evidence["call"].treated + 1
