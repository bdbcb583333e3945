"""Events of one id: a repeat is silent, the first that says something counts, and what says something else does not."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.case import AdvanceResult
from customers.fact_line import UNKNOWN_CONTENT
from customers.facts import PURCHASE, Fact, fact_of, order_of
from customers.memory import is_reused
from customers.state import CONTENT_HASH_BYTES, EVENT_HASH_BYTES, Customer
from schemas.events.interaction import Interaction
from tests.customers.lives import NARROW, START, folded, lived, purchase

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def said(content: int, *, at: int = START, event: int = 7, **place: int) -> Fact:
    """Return a purchase that says something."""
    return msgspec.structs.replace(purchase(at, event=event, amount=float(content)), content=content, **place)


def ended(life: list[Fact]) -> tuple[Customer, AdvanceResult]:
    return lived(life, START + 10)


places = st.fixed_dictionaries(
    {"at": st.integers(START, START + 2), "partition": st.integers(0, 1), "offset": st.integers(0, 3)}
)
uses = st.lists(
    st.tuples(st.integers(1, 3), places), min_size=1, max_size=6, unique_by=lambda one: tuple(sorted(one[1].items()))
)


def _precedence(fact: Fact) -> int:
    """Return what ClickHouse computes of a purchase's row (migration 0001), of which the highest stays."""
    return (2**48 - 1 - fact.stamp << 80) + (2**64 - 1 - fact.offset << 16) + fact.partition * 4 + 1


@given(used=uses, data=st.data())
def test_the_first_by_stamp_and_place_counts_as_in_clickhouse(
    used: list[tuple[int, dict[str, int]]], data: st.DataObject
) -> None:
    life = [said(content, **place) for content, place in used]
    first = max(life, key=_precedence)
    customer, result = ended(data.draw(st.permutations(life)))

    assert min(life, key=order_of) == first
    assert (customer.purchases, customer.spend) == (1, first.amount)
    assert len(result.reused) == sum(fact.content != first.content for fact in life)
    assert len(result.reused) + len(result.duplicates) == len(life) - 1


def test_a_true_repeat_is_silent() -> None:
    _, result = ended([said(1), said(1, at=START + 1)])

    assert (result.reused, len(result.duplicates)) == ([], 1)


@pytest.mark.parametrize(("first", "second"), [(UNKNOWN_CONTENT, 5), (5, UNKNOWN_CONTENT)])
def test_what_is_not_known_is_taken_for_a_repeat(first: int, second: int) -> None:
    assert not is_reused(folded([said(first)]), said(second))


@given(contents=st.lists(st.integers(0, 2**16 - 1), max_size=12))
def test_as_many_contents_are_remembered_as_events(contents: list[int]) -> None:
    customer = folded([said(content, event=event) for event, content in enumerate(contents)], NARROW)

    assert len(customer.contents) // CONTENT_HASH_BYTES == len(customer.remembered) // EVENT_HASH_BYTES
    kept = list(enumerate(contents))[-NARROW.remembered_events :]
    assert not any(is_reused(customer, said(content, event=event)) for event, content in kept)


def said_by(line: Interaction) -> int:
    return fact_of(line).content


def _line(**changes: Any) -> Interaction:  # noqa: ANN401 - any field
    fields: dict[str, Any] = {
        "event_id": "e",
        "customer_id": "c",
        "type": "purchase",
        "occurred_at": AT,
        "stamped_at": AT,
        "source_topic": "purchases",
        "source_partition": 0,
        "source_offset": 0,
        "order_id": "o",
        "currency": "EUR",
        "original_amount": Decimal("19.99"),
        "amount": Decimal("23.19"),
        "units": 1,
    }
    return Interaction(**{**fields, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"original_amount": Decimal("19.990")},
        {"amount": Decimal("21.00")},
        {"occurred_at": AT - timedelta(hours=1)},
        {"stamped_at": AT + timedelta(days=1), "source_partition": 3, "source_offset": 9, "trace_id": "f" * 32},
    ],
)
def test_a_repeat_says_the_same_elsewhere_later_in_another_spelling_and_at_another_rate(
    changes: dict[str, Any],
) -> None:
    assert said_by(_line(**changes)) == said_by(_line())


@pytest.mark.parametrize(
    "changes",
    [
        {"original_amount": Decimal("19.98")},
        {"currency": "USD"},
        {"units": 2},
        {"order_id": "p"},
        {"occurred_at": AT - timedelta(days=1)},
        {"type": "return"},
    ],
)
def test_another_amount_order_day_or_type_is_something_else(changes: dict[str, Any]) -> None:
    assert said_by(_line(**changes)) != said_by(_line())


@pytest.mark.parametrize(
    "changes",
    [{"resolved": True}, {"satisfaction": 1}, {"sentiment": -2}, {"note": "angry"}, {"likely_to_leave": True}],
)
def test_a_contact_that_went_otherwise_is_something_else(changes: dict[str, Any]) -> None:
    contact = {"type": "support_contact", "order_id": "", "currency": "", "units": 0, "original_amount": Decimal(0)}

    assert said_by(_line(**contact, **changes)) != said_by(_line(**contact))


def test_a_fact_knows_where_its_event_lies() -> None:
    fact = fact_of(_line(source_partition=3, source_offset=17))

    assert (fact.kind, fact.partition, fact.offset, fact.event_id) == (PURCHASE, 3, 17, "e")
