"""Results, judgements and wishes change the retention state, whatever their order."""

from itertools import permutations
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.facts import ACTION, PURCHASE, Fact, Told
from customers.state import NEVER
from retention.decide.chance.draw import decision_id_of
from retention.decide.memory.ending import Ended, end_if_due
from retention.decide.memory.fold import ActionFact, JudgementFact, fold_action, fold_judgement, fold_told
from retention.decide.memory.state import ChannelAnswers, OpenDecision, RetentionState
from retention.decide.telling.channel import channel_for
from retention.outcomes.open_outcome import OpenOutcome
from schemas.events.action_events import HandlingStep
from schemas.moments import DAY_MS
from schemas.records.decisions import ActionResult
from tests.retention.decide.cases import NOW

_DUE = NOW + 3 * DAY_MS
_ID = decision_id_of("c-1", NOW)


def _open() -> OpenOutcome:
    """Return the outcome of the decision that stands."""
    return OpenOutcome(
        decided_at=NOW,
        action="call",
        held_out=False,
        horizon_ms=30 * DAY_MS,
        grace_ms=0,
        cost=1.0,
        rule="all",
        segment="win_back",
        risk=0.5,
        value_at_risk=10.0,
        policy_version="p",
        probability={"call": 1.0},
        held_out_probability=0.0,
        expected_margin=1.0,
        expected_gain=1.0,
        guesses={"call": 1.0},
        features=b"",
    )


def _standing(action: str = "call", *, held_out: bool = False, purchase_ends: bool = True) -> RetentionState:
    return RetentionState(open=OpenDecision(NOW, action, held_out, _DUE, "phone", purchase_ends))


def _said(word: str, at: int) -> Fact:
    """A purchase whose ``extra`` says whether the customer may be contacted."""
    return Fact(at, at, PURCHASE, at, told=Told(wish=word == "no"))


def _ended(at: int, by: str | None, action: str = "call") -> Ended:
    return Ended(_ID, "c-1", NOW, action, False, at, by)  # type: ignore[arg-type]


def test_a_decision_lapses_at_the_end_of_its_time() -> None:
    assert end_if_due("c-1", _standing(), NEVER, _DUE - 1) is None
    assert end_if_due("c-1", _standing(), NEVER, _DUE + 9) == _ended(_DUE, "lapse")


def test_a_purchase_ends_a_decision() -> None:
    assert end_if_due("c-1", _standing(), NOW + 5, NOW + 6) == _ended(NOW + 5, "purchase")
    assert end_if_due("c-1", _standing(), NOW, NOW + 6) is None


def test_a_purchase_does_not_end_what_is_to_be_done_all_the_same() -> None:
    assert end_if_due("c-1", _standing(purchase_ends=False), NOW + 5, NOW + 6) is None


def test_a_decision_that_ended_counts_as_a_contact_at_the_end_of_its_time() -> None:
    state = _standing()
    end_if_due("c-1", state, NOW + 5, NOW + 6)

    assert (state.open, state.contacts, state.last_of_action) == (None, [_DUE], {"call": _DUE})


def test_whoever_must_not_be_contacted_has_no_decision_any_more() -> None:
    state = _standing(purchase_ends=False)
    fold_told("c-1", state, _said("no", NOW + 5), DAY_MS)

    assert end_if_due("c-1", state, NOW + 5, NOW + 6) == _ended(NOW + 6, None)


def test_whoever_is_judged_to_stay_has_no_decision_any_more() -> None:
    state = _standing()
    fold_judgement(state, JudgementFact(NOW + 5, "ann", likely_to_leave=False), DAY_MS)

    assert end_if_due("c-1", state, NEVER, NOW + 6) == _ended(NOW + 6, None)


def test_whoever_is_judged_to_leave_keeps_the_decision() -> None:
    state = _standing()
    fold_judgement(state, JudgementFact(NOW + 5, "ann", likely_to_leave=True), DAY_MS)

    assert end_if_due("c-1", state, NEVER, NOW + 6) is None


@pytest.mark.parametrize("step", get_args(HandlingStep))
def test_a_step_on_the_way_to_a_result_changes_nothing(step: str) -> None:
    state = _standing()
    fact = Fact(NOW + 7, 1, ACTION, NOW + 7, told=Told("call", step, _ID, "ann", "I will try tonight"))

    assert fold_told("c-1", state, fact, DAY_MS) is None
    assert state == _standing()


def test_leaving_alone_is_no_contact() -> None:
    state = _standing("none")
    end_if_due("c-1", state, NEVER, _DUE)

    assert (state.open, state.contacts) == (None, [])


@pytest.mark.parametrize("result", ["done", "accepted", "refused", "not_done", "dismissed"])
def test_a_result_ends_the_decision_and_is_the_time_of_the_contact(result: ActionResult) -> None:
    state = _standing()

    assert fold_action("c-1", state, ActionFact(NOW + 7, "call", result, _ID), DAY_MS) == _ended(NOW + 7, "result")
    assert state.contacts == [NOW + 7]


