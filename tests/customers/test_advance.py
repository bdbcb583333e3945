"""Advancing: the result does not depend on batches, and every question is answered once, correctly, in time."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.advance import advance, advance_all, receive
from customers.case import AdvanceResult, Case
from customers.encoding.encode import encode_customer
from customers.facts import Fact
from customers.features.features import Features
from customers.policy import Policy, policy_of
from customers.reviews.schedule import NOT_DUE, due_at, next_review, review_asks
from customers.state import Customer
from schemas.moments import DAY_MS
from schemas.records.score import Score
from schemas.settings.risk import RiskSettings
from tests.customers.lives import (
    NARROW,
    POLICY,
    START,
    contact,
    judge,
    lived,
    lives,
    lives_with_repeats,
    purchase,
)
from tests.customers.steps import END, asked_at, batches, stepwise, watermarks


@pytest.mark.parametrize("policy", [POLICY, NARROW], ids=["wide", "narrow"])
@given(life=lives_with_repeats, steps=watermarks, data=st.data())
def test_batches_and_watermarks_change_nothing_to_the_last_bit(
    policy: Policy, life: list[Fact], steps: list[int], data: st.DataObject
) -> None:
    customer, whole = lived(life, END, policy)
    parts = AdvanceResult()
    stepped = Customer()

    for _, state, part in stepwise(batches(life, steps, data), steps, policy):
        parts.settled.extend(part.settled)
        parts.scored.extend(part.scored)
        parts.duplicates.extend(part.duplicates)
        stepped = state

    assert whole == parts
    assert encode_customer(customer, due_at(customer)) == encode_customer(stepped, due_at(stepped))


@given(life=lives)
def test_every_moment_with_a_new_fact_or_a_review_is_scored_once(life: list[Fact]) -> None:
    outcome = lived(life, END)[1]

    expected = sorted({fact.stamp for fact in life}.union(asked_at(life, END)))

    assert expected == [scored.now for scored in outcome.scored]


def test_at_one_instant_facts_come_first_then_answers_then_judgements() -> None:
    settles_at = START + POLICY.horizon_ms + POLICY.grace_ms
    seen: list[tuple[int, list[int]]] = []

    def watching(customers: Sequence[Customer], moments: Sequence[int], features: Features) -> Sequence[Score]:
        for customer, now in zip(customers, moments, strict=True):
            if now == settles_at:
                seen.append((customer.purchases, [question.asked_at for question in customer.questions]))
        return judge(customers, moments, features)

    customer = Customer()
    receive(customer, purchase(START))
    receive(customer, purchase(settles_at))
    advance(customer, "somebody", settles_at, POLICY, watching)

    purchases, still_open = seen[0]
    assert purchases == 2
    assert START not in still_open
    assert settles_at not in still_open


def test_a_contact_of_a_stranger_is_scored_but_asks_nothing() -> None:
    customer, outcome = lived([contact(START)], END)

    assert [scored.now for scored in outcome.scored] == [START]
    assert (customer.questions, due_at(customer)) == ([], NOT_DUE)


def test_a_repeated_event_is_reported_and_neither_scored_nor_asked_about() -> None:
    customer, outcome = lived([purchase(START, event=1), purchase(START + 1, event=1)], START + 1)

    assert [fact.stamp for fact in outcome.duplicates] == [START + 1]
    assert [scored.now for scored in outcome.scored] == [START]
    assert (customer.purchases, len(customer.questions)) == (1, 1)


def test_a_fact_behind_the_clock_is_folded_at_once_and_turns_nothing_back() -> None:
    customer, _ = lived([purchase(START)], END)
    clock = customer.clock

    receive(customer, purchase(START + 1))
    advance(customer, "somebody", END, POLICY, judge)

    assert (customer.purchases, customer.clock) == (2, clock)


def test_fifty_silent_years_are_reviewed_at_every_point_of_the_grid() -> None:
    until = START + 50 * 365 * DAY_MS

    customer, outcome = lived([purchase(START)], until)

    reviews = [scored.now for scored in outcome.scored if scored.cause == "review"]
    first = next_review("somebody", START, POLICY.review_ms)
    assert reviews == list(range(first, until + 1, POLICY.review_ms))
    assert len(customer.questions) <= 5


@pytest.mark.parametrize("reviews_per_horizon", [3, 90])
@given(life=lives)
def test_nothing_but_scores_is_left_out_where_none_are_wanted(reviews_per_horizon: int, life: list[Fact]) -> None:
    policy = policy_of(RiskSettings(horizon_days=90.0, reviews_per_horizon=reviews_per_horizon))
    with_scores, without = Case("somebody", Customer()), Case("somebody", Customer())
    for fact in life:
        receive(with_scores.customer, fact)
        receive(without.customer, fact)

    advance_all([with_scores], END, policy, judge)
    advance_all([without], END, policy, judge, scored=False)

    assert without.result.settled == with_scores.result.settled
    assert without.due == due_at(without.customer) >= with_scores.due
    without.customer.clock = with_scores.customer.clock
    without.customer.next_review = with_scores.customer.next_review
    assert without.customer == with_scores.customer


def test_a_purchase_at_a_review_that_is_passed_over_asks_as_at_a_review() -> None:
    policy = replace(NARROW, review_ms=DAY_MS, reviews_per_question=30)
    review = next_review("somebody", START + 1, policy.review_ms)
    cases = [Case("somebody", Customer()), Case("somebody", Customer())]
    for case, scored in zip(cases, (True, False), strict=True):
        for at in (START, START + 1, review):
            receive(case.customer, purchase(at))
        advance_all([case], review, policy, judge, scored=scored)

    assert not review_asks("somebody", review, policy)
    assert [len(case.customer.questions) for case in cases] == [policy.max_open_at_purchases + 1] * 2


def _received(some: Sequence[list[Fact]]) -> list[Case]:
    """Return customers whose facts wait in their states."""
    cases = [Case(f"customer-{number}", Customer()) for number in range(len(some))]
    for case, life in zip(cases, some, strict=True):
        for fact in life:
            receive(case.customer, fact)
    return cases


@given(st.lists(lives, min_size=1, max_size=4))
def test_there_are_no_more_rounds_than_scores_of_a_customer(some: list[list[Fact]]) -> None:
    cases, rounds = _received(some), list[int]()

    def counting(customers: Sequence[Customer], moments: Sequence[int], features: Features) -> Sequence[Score]:
        rounds.append(len(customers))
        return judge(customers, moments, features)

    advance_all(cases, END, POLICY, counting)

    assert len(rounds) == max(len(case.result.scored) for case in cases)


@given(st.lists(lives.filter(bool), min_size=1, max_size=4))
def test_none_takes_the_instants_that_others_need_for_one(some: list[list[Fact]]) -> None:
    cases = _received(some)
    due = [due_at(case.customer) for case in cases]

    done = advance_all(cases, END, POLICY, judge, most=len(cases))

    assert done == len(cases)
    assert [case.customer.clock for case in cases] == due
