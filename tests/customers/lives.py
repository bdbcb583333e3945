"""Strategies for customers' lives: events a few hours apart, so that moments coincide, and often late."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from zlib import crc32

import msgspec
from hypothesis import strategies as st

from customers.advance import advance, receive
from customers.case import AdvanceResult
from customers.facts import ACTION, CONTACT, JUDGEMENT, PURCHASE, RETURN, Fact, Told
from customers.features.features import Features, features_of
from customers.fold import fold
from customers.policy import Policy
from customers.state import Customer
from schemas.moments import DAY_MS, HOUR_MS
from schemas.records.score import Score

START = 1_700_000_000_000
POLICY = Policy(
    horizon_ms=30 * DAY_MS,
    grace_ms=DAY_MS,
    review_ms=10 * DAY_MS,
    reviews_per_question=1,
    max_open_questions=200,
    max_open_at_purchases=196,
    complaint_ms=7 * DAY_MS,
    remembered_events=1_000,
)
NARROW = replace(POLICY, max_open_questions=3, max_open_at_purchases=2, remembered_events=4)

moments = st.integers(0, 60 * 24).map(lambda hours: START + hours * HOUR_MS)
delays = st.sampled_from([0, 0, 0, 1, HOUR_MS, 3 * DAY_MS, 31 * DAY_MS, 40 * DAY_MS])
answers = st.none() | st.booleans()
words = st.sampled_from(["", "ann", "call"])
said = st.builds(
    Told, action=words, result=words, decision_id=words, by=words, note=words, likely_to_leave=answers, wish=answers
)
amounts = st.sampled_from([0.0, 0.1, 19.99]) | st.floats(0, 1e12)


@st.composite
def facts(draw: st.DrawFn, names: st.SearchStrategy[int]) -> Fact:
    """Return a strategy for a fact that is published some time after it happened."""
    occurred = draw(moments)
    kind = draw(st.sampled_from([PURCHASE, RETURN, CONTACT, ACTION, JUDGEMENT]))
    fact = Fact(occurred + draw(delays), draw(names), kind, occurred, told=draw(st.none() | said))
    if kind == PURCHASE:
        return msgspec.structs.replace(fact, amount=draw(amounts), units=draw(st.integers(1, 9)))
    if kind == RETURN:
        return msgspec.structs.replace(fact, amount=draw(amounts), harmful=draw(st.booleans()))
    if kind == CONTACT:
        result = {name: draw(st.booleans()) for name in ("harmful", "settled", "unhappy")}
        fact = msgspec.structs.replace(fact, **result)
    if kind in (CONTACT, JUDGEMENT):
        sentiment = draw(st.none() | st.integers(-2, 2))
        return msgspec.structs.replace(fact, sentiment=sentiment, leaving=draw(st.booleans()))
    return fact


lives = st.lists(facts(st.integers(0, 2**64 - 1)), max_size=15, unique_by=lambda fact: fact.event)
lives_with_repeats = st.lists(facts(st.integers(0, 8)), max_size=15)


def judge(customers: Sequence[Customer], moments: Sequence[int], features: Features) -> list[Score]:
    """Score deterministically by every bit of the features, the moment and the open questions."""
    return [
        _judged(customer, now, column.tobytes())
        for customer, now, column in zip(customers, moments, features.values.T, strict=True)
    ]


def _judged(customer: Customer, now: int, features: bytes) -> Score:
    seen = crc32(features, now % 2**32 ^ len(customer.questions))
    return Score(
        risk=seen % 1_000 / 1_000,
        value_at_risk=float(customer.purchases),
        segment="let_be",
        reasons=(),
        model_version="fixed",
    )


def features_at(customer: Customer, now: int, horizon_days: float = 90.0) -> list[float]:
    """Return the features of one customer alone."""
    values: list[float] = features_of([customer], [now], horizon_days).values[:, 0].tolist()
    return values


def folded(life: Iterable[Fact], policy: Policy = POLICY) -> Customer:
    """Return the state after folding facts in the order given."""
    customer = Customer()
    for fact in life:
        fold(customer, fact, policy)
    return customer


def lived(life: Iterable[Fact], until: int, policy: Policy = POLICY) -> tuple[Customer, AdvanceResult]:
    """Return the state and the result of receiving everything at once."""
    customer = Customer()
    for fact in life:
        receive(customer, fact)
    return customer, advance(customer, "somebody", until, policy, judge)


def purchase(at: int, *, event: int | None = None, occurred: int | None = None, amount: float = 10.0) -> Fact:
    """Return a purchase stamped ``at``."""
    return Fact(at, at if event is None else event, PURCHASE, at if occurred is None else occurred, amount, 1)


def contact(at: int, *, event: int | None = None) -> Fact:
    """Return a contact stamped ``at``."""
    return Fact(at, -at % 2**64 if event is None else event, CONTACT, at)