def test_who_did_not_answer_can_be_tried_again() -> None:
    state = _standing()

    assert fold_action("c-1", state, ActionFact(NOW + 7, "call", "no_answer", _ID), DAY_MS) is None
    assert state.open is not None
    assert state.channels == [ChannelAnswers("phone", 1, 0)]


def test_a_result_without_an_id_belongs_to_the_standing_decision_of_its_action() -> None:
    assert fold_action("c-1", _standing(), ActionFact(NOW + 7, "call", "done"), DAY_MS) == _ended(NOW + 7, "result")
    assert fold_action("c-1", _standing(), ActionFact(NOW + 7, "mail", "done"), DAY_MS) is None
    assert fold_action("c-1", _standing(held_out=True), ActionFact(NOW + 7, "call", "done"), DAY_MS) is None


def test_what_was_done_unasked_is_a_contact() -> None:
    state = RetentionState()
    fold_action("c-1", state, ActionFact(NOW, "mail", "done"), DAY_MS)
    fold_action("c-1", state, ActionFact(NOW + 1, "mail", "not_done"), DAY_MS)

    assert (state.contacts, state.last_of_action) == ([NOW], {"mail": NOW})


def test_a_late_result_moves_the_contact_and_does_not_double_it() -> None:
    state = _standing()
    state.outcomes = [_open()]
    end_if_due("c-1", state, NEVER, _DUE)
    fold_action("c-1", state, ActionFact(_DUE + 50, "call", "done", _ID), DAY_MS)

    assert state.contacts == [_DUE + 50]


@pytest.mark.parametrize("decision_id", ["task-4711", decision_id_of("c-2", NOW)])
def test_what_was_done_for_no_decision_of_the_customer_is_a_contact_of_its_own(decision_id: str) -> None:
    state = _standing()
    state.outcomes = [_open()]
    end_if_due("c-1", state, NEVER, _DUE)
    fold_action("c-1", state, ActionFact(_DUE + 50, "call", "done", decision_id), DAY_MS)

    assert state.contacts == [_DUE, _DUE + 50]


def test_what_was_done_before_a_decision_does_not_carry_it_out() -> None:
    state = _standing()
    state.outcomes = [_open()]

    assert fold_action("c-1", state, ActionFact(NOW - 1, "call", "done"), DAY_MS) is None
    assert state.open is not None
    assert (state.outcomes[0].reported_at, state.contacts) == (NEVER, [NOW - 1])


def test_a_dismissal_snoozes() -> None:
    state = _standing()
    fold_action("c-1", state, ActionFact(NOW + 7, "call", "dismissed", _ID), DAY_MS)

    assert state.snoozed_until == NOW + 7 + DAY_MS


def test_who_is_judged_to_stay_is_snoozed_until_somebody_judges_otherwise() -> None:
    state = RetentionState()
    fold_judgement(state, JudgementFact(NOW, "ann", likely_to_leave=False, note="Happy."), DAY_MS)
    assert (state.snoozed_until, state.note) == (NOW + DAY_MS, "Happy.")

    fold_judgement(state, JudgementFact(NOW + 1, "bob", likely_to_leave=True), DAY_MS)
    assert (state.snoozed_until, state.judged_by, state.note) == (NEVER, "ann", "Happy.")


@pytest.mark.parametrize(
    ("words", "no_contact"),
    [
        ([("no", 1)], True),
        ([("no", 1), ("yes", 2)], False),
        ([("yes", 2), ("no", 1)], False),
        ([("yes", 1), ("no", 1)], True),
        ([], False),
    ],
)
def test_the_latest_word_on_contact_counts(words: list[tuple[str, int]], no_contact: bool) -> None:
    state = RetentionState()
    for word, at in words:
        fold_told("c", state, _said(word, at), 0)
    fold_told("c", state, msgspec.structs.replace(_said("no", 9), told=None), 0)

    assert state.no_contact == no_contact


_judgements = st.builds(
    JudgementFact, st.integers(NOW, NOW + 3), st.sampled_from(("ann", "bob")), st.none() | st.booleans(), st.text("ab")
)


@given(st.lists(_judgements, max_size=4), st.lists(st.tuples(st.integers(NOW, NOW + 2), st.booleans()), max_size=3))
def test_the_order_of_judgements_and_wishes_does_not_matter(
    judgements: list[JudgementFact], wishes: list[tuple[int, bool]]
) -> None:
    states = []
    for facts in permutations(judgements):
        for words in permutations(wishes):
            state = RetentionState()
            for fact in facts:
                fold_judgement(state, fact, 2)
            for at, refuses in words:
                fold_told("c", state, _said("no" if refuses else "yes", at), 0)
            states.append(state)

    assert all(state == states[0] for state in states)


def test_the_channel_on_which_a_customer_answers_is_chosen() -> None:
    assert channel_for(["phone", "email"], []) == "phone"
    assert channel_for(["phone", "email"], [ChannelAnswers("phone", 2, 0)]) == "email"
    assert channel_for(["phone", "email"], [ChannelAnswers("email", 3, 3)]) == "email"
    assert channel_for(["phone", "email"], [ChannelAnswers("letter", 9, 9)]) == "phone"
