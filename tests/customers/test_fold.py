"""Folding: the order does not matter, a repeat changes nothing, and nothing grows without bound."""

from collections.abc import Callable
from dataclasses import replace
from math import isfinite
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.facts import ACTION, CONTACT, JUDGEMENT, PURCHASE, RETURN, Fact, Told
from customers.fold import decay, fold
from customers.memory import is_remembered
from customers.state import EVENT_HASH_BYTES, HALF_LIVES, KEPT_PURCHASE_TIMES, NEVER, SUM_HALF_LIVES, Customer
from schemas.moments import DAY_MS
from tests.customers.lives import NARROW, POLICY, START, folded, lives, lives_with_repeats, purchase

_ADDED_UP = {"sums", "spend", "refunds", "remembered"}
_TOLD_BY: tuple[Callable[[Fact], float], ...] = (
    lambda fact: fact.kind == PURCHASE,
    lambda fact: fact.kind == PURCHASE,
    lambda fact: fact.kind == PURCHASE,
    lambda fact: fact.kind == PURCHASE,
    lambda fact: fact.amount * (fact.kind == PURCHASE),
    lambda fact: fact.amount * (fact.kind == PURCHASE),
    lambda fact: fact.kind == RETURN,
    lambda fact: fact.kind == RETURN and fact.harmful,
    lambda fact: fact.kind == CONTACT,
    lambda fact: fact.kind == CONTACT and fact.harmful,
    lambda fact: fact.kind == CONTACT and fact.unhappy,
)
"""Kind and number added up by each decayed sum, in order."""


def _names(customer: Customer) -> list[int]:
    return [
        int.from_bytes(customer.remembered[start : start + EVENT_HASH_BYTES], "big")
        for start in range(0, len(customer.remembered), EVENT_HASH_BYTES)
    ]


def _exact(customer: Customer) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(customer).items() if name not in _ADDED_UP}


def _impression(customer: Customer) -> tuple[int, int, bool]:
    return customer.last_judged, customer.sentiment, customer.leaving


@given(life=lives, data=st.data())
def test_any_order_gives_the_same_counts_extremes_and_purchase_times(life: list[Fact], data: st.DataObject) -> None:
    shuffled = folded(data.draw(st.permutations(life)))

    assert _exact(folded(life)) == _exact(shuffled)


@given(life=lives, data=st.data())
def test_any_order_gives_the_same_sums(life: list[Fact], data: st.DataObject) -> None:
    ordered, shuffled = folded(life), folded(data.draw(st.permutations(life)))

    assert ordered.sums == pytest.approx(shuffled.sums, rel=1e-9)
    assert (ordered.spend, ordered.refunds) == pytest.approx((shuffled.spend, shuffled.refunds), rel=1e-9)
    assert sorted(_names(ordered)) == sorted(_names(shuffled))


@given(life=lives)
def test_a_decayed_sum_is_the_sum_of_what_is_left_of_each_event(life: list[Fact]) -> None:
    deeds = [fact for fact in life if fact.kind <= CONTACT]
    latest = max((fact.occurred for fact in deeds), default=0)

    expected = [
        sum(told(fact) * 2.0 ** -((latest - fact.occurred) / DAY_MS / HALF_LIVES[half_life]) for fact in deeds)
        for told, half_life in zip(_TOLD_BY, SUM_HALF_LIVES, strict=True)
    ]

    assert folded(life).sums == pytest.approx(expected, rel=1e-9)


@given(life=lives)
def test_an_action_changes_nothing_but_what_is_counted_remembered_and_first_seen(life: list[Fact]) -> None:
    customer = folded(life)
    without = folded(fact for fact in life if fact.kind != ACTION)

    changed = {name: getattr(customer, name) for name in ("told", "remembered", "contents", "first_seen")}
    assert customer == msgspec.structs.replace(without, **changed)
    assert customer.first_seen == min((fact.occurred for fact in life), default=NEVER)


