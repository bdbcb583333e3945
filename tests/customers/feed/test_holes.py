"""Holes in a customer's life: time passes without them, whatever the steps in which it passes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.advance import advance, receive
from customers.case import AdvanceResult
from customers.encoding.encode import encode_customer
from customers.facts import PURCHASE, Fact
from customers.feed.heard_time import in_heard_time
from customers.feed.holes import Hole, Holes
from customers.reviews.schedule import due_at
from customers.state import Customer
from schemas.moments import DAY_MS, HOUR_MS
from tests.customers.lives import POLICY, START, folded, judge, lives, moments, purchase

HOUR = START - START % HOUR_MS
HOLE = Hole(HOUR + 20 * DAY_MS, HOUR + 21 * DAY_MS, HOUR + 50 * DAY_MS, missing=1_000.0)
HOLES = Holes([HOLE])
END = START + 200 * DAY_MS


def _outside(life: list[Fact]) -> list[Fact]:
    """Return a life without purchases stamped in the hole."""
    return [fact for fact in life if fact.kind != PURCHASE or not HOLE.start <= fact.stamp < HOLE.end]


def _as_known(clock: int) -> Holes:
    """Return the hole as it is known at a clock."""
    complete = (clock + 1) - (clock + 1) % HOUR_MS
    if complete < HOLE.known_at:
        return Holes()
    return Holes([HOLE if complete > HOLE.end else Hole(HOLE.start, HOLE.known_at)])


@pytest.mark.parametrize(
    ("start", "end", "as_of", "heard"),
    [
        (0, 10, 10, 10),
        (10, 60, 60, 20),
        (10, 40, 60, 10),
        (30, 60, 60, 10),
        (30, 40, 60, 0),
        (10, 40, 40, 10),
        (10, 20.5, 20.5, 10.5),  # not known yet
        (60, 70, 70, 10),
    ],
)
def test_time_is_heard_outside_of_what_is_known_of_holes(start: float, end: float, as_of: float, heard: float) -> None:
    start, end, as_of = (round(HOUR + days * DAY_MS) for days in (start, end, as_of))

    assert HOLES.heard(start, end, as_of) == heard * DAY_MS


@given(life=lives.map(_outside), steps=st.lists(moments, max_size=8), data=st.data())
def test_steps_in_which_time_passes_change_nothing_to_the_last_bit(
    life: list[Fact], steps: list[int], data: st.DataObject
) -> None:
    whole, stepped = Customer(), Customer()
    for fact in life:
        receive(whole, fact)
    expected = advance(whole, "somebody", END, POLICY, judge, HOLES)

    parts, waiting = AdvanceResult(), data.draw(st.permutations(life))
    for until in [*sorted(steps), END]:
        for fact in [fact for fact in waiting if fact.stamp <= until]:
            receive(stepped, fact)
            waiting.remove(fact)
        part = advance(stepped, "somebody", until, POLICY, judge, _as_known(until))
        parts.settled.extend(part.settled)
        parts.scored.extend(part.scored)

    assert (expected.settled, expected.scored) == (parts.settled, parts.scored)
    assert encode_customer(whole, due_at(whole)) == encode_customer(stepped, due_at(stepped))


@given(life=lives.map(_outside))
def test_no_review_scores_while_a_hole_is_known(life: list[Fact]) -> None:
    customer = Customer()
    for fact in life:
        receive(customer, fact)
    scored = advance(customer, "somebody", END, POLICY, judge, HOLES).scored

    assert not [one for one in scored if one.cause == "review" and HOLE.known_at <= one.now < HOLE.end]


@given(life=lives.map(_outside))
def test_questions_are_void_where_a_tenth_of_their_horizon_lies_in_holes(life: list[Fact]) -> None:
    customer = Customer()
    for fact in life:
        receive(customer, fact)

    for question in advance(customer, "somebody", END, POLICY, judge, HOLES).settled:
        overlap = max(min(question.closes_at, HOLE.end) - max(question.asked_at, HOLE.start), 0)
        assert question.void == (overlap > POLICY.horizon_ms / 10)


def test_an_empty_span_of_decades_costs_a_customer_no_score() -> None:
    customer = Customer()
    receive(customer, purchase(START))
    policy = replace(POLICY, grace_ms=0)
    advance(customer, "somebody", START, policy, judge)
    lasting = Holes([Hole(HOUR + DAY_MS, HOUR + 2 * DAY_MS)])

    result = advance(customer, "somebody", START + 28 * 365 * DAY_MS, policy, judge, lasting)

    assert len(result.scored) <= 1
    assert START + 28 * 365 * DAY_MS < customer.next_review <= START + 28 * 365 * DAY_MS + policy.review_ms


def test_a_customer_in_heard_time_looks_as_if_the_hole_had_not_been() -> None:
    days = [5, 10, 60, 75]
    customer = folded([purchase(HOUR + day * DAY_MS) for day in days])
    expected = folded([purchase(HOUR + (day + 30 if day < 20 else day) * DAY_MS) for day in days])

    seen = in_heard_time(customer, HOUR + 80 * DAY_MS, HOLES)

    assert (seen.last_purchase, seen.first_purchase, seen.gaps) == (
        expected.last_purchase,
        expected.first_purchase,
        expected.gaps,
    )


def test_a_customer_without_a_hole_in_its_life_is_left_as_it_is() -> None:
    customer = folded([purchase(HOUR + 60 * DAY_MS)])

    assert in_heard_time(customer, HOUR + 80 * DAY_MS, HOLES) is customer


def test_sums_do_not_decay_in_a_hole() -> None:
    customer, heard = Customer(), Customer()
    for days in (10, 60):
        receive(customer, purchase(HOUR + days * DAY_MS))
    for days in (40, 60):
        receive(heard, purchase(HOUR + days * DAY_MS))
    advance(customer, "somebody", HOUR + 60 * DAY_MS, POLICY, judge, HOLES)
    advance(heard, "somebody", HOUR + 60 * DAY_MS, POLICY, judge)

    assert customer.sums == pytest.approx(heard.sums)
