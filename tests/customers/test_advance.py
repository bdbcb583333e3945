"""Advancing: the result does not depend on batches, and every question is answered once, correctly, in time."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.advance import advance, advance_all, receive
from customers.case import AdvanceResult, Case
from customers.encoding.encode import encode_customer
from customers.facts import PURCHASE, Fact
from customers.features.feature_snapshot import decode_features
from customers.features.features import Features, features_of
from customers.policy import Policy, policy_of
from customers.questions.label_horizon import settles_at
from customers.questions.settle import Settled
from customers.reviews.schedule import NOT_DUE, due_at, next_review, review_asks
from customers.state import Customer
from schemas.moments import DAY_MS, HOUR_MS
from schemas.records.score import Score
from schemas.settings.risk import RiskSettings
from tests.customers.lives import (
    NARROW,
    POLICY,
    START,
    contact,
    folded,
    judge,
    lived,
    lives,
    lives_with_repeats,
    moments,
    purchase,
)

END = START + 200 * DAY_MS
watermarks = st.lists(moments, max_size=8).map(lambda times: [*sorted(times), END])


def _batches(life: list[Fact], steps: list[int], data: st.DataObject) -> list[list[Fact]]:
    """Return the facts received before each watermark: in any order, but before the first that passes their stamp."""
    batches: list[list[Fact]] = [[] for _ in steps]
    for fact in data.draw(st.permutations(life)):
        batches[data.draw(st.integers(0, bisect_left(steps, fact.stamp)))].append(fact)
    return batches


def _stepwise(
    batches: list[list[Fact]], steps: list[int], policy: Policy
) -> Iterable[tuple[int, Customer, AdvanceResult]]:
    customer = Customer()
    for batch, until in zip(batches, steps, strict=True):
        for fact in batch:
            receive(customer, fact)
        yield until, customer, advance(customer, "somebody", until, policy, judge)


@pytest.mark.parametrize("policy", [POLICY, NARROW], ids=["wide", "narrow"])
@given(life=lives_with_repeats, steps=watermarks, data=st.data())
def test_batches_and_watermarks_change_nothing_to_the_last_bit(
    policy: Policy, life: list[Fact], steps: list[int], data: st.DataObject
) -> None:
    customer, whole = lived(life, END, policy)
    parts = AdvanceResult()
    stepped = Customer()

    for _, state, part in _stepwise(_batches(life, steps, data), steps, policy):
        parts.settled.extend(part.settled)
        parts.scored.extend(part.scored)
        parts.duplicates.extend(part.duplicates)
        stepped = state

    assert whole == parts
    assert encode_customer(customer, due_at(customer)) == encode_customer(stepped, due_at(stepped))


def _asked_at(life: list[Fact], until: int) -> list[int]:
    """Return the instants of purchases and, from the first of them on, of the customer's review grid."""
    bought = {fact.stamp for fact in life if fact.kind == PURCHASE}
    if not bought:
        return []
    grid = [next_review("somebody", min(bought), POLICY.review_ms)]
    while grid[-1] <= until:
        grid.append(grid[-1] + POLICY.review_ms)
    return sorted(bought.union(grid[:-1]))


@given(life=lives)
def test_questions_are_asked_at_purchases_and_reviews_and_answered_once(life: list[Fact]) -> None:
    customer, outcome = lived(life, END)
    expected = _asked_at(life, END)

    settled = [question.asked_at for question in outcome.settled]
    still_open = [question.asked_at for question in customer.questions]

    assert expected == settled + still_open
    assert still_open == [at for at in expected if at + POLICY.horizon_ms + POLICY.grace_ms > END]


@given(life=lives, steps=watermarks, data=st.data())
def test_no_question_is_answered_before_its_time_nor_left_after_it(
    life: list[Fact], steps: list[int], data: st.DataObject
) -> None:
    for until, customer, outcome in _stepwise(_batches(life, steps, data), steps, POLICY):
        assert all(question.settles_at <= until for question in outcome.settled)
        assert all(settles_at(customer, question) > until for question in customer.questions)


@given(life=lives)
def test_an_answer_counts_purchases_after_the_question_within_the_horizon(life: list[Fact]) -> None:
    for question in lived(life, END)[1].settled:
        bought = _bought_for(question, life)

        assert len(bought) == question.purchases
        assert fsum(bought) == pytest.approx(question.amount, rel=1e-9)


