"""Questions are asked at purchases and at reviews of the grid, and answered once, when their time has come."""

from dataclasses import replace
from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.advance import advance, receive
from customers.facts import PURCHASE, Fact
from customers.features.feature_snapshot import decode_features
from customers.features.features import features_of
from customers.policy import policy_of
from customers.questions.label_horizon import settles_at
from customers.questions.settle import Settled
from customers.state import Customer
from schemas.moments import DAY_MS, HOUR_MS
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
    purchase,
)
from tests.customers.steps import END, asked_at, batches, stepwise, watermarks


@given(life=lives)
def test_questions_are_asked_at_purchases_and_reviews_and_answered_once(life: list[Fact]) -> None:
    customer, outcome = lived(life, END)
    expected = asked_at(life, END)

    settled = [question.asked_at for question in outcome.settled]
    still_open = [question.asked_at for question in customer.questions]

    assert expected == settled + still_open
    assert still_open == [at for at in expected if at + POLICY.horizon_ms + POLICY.grace_ms > END]


@given(life=lives, steps=watermarks, data=st.data())
def test_no_question_is_answered_before_its_time_nor_left_after_it(
    life: list[Fact], steps: list[int], data: st.DataObject
) -> None:
    for until, customer, outcome in stepwise(batches(life, steps, data), steps, POLICY):
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
    for _, customer, _ in stepwise(batches(life, steps, data), steps, NARROW):
        assert len(customer.questions) <= NARROW.max_open_questions


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


def test_purchases_of_one_moment_are_one_question() -> None:
    customer, _ = lived([purchase(START, event=1), purchase(START, event=2)], START)

    assert [question.asked_at for question in customer.questions] == [START]


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
