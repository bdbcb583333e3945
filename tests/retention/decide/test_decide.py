"""Decisions: what is chosen, for whom, and that batches do not matter."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.catalogue.compiled import CompiledPlaybook
from retention.decide.chance.draw import decision_id_of
from retention.decide.choice.gains import EstimatesOf, GainEstimates
from retention.decide.decide import decide
from retention.decide.eligibility.situation import DecisionCase
from retention.decide.memory.state import RetentionState, View
from retention.decide.policy_state import PolicyState, policy_in_force
from schemas.moments import DAY_MS, from_ms
from schemas.records.decisions import GainInterval, RetentionDecision, decode_decision
from schemas.records.encode import encode_record
from tests.retention.decide.cases import (
    NOW,
    action,
    batches,
    case_of,
    customer_of,
    playbooks,
    policy_of,
    rule,
    score_of,
)


def _copy(cases: list[DecisionCase]) -> list[DecisionCase]:
    return [case_of(one.customer_id, one.now, one.customer, one.score) for one in cases]


def _one(case: DecisionCase, **sections: Any) -> RetentionDecision | None:  # noqa: ANN401 - any section
    raised = decide([case], policy_of(**sections)).raised
    return raised[0] if raised else None


def _learnt(estimates: GainEstimates) -> EstimatesOf:
    return lambda places, _: GainEstimates(estimates.correction[:, places], estimates.deviation[:, places])


@given(playbooks(), batches(), st.data())
def test_decisions_do_not_depend_on_the_batch_or_its_order(
    book: CompiledPlaybook, cases: list[DecisionCase], data: st.DataObject
) -> None:
    policy = policy_in_force(book)
    together = decide(_copy(cases), policy).raised
    shuffled = data.draw(st.permutations(_copy(cases)))
    cut = data.draw(st.integers(0, len(cases)))
    parts = [*decide(shuffled[:cut], policy).raised, *decide(shuffled[cut:], policy).raised]

    assert sorted(map(encode_record, parts)) == sorted(map(encode_record, together))


@given(playbooks(), batches(), st.floats(0.0, 20.0))
def test_nobody_is_decided_for_whom_acting_brings_less_than_its_cost_and_price(
    book: CompiledPlaybook, cases: list[DecisionCase], price: float
) -> None:
    learnt = PolicyState(prices=dict.fromkeys(book.names, price))

    for decision in decide(cases, policy_in_force(book, learnt)).raised:
        if decision.action != "none":
            assert decision.expected_gain >= decision.cost + price - 0.01


@given(playbooks(), batches())
def test_propensities_of_a_decision_sum_to_one_and_what_was_drawn_has_one(
    book: CompiledPlaybook, cases: list[DecisionCase]
) -> None:
    for decision in decide(cases, policy_in_force(book)).raised:
        assert sum(decision.propensity.values()) == pytest.approx(1.0, abs=1e-9)
        assert decision.propensity[decision.action] > 0.0


@given(playbooks(), batches())
def test_a_decision_stands_until_its_time_is_over(book: CompiledPlaybook, cases: list[DecisionCase]) -> None:
    policy = policy_in_force(book)
    raised = decide(cases, policy).raised
    again = decide(cases, policy)

    assert not {one.customer_id for one in again.raised} & {one.customer_id for one in raised}
    assert again.ended == []


@given(playbooks(), batches())
def test_a_decision_survives_its_record(book: CompiledPlaybook, cases: list[DecisionCase]) -> None:
    for decision in decide(cases, policy_in_force(book)).raised:
        assert decode_decision(encode_record(decision)) == decision


def test_the_action_with_the_highest_gain_after_cost_is_chosen() -> None:
    actions = {"call": action(cost=8.0), "mail": action(keeps=0.05)}

    decision = _one(case_of(), actions=actions, rules=[rule(then=["call", "mail"])])

    assert decision is not None
    assert (decision.action, decision.expected_gain, decision.cost) == ("mail", 5.0, 1.0)


def test_a_price_moves_the_choice_to_another_action() -> None:
    actions = {"call": action(), "mail": action(keeps=0.05)}
    learnt = PolicyState("e-1", prices={"call": 6.0})

    (decision,) = decide([case_of()], policy_of(learnt, actions=actions, rules=[rule(then=["call", "mail"])])).raised

    assert decision.action == "mail"
    assert decision.policy_version.endswith("-e-1")


def test_nothing_is_decided_where_acting_costs_more_than_it_brings() -> None:
    assert _one(case_of(score=score_of(risk=1.0, value_at_risk=9.0))) is None


def test_the_first_rule_that_applies_decides_alone() -> None:
    rules = [rule(name="first", when="risk > 0.5", then=["none"]), rule(name="second")]

    assert _one(case_of(), rules=rules) is None


def test_a_rule_gives_its_own_expectation() -> None:
    decision = _one(case_of(), rules=[rule(keeps=0.2, brings=3.0)])

    assert decision is not None
    assert decision.expected_gain == 23.0
    assert decision.interval is None


def test_what_was_learnt_corrects_the_guess_and_gives_an_interval() -> None:
    learnt = GainEstimates(np.array([[-6.0]]), np.array([[1.0]]))

    (decision,) = decide([case_of()], policy_of(), _learnt(learnt)).raised

    assert decision.expected_gain == 4.0
    assert decision.interval == GainInterval(2.04, 5.96)


def test_an_action_of_which_nothing_is_known_keeps_its_guess_and_has_no_interval() -> None:
    learnt = GainEstimates(np.array([[np.nan]]), np.array([[np.nan]]))

    (decision,) = decide([case_of()], policy_of(), _learnt(learnt)).raised

    assert decision.expected_gain == 10.0
    assert decision.interval is None


def test_what_was_learnt_of_one_customer_is_not_used_for_another() -> None:
    standing = case_of("c-1")
    decide([standing], policy_of())
    learnt = GainEstimates(np.array([[-1.0, -6.0]]), np.array([[1.0, 1.0]]))

    (decision,) = decide([standing, case_of("c-2")], policy_of(), _learnt(learnt)).raised

    assert (decision.customer_id, decision.expected_gain) == ("c-2", 4.0)


def test_an_action_that_was_switched_off_is_not_taken() -> None:
    assert decide([case_of()], policy_of(PolicyState(switched_off=frozenset({"call"})))).raised == []


def test_a_held_out_customer_gets_a_ghost_that_stands_like_a_decision() -> None:
    case = case_of()
    decision = _one(case, actions={"call": action(holdout_share=1.0)})

    assert decision is not None
    assert decision.held_out
    assert decision.action == "call"
    assert case.state.open is not None


def test_who_refuses_contact_is_never_decided_for() -> None:
    assert _one(case_of(state=RetentionState(no_contact=True))) is None


def test_who_is_snoozed_is_decided_for_afterwards() -> None:
    state = RetentionState(snoozed_until=NOW + 1)

    assert _one(case_of(state=state)) is None
    assert _one(case_of(now=NOW + 1, state=state)) is not None


def test_a_decision_names_everything_that_is_needed_to_act() -> None:
    decision = _one(case_of(score=score_of(value_at_risk=120.0)))

    assert decision is not None
    assert decision.decision_id == decision_id_of("c-1", NOW)
    assert (decision.team, decision.channel, decision.rule) == ("service", "phone", "all")
    assert (decision.do_after, decision.due_by) == (from_ms(NOW), from_ms(NOW + 3 * DAY_MS))
    assert decision.reasons[0].text == "No purchase for 40 days"
    assert decision.what_changed == ("The silence passed the usual gap of 30 days on Tuesday, 24 September 2024",)
    assert decision.propensity == {"call": pytest.approx(1.0, abs=1e-5), "none": pytest.approx(0.0, abs=1e-5)}


def test_a_second_decision_says_what_changed_since_the_first() -> None:
    state = RetentionState(last_seen=View(NOW - 20 * DAY_MS, 0.5, "look_after"), contacts=[NOW - 18 * DAY_MS])
    customer = customer_of(last_unresolved=NOW - 2 * DAY_MS, returns=2, last_return=NOW - DAY_MS)

    decision = _one(case_of(customer=customer, state=state))

    assert decision is not None
    assert decision.what_changed == (
        "A complaint has been unresolved since 2 October 2024",
        "Return number 2, on 3 October 2024",
        "The silence passed the usual gap of 30 days on Tuesday, 24 September 2024",
        "Moved from look after to keep at all costs",
        "The risk rose from 50% to 80%",
    )


def test_who_was_drawn_to_be_left_alone_is_left_alone_for_the_rest() -> None:
    exploration = {"share": 0.0, "sharpness": 0.0, "rest_days": 10.0}
    cases = [case_of(f"c-{index}") for index in range(50)]
    policy = policy_of(exploration=exploration)
    left_alone = {one.customer_id for one in decide(cases, policy).raised if one.action == "none"}

    later = [case_of(one.customer_id, NOW + 10 * DAY_MS - 1, one.customer, one.score, one.state) for one in cases]
    assert left_alone
    assert not left_alone & {one.customer_id for one in decide(later, policy).raised}