def _bought_for(question: Settled, life: list[Fact]) -> list[float]:
    return [
        fact.amount
        for fact in life
        if fact.kind == PURCHASE
        and question.asked_at < fact.occurred <= question.closes_at
        and fact.stamp <= question.settles_at
    ]


@given(life=lives)
def test_a_question_keeps_the_features_of_its_moment(life: list[Fact]) -> None:
    for question in lived(life, END)[1].settled:
        known = sorted((fact for fact in life if fact.stamp <= question.asked_at), key=lambda fact: fact.stamp)

        features = features_of([folded(known)], [question.asked_at], POLICY.horizon_days)

        assert decode_features([question.features], [POLICY.horizon_days]) == pytest.approx(
            features.values, rel=0.01, abs=0.05
        )


@given(life=lives_with_repeats, steps=watermarks, data=st.data())
def test_open_questions_never_exceed_their_bound(life: list[Fact], steps: list[int], data: st.DataObject) -> None:
    for _, customer, _ in _stepwise(_batches(life, steps, data), steps, NARROW):
        assert len(customer.questions) <= NARROW.max_open_questions


@given(life=lives)
def test_every_moment_with_a_new_fact_or_a_review_is_scored_once(life: list[Fact]) -> None:
    outcome = lived(life, END)[1]

    expected = sorted({fact.stamp for fact in life}.union(_asked_at(life, END)))

    assert expected == [scored.now for scored in outcome.scored]


def test_a_purchase_in_the_last_moment_of_the_grace_still_counts() -> None:
    closes_at = START + POLICY.horizon_ms
    late = purchase(closes_at + POLICY.grace_ms, occurred=closes_at)

    first = lived([purchase(START), late], closes_at + POLICY.grace_ms)[1].settled[0]

    assert (first.asked_at, first.purchases) == (START, 1)


def test_a_purchase_within_the_grace_is_not_part_of_the_answer() -> None:
    just_before = START + POLICY.horizon_ms + POLICY.grace_ms - 1

    customer, outcome = lived([purchase(START), contact(just_before)], just_before)

    assert (customer.clock, outcome.settled) == (just_before, [])
    assert customer.questions[0].asked_at == START


def test_a_purchase_stamped_after_the_grace_comes_too_late() -> None:
    closes_at = START + POLICY.horizon_ms
    too_late = purchase(closes_at + POLICY.grace_ms + 1, occurred=closes_at)

    first = lived([purchase(START), too_late], END)[1].settled[0]

    assert (first.asked_at, first.purchases) == (START, 0)


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


def test_purchases_of_one_moment_are_one_question() -> None:
    customer, _ = lived([purchase(START, event=1), purchase(START, event=2)], START)

    assert [question.asked_at for question in customer.questions] == [START]


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


@pytest.mark.parametrize("reviews_per_horizon", [3, 7, 30, 90])
def test_however_often_customers_are_looked_at_they_are_asked_about_some_three_times_a_horizon(
    reviews_per_horizon: int,
) -> None:
    policy = policy_of(RiskSettings(horizon_days=90.0, reviews_per_horizon=reviews_per_horizon))

    _, outcome = lived([purchase(START)], START + 100 * 90 * DAY_MS, policy)

    assert 295 <= len(outcome.settled) <= 351
    assert len(outcome.scored) >= 100 * reviews_per_horizon


def test_a_frequent_buyer_is_still_asked_about_at_reviews() -> None:
    customer = Customer()
    for number in range(40):
        receive(customer, Fact(START + number * 6 * HOUR_MS, number, PURCHASE, START + number * 6 * HOUR_MS, 1.0, 1))
    advance(
        customer, "frequent", START + 11 * DAY_MS, replace(POLICY, max_open_questions=8, max_open_at_purchases=4), judge
    )
    assert not all(question.bought for question in customer.questions)


def test_a_fact_that_comes_after_its_time_asks_no_second_question_of_one_instant() -> None:
    customer, _ = lived([purchase(START)], START)
    receive(customer, purchase(START - 1))

    advance(customer, "somebody", START, POLICY, judge)

    assert (customer.purchases, [question.asked_at for question in customer.questions]) == (2, [START])
