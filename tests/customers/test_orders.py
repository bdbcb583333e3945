"""Orders: all events of an order are one purchase, however it is split and in whatever order its events come."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.facts import NO_ORDER, PART, PURCHASE, Fact
from customers.feed.holes import NO_HOLES
from customers.fold import fold
from customers.orders import earliest_of_order, time_of_order
from customers.state import KEPT_PURCHASE_TIMES, NEVER, Customer
from schemas.moments import DAY_MS, HOUR_MS
from tests.customers.lives import POLICY, START, folded, lived, purchase

SECOND_MS = 1_000
BOUNDED = ("purchases", "purchase_times", "first_purchase", "last_purchase", "gaps", "parts", "units", "as_of")


def part(at: int, order: int, amount: float = 10.0, *, event: int | None = None) -> Fact:
    """Return an event of an order that happened and was stamped at one instant."""
    return msgspec.structs.replace(purchase(at, event=event, amount=amount), order=order)


@st.composite
def orders(draw: st.DrawFn) -> list[list[Fact]]:
    """Return a strategy for a few orders, each of one to three events, of which some happened at one instant."""
    found = []
    for order in range(1, draw(st.integers(1, KEPT_PURCHASE_TIMES)) + 1):
        at = START + draw(st.integers(0, 50)) * DAY_MS
        delays = draw(st.lists(st.sampled_from([0, SECOND_MS, HOUR_MS, 3 * DAY_MS]), min_size=1, max_size=3))
        found.append([part(at + delay, order, 5.0, event=order * 10 + n) for n, delay in enumerate(delays)])
    return found


def whole(events: Sequence[Fact]) -> Fact:
    return msgspec.structs.replace(
        min(events, key=lambda fact: fact.occurred), amount=sum(one.amount for one in events)
    )


@given(split=orders(), data=st.data())
def test_a_split_order_counts_as_the_whole_one_in_any_order_of_events(
    split: list[list[Fact]], data: st.DataObject
) -> None:
    events = [event for order in split for event in order]
    one = folded(data.draw(st.permutations(events)))
    other = folded([whole(order) for order in split])

    assert (one.purchases, one.purchase_times, one.first_purchase) == (
        other.purchases,
        other.purchase_times,
        other.first_purchase,
    )
    assert one.spend == pytest.approx(other.spend)
    assert one.purchases + one.parts == len(events)


@given(split=orders(), data=st.data())
def test_events_of_orders_fold_to_one_state_in_any_order(split: list[list[Fact]], data: st.DataObject) -> None:
    events = [event for order in split for event in order]
    ordered, shuffled = folded(events), folded(data.draw(st.permutations(events)))

    assert [getattr(ordered, name) for name in BOUNDED] == [getattr(shuffled, name) for name in BOUNDED]
    assert ordered.sums == pytest.approx(shuffled.sums, rel=1e-9)
    assert {time_of_order(ordered, order) for order in range(1, 9)} == {
        time_of_order(shuffled, order) for order in range(1, 9)
    }


@given(split=orders())
def test_the_time_of_an_order_is_that_of_its_earliest_event(split: list[list[Fact]]) -> None:
    customer = folded(event for order in split for event in order)

    times = {order[0].order: min(event.occurred for event in order) for order in split}
    assert {order: time_of_order(customer, order) for order in times} == times


@given(order=st.integers(1, 2**32 - 1), others=st.lists(st.integers(1, 2**32 - 1), max_size=12))
def test_no_more_orders_are_kept_than_purchase_times(order: int, others: list[int]) -> None:
    customer = folded(part(START + n * DAY_MS, one, event=n) for n, one in enumerate([order, *others]))

    assert len(customer.orders) == 4 * len(customer.purchase_times)


def test_an_event_of_an_order_older_than_those_kept_is_a_purchase_of_its_own() -> None:
    life = [part(START + n * DAY_MS, n + 1) for n in range(KEPT_PURCHASE_TIMES + 1)]

    assert folded([*life, part(START + 30 * DAY_MS, 1)]).purchases == len(life) + 1


def test_a_hash_that_lies_across_two_kept_ones_is_no_order() -> None:
    customer = folded([part(START, 0x11), part(START + 1, 0x22 << 24)])

    assert time_of_order(customer, 0x1122) == NEVER


def test_purchases_of_unknown_orders_are_each_one() -> None:
    customer = folded([part(START, NO_ORDER), part(START + 1, NO_ORDER)])

    assert (customer.purchases, customer.parts) == (2, 0)


def test_a_further_event_is_handed_on_as_a_part_at_the_time_of_its_order() -> None:
    customer = Customer()
    folds = [fold(customer, part(START + n * DAY_MS, 1), POLICY, NO_HOLES) for n in range(2)]

    assert [(one.kind, one.occurred) for one in folds if one is not None] == [(PURCHASE, START), (PART, START)]


def test_an_order_that_waits_in_the_state_is_known() -> None:
    customer = Customer(pending=[part(START + 5, 7)])

    assert (earliest_of_order(customer, 7), earliest_of_order(customer, 8)) == (START + 5, NEVER)


def _split(parts: int, gap_ms: int) -> list[Fact]:
    """Return six orders of six units, a fortnight apart, each in so many events with so long between them."""
    events = [
        part(START + n * 14 * DAY_MS + k * gap_ms, n + 1, 60.0 / parts, event=n * 10 + k)
        for n in range(6)
        for k in range(parts)
    ]
    return [msgspec.structs.replace(event, units=6 // parts) for event in events]


@pytest.mark.parametrize("gap_ms", [0, 1, SECOND_MS])
def test_a_split_order_asks_the_questions_of_the_whole_one_and_gets_their_answers(gap_ms: int) -> None:
    until = START + 200 * DAY_MS
    (_, one), (_, three) = (lived(_split(parts, gap_ms), until) for parts in (1, 3))

    asked = [[(q.asked_at, q.bought, q.features, q.purchases, q.first_bought) for q in r.settled] for r in (one, three)]
    assert asked[0] == asked[1]
    assert [q.amount for q in one.settled] == pytest.approx([q.amount for q in three.settled])


def test_what_comes_after_the_visit_is_not_known_to_the_question_asked_at_it() -> None:
    at_once, later = (lived(_split(2, gap), START + 10 * HOUR_MS)[0] for gap in (HOUR_MS, HOUR_MS + 1))

    assert at_once.questions[-1].features != later.questions[-1].features


def test_no_part_of_an_order_answers_the_question_asked_at_it() -> None:
    _, result = lived(_split(3, 2 * DAY_MS)[:3], START + 90 * DAY_MS)

    assert {question.purchases for question in result.settled} == {0}


def test_an_order_that_turns_out_to_be_older_leaves_the_answers_that_it_gave() -> None:
    life = [part(START, 1), part(START + 20 * DAY_MS, 2), part(START - DAY_MS, 2, event=5)]
    customer, _ = lived([*life[:2]], START + 21 * DAY_MS)
    fold(customer, life[2], POLICY)

    (asked, *_) = customer.questions
    assert (asked.asked_at, asked.purchases, asked.amount, asked.bought_after) == (START, 0, 0.0, NEVER)


def test_gaps_are_between_orders() -> None:
    customer = folded(_split(3, SECOND_MS))

    assert customer.gaps == [14 * DAY_MS] * 5
