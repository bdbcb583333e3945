"""Looks: when a silent customer is looked at next, and that such looks ask nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from customers.advance import advance, advance_all, receive
from customers.case import AdvanceResult, Case
from customers.facts import CONTACT, Fact
from customers.features.features import Features
from customers.reviews.alert import change_alert
from customers.reviews.looks import Looked, Planned, Planner, least_pause, next_look
from customers.reviews.schedule import NOT_DUE, is_on_grid, next_review
from customers.state import NEVER, Customer
from schemas.moments import DAY_MS, from_ms
from schemas.records.score import NextPurchase, Score
from schemas.settings.risk import AlertSettings
from tests.customers.lives import POLICY, START, folded, judge, lives, purchase

END = START + 400 * DAY_MS
ALERTS = AlertSettings(
    raise_risk=0.6,
    clear_risk=0.5,
    raise_value_at_risk=0.0,
    clear_value_at_risk=0.0,
    silent_gaps=0.0,
    overdue_relief=0.0,
)
RARE = replace(POLICY, review_ms=1_000 * DAY_MS)
"""A grid that is never reached, so that other looks show."""


class _Plan(Planner):
    """Changes alerts and sets the next looks, without a model that could be asked for the future."""

    def __call__(self, looked: Sequence[Looked], features: Features) -> list[Planned]:
        """Plan by the scores alone."""
        assert features.values.shape[1] == len(looked)
        changes = [change_alert(one.customer, one.score, one.customer.clock, ALERTS) for one in looked]
        for one in looked:
            look = next_look(one.customer, one.customer_id, one.score, POLICY, bought=one.bought)
            one.customer.next_review = look
        return [Planned(change) for change in changes]


def foreseeing(customers: Sequence[Customer], moments: Sequence[int], features: Features) -> list[Score]:
    """Score as ``judge`` does, and expect the next purchase within twenty days."""
    return [
        msgspec.structs.replace(score, next_purchase=_within_days(20, now))
        for score, now in zip(judge(customers, moments, features), moments, strict=True)
    ]


def _within_days(days: float, now: int) -> NextPurchase:
    at = from_ms(now)
    return NextPurchase(at, at, at + timedelta(days=days))


def _score(risk: float = 0.1, days: float | None = 20, life_cycle: str = "") -> Score:
    return msgspec.convert(
        {
            "risk": risk, "reasons": (), "value_at_risk": 100.0, "segment": "look_after", "model_version": "m-1",
            "life_cycle": life_cycle, "next_purchase": None if days is None else _within_days(days, START),
        },
        Score,
    )  # fmt: skip


def _silent(days: float, **changes: int) -> Customer:
    customer = folded([purchase(START - round(days * DAY_MS))])
    customer.clock = START
    for name, value in changes.items():
        setattr(customer, name, value)
    return customer


def _look(customer: Customer, score: Score, *, bought: bool = False) -> float:
    return (next_look(customer, "somebody", score, RARE, bought=bought) - START) / DAY_MS


def test_a_silent_customer_is_looked_at_when_the_next_purchase_should_have_come() -> None:
    assert _look(_silent(5), _score(days=20)) == 20


def test_after_a_purchase_the_first_look_comes_before_that() -> None:
    assert _look(_silent(0), _score(days=20), bought=True) == 16


def test_looks_are_apart_although_the_next_purchase_was_expected_before() -> None:
    customer = _silent(64)

    assert _look(customer, _score(days=0)) == least_pause(customer, RARE) / DAY_MS == 1


def test_a_standing_alert_is_looked_at_when_the_silence_has_grown_by_half() -> None:
    assert _look(_silent(30, alert_raised=START), _score()) == 15


def test_an_alert_that_has_stood_for_long_is_looked_at_ever_more_seldom() -> None:
    assert _look(_silent(30, alert_raised=START - 25 * DAY_MS), _score()) == 25


def test_a_customer_who_is_gone_is_looked_at_on_the_grid_alone() -> None:
    look = next_look(_silent(80), "somebody", _score(life_cycle="gone"), POLICY, bought=False)

    assert look == next_review("somebody", START, POLICY.review_ms)


def test_without_a_model_the_rhythm_is_twice_the_usual_gap() -> None:
    customer = folded([purchase(START - 30 * DAY_MS), purchase(START - 10 * DAY_MS)])
    customer.clock = START

    assert _look(customer, _score(days=None)) == 30


def test_a_complaint_that_stays_open_is_looked_at_and_a_resolved_one_is_not() -> None:
    complaint = Fact(START - DAY_MS, 2, CONTACT, START - DAY_MS)
    customer = folded([purchase(START - 5 * DAY_MS), msgspec.structs.replace(complaint, harmful=True)])
    customer.clock = START

    assert _look(customer, _score(days=50)) == RARE.complaint_ms / DAY_MS - 1
    customer.last_resolved = START
    assert _look(customer, _score(days=50)) == 50


def test_a_stranger_is_not_looked_at() -> None:
    assert next_look(Customer(clock=START), "somebody", _score(), POLICY, bought=False) == NEVER


def _advanced(life: Sequence[Fact], steps: Sequence[int]) -> tuple[Customer, AdvanceResult]:
    customer, whole = Customer(), AdvanceResult()
    for fact in life:
        receive(customer, fact)
    for until in steps:
        part = advance(customer, "somebody", until, POLICY, foreseeing, planner=_Plan())
        whole.settled.extend(part.settled)
        whole.scored.extend(part.scored)
        whole.duplicates.extend(part.duplicates)
    return customer, whole


@given(life=lives, steps=st.lists(st.integers(START, END), max_size=6).map(sorted))
def test_looks_and_alerts_do_not_depend_on_where_pages_end(life: list[Fact], steps: list[int]) -> None:
    assert _advanced(life, [*steps, END]) == _advanced(life, [END])


@given(life=lives, data=st.data())
def test_looks_and_alerts_do_not_depend_on_the_order_of_arrival(life: list[Fact], data: st.DataObject) -> None:
    assert _advanced(data.draw(st.permutations(life)), [END]) == _advanced(life, [END])


@given(life=lives)
def test_a_look_off_the_grid_asks_nothing(life: list[Fact]) -> None:
    customer, result = _advanced(life, [END])
    asked = [question.asked_at for question in result.settled if not question.bought]
    asked += [question.asked_at for question in customer.questions if not question.bought]

    assert all(is_on_grid("somebody", at, POLICY.review_ms) for at in asked)


@given(life=lives)
def test_the_same_questions_are_asked_whether_customers_are_looked_at_or_not(life: list[Fact]) -> None:
    looked_at, others = Case("somebody", Customer()), Case("somebody", Customer())
    for fact in life:
        receive(looked_at.customer, fact)
        receive(others.customer, fact)

    advance_all([looked_at], END, POLICY, foreseeing, planner=_Plan())
    advance_all([others], END, POLICY, foreseeing, scored=False)

    assert looked_at.result.settled == others.result.settled
    assert looked_at.customer.questions == others.customer.questions


@given(life=lives)
def test_nobody_is_silent_beyond_the_latest_expected_purchase_without_a_look(life: list[Fact]) -> None:
    customer, result = _advanced(life, [END])
    moments = [scored.now for scored in result.scored]
    due = customer.next_review or NOT_DUE

    for scored, following in zip(result.scored, [*moments[1:], due], strict=False):
        if (
            scored.alert is None
            and customer.purchases
            and scored.score.value_at_risk
            and not _stands(result, scored.now)
        ):
            assert following <= scored.now + 20 * DAY_MS


def _stands(result: AdvanceResult, now: int) -> bool:
    changes = [scored.alert for scored in result.scored if scored.alert is not None and scored.now <= now]
    return bool(changes) and changes[-1].state == "raised"


@given(life=lives)
def test_looks_at_a_silent_customer_are_bounded(life: list[Fact]) -> None:
    _, result = _advanced(life, [END])
    reviews = [scored.now for scored in result.scored if scored.cause == "review"]
    last = max((fact.stamp for fact in life), default=START)

    in_the_last_year = [now for now in reviews if now > max(last, END - 365 * DAY_MS)]
    assert len(in_the_last_year) <= 365 * DAY_MS // POLICY.review_ms + 365 * DAY_MS // (20 * DAY_MS) + 12