@given(life=lives)
def test_every_event_is_counted_once(life: list[Fact]) -> None:
    customer = folded([*life, *life])

    assert customer.purchases + customer.returns + customer.contacts + customer.told == len(life)


@given(life=lives)
def test_a_judgement_folds_as_an_agents_in_a_contact_does_and_is_no_contact(life: list[Fact]) -> None:
    judged = folded(fact for fact in life if fact.kind == JUDGEMENT)
    contacted = folded(msgspec.structs.replace(fact, kind=CONTACT) for fact in life if fact.kind == JUDGEMENT)

    assert _impression(judged) == _impression(contacted)
    assert judged.judged_by == contacted.judged_by
    assert (judged.contacts, judged.sums, judged.as_of) == (0, Customer().sums, NEVER)


@pytest.mark.parametrize(
    ("sentiment", "likely_to_leave", "expected"),
    [
        (1, None, (START + 1, 1, False)),
        (None, True, (START + 1, 0, True)),
        (None, False, (START + 1, 0, False)),
        (None, None, (START, -2, True)),
    ],
)
def test_a_judgement_replaces_an_earlier_one_unless_it_says_nothing(
    sentiment: int | None, *, likely_to_leave: bool | None, expected: tuple[int, int, bool]
) -> None:
    earlier = Fact(START, 1, CONTACT, START, sentiment=-2, leaving=True)
    told = Told(by="ann", note="Spoke with her.", likely_to_leave=likely_to_leave)
    later = Fact(START + 1, 2, JUDGEMENT, START + 1, sentiment=sentiment, leaving=likely_to_leave is True, told=told)

    assert _impression(folded([earlier, later])) == _impression(folded([later, earlier])) == expected


@given(life=lives)
def test_the_latest_purchase_times_are_kept_sorted(life: list[Fact]) -> None:
    bought = sorted(fact.occurred for fact in life if fact.kind == PURCHASE)

    assert folded(life).purchase_times == bought[-KEPT_PURCHASE_TIMES:]


@given(life=lives, data=st.data())
def test_a_repeated_event_changes_nothing(life: list[Fact], data: st.DataObject) -> None:
    once = folded(life)
    twice = folded(life)

    repeats = data.draw(st.lists(st.sampled_from(life))) if life else []

    assert not any(fold(twice, fact, POLICY) for fact in repeats)
    assert once == twice


@given(life=lives_with_repeats, most=st.integers(0, 6))
def test_so_many_events_are_remembered_and_no_more(life: list[Fact], most: int) -> None:
    customer = folded(life, replace(POLICY, remembered_events=most))

    assert len(_names(customer)) <= most


def test_a_lowered_memory_is_lowered_at_once() -> None:
    customer = folded(purchase(START + number) for number in range(20))

    fold(customer, purchase(START + 20), NARROW)

    assert _names(customer) == [START + number for number in range(17, 21)]


def test_a_name_that_lies_across_two_remembered_ones_is_no_repeat() -> None:
    customer = folded([purchase(START, event=0x11), purchase(START, event=0x22 << 56), purchase(START, event=7)])

    assert not is_remembered(customer, 0x1122)
    assert is_remembered(customer, 0x22 << 56)


@given(life=lives_with_repeats)
def test_every_event_that_was_folded_is_remembered(life: list[Fact]) -> None:
    customer = folded(life)

    assert all(is_remembered(customer, fact.event) for fact in life)


@given(life=lives_with_repeats)
def test_every_number_in_a_state_is_finite(life: list[Fact]) -> None:
    customer = folded(life, NARROW)

    assert all(isfinite(number) for number in [*customer.sums, customer.spend, customer.refunds])


def test_after_a_half_life_a_half_is_left() -> None:
    assert [decay(days * DAY_MS)[index] for index, days in enumerate(HALF_LIVES)] == pytest.approx([0.5] * 4)


def test_after_a_thousand_years_nothing_is_left_and_nothing_breaks() -> None:
    assert decay(1_000 * 365 * DAY_MS)[0] == 0.0
