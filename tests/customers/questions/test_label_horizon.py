"""Label horizons: each question keeps its own, and the customer keeps each once, and no unused one."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from customers.advance import advance, receive
from customers.case import AdvanceResult
from customers.facts import Fact
from customers.policy import Policy
from customers.questions.label_horizon import settles_at
from customers.state import Customer, LabelHorizon
from schemas.moments import DAY_MS, HOUR_MS
from tests.customers.lives import POLICY, START, judge, lived, lives, purchase

policies = st.builds(
    lambda days, hours: replace(POLICY, horizon_ms=days * DAY_MS, grace_ms=hours * HOUR_MS),
    st.sampled_from([5, 30, 60]),
    st.sampled_from([0, 24]),
)
DAYS = [START + day * DAY_MS for day in range(0, 200, 10)]


def _stepwise(life: list[Fact], settings: list[Policy]) -> tuple[Customer, AdvanceResult]:
    """Advance a life during which the settings change every ten days."""
    customer, outcome = Customer(), AdvanceResult()
    for fact in life:
        receive(customer, fact)
    for number, until in enumerate(DAYS):
        part = advance(customer, "somebody", until, settings[number % len(settings)], judge)
        outcome.settled.extend(part.settled)
    return customer, outcome


@given(life=lives, settings=st.lists(policies, min_size=1, max_size=6))
def test_a_customer_keeps_each_label_horizon_of_its_open_questions_once(
    life: list[Fact], settings: list[Policy]
) -> None:
    customer, _ = _stepwise(life, settings)

    assert (
        list(dict.fromkeys(customer.label_horizons[one.label_horizon] for one in customer.questions))
        == customer.label_horizons
    )


@given(life=lives, settings=st.lists(policies, min_size=1, max_size=6))
def test_the_first_question_to_settle_comes_first_with_any_label_horizons(
    life: list[Fact], settings: list[Policy]
) -> None:
    customer, _ = _stepwise(life, settings)

    final = [settles_at(customer, question) for question in customer.questions]
    assert final == sorted(final)


@given(life=lives, settings=st.lists(policies, min_size=1, max_size=6))
def test_a_question_is_answered_by_its_own_label_horizon(life: list[Fact], settings: list[Policy]) -> None:
    _, outcome = _stepwise(life, settings)

    for settled in outcome.settled:
        # An instant belongs to the settings of the first day that is not before it.
        asked_by = settings[
            next(number for number, until in enumerate(DAYS) if settled.asked_at <= until) % len(settings)
        ]
        assert settled.closes_at == settled.asked_at + asked_by.horizon_ms
        assert settled.settles_at == settled.closes_at + asked_by.grace_ms


def test_a_longer_horizon_leaves_open_questions_as_they_were() -> None:
    customer, _ = lived([purchase(START)], START)
    receive(customer, purchase(START + DAY_MS))

    advance(customer, "somebody", START + DAY_MS, replace(POLICY, horizon_ms=60 * DAY_MS), judge)

    assert customer.label_horizons == [LabelHorizon(30 * DAY_MS, DAY_MS), LabelHorizon(60 * DAY_MS, DAY_MS)]
    assert [question.label_horizon for question in customer.questions] == [0, 1]


def test_a_customer_without_open_questions_keeps_no_label_horizons() -> None:
    customer, _ = lived([purchase(START)], START)
    customer.next_review = 0

    advance(customer, "somebody", START + 31 * DAY_MS, POLICY, judge)

    assert (customer.questions, customer.label_horizons) == ([], [])


@given(risk=st.floats(0.0, 1.0))
def test_the_risk_that_was_given_is_kept_to_six_digits(risk: float) -> None:
    policy = replace(POLICY, review_ms=400 * DAY_MS)
    customer = Customer()
    receive(customer, purchase(START))

    advance(
        customer, "somebody", START, policy, lambda *seen: [structs.replace(one, risk=risk) for one in judge(*seen)]
    )
    outcome = advance(customer, "somebody", START + 31 * DAY_MS, policy, judge)

    assert abs(outcome.settled[0].risk - risk) <= 0.5000001e-6
