"""Refusals name the field first, say what may be meant, and list no fault that follows from another."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.dead_letter import Refusal
from schemas.events.decode import decode
from schemas.events.interaction import Interaction, Origin
from schemas.events.refuse import faults_in, sentence_of
from tests.schemas.values import STAMPED_AT

PURCHASE: dict[str, Any] = {
    "event_id": "e",
    "customer_id": "c",
    "occurred_at": "2026-03-01T12:00:00Z",
    "order_id": "o",
    "currency": "EUR",
}
RETURN = {key: value for key, value in PURCHASE.items() if key != "order_id"}


def decoded(event: object, topic: str = "purchases") -> Interaction | Refusal:
    return decode(json.dumps(event).encode(), Origin(topic, 0, 0, STAMPED_AT), {"EUR": Decimal(1)}, 10**6)


def refusal_of(event: object, topic: str = "purchases") -> Refusal:
    refusal = decoded(event, topic)
    assert isinstance(refusal, Refusal)
    return refusal


def bought(**item: object) -> dict[str, Any]:
    return {**PURCHASE, "items": [{"sku": "s", "quantity": 1, "unit_price": "1", **item}]}


bad_values = (
    st.none() | st.booleans() | st.integers(max_value=-1) | st.text(max_size=3).filter(lambda x: not x.isdigit())
)


@given(items=st.lists(st.fixed_dictionaries({"sku": st.just("s"), "quantity": bad_values}), min_size=1, max_size=3))
def test_a_bad_item_is_not_said_to_be_missing(items: list[dict[str, Any]]) -> None:
    assert {len(fault.loc) for fault in faults_in(refusal_of({**PURCHASE, "items": items}))} == {3}


def test_an_order_without_items_is_said_to_have_too_few() -> None:
    (fault,) = faults_in(refusal_of({**PURCHASE, "items": []}))

    assert (fault.field, fault.type) == ("items", "too_short")


@pytest.mark.parametrize("item", [{"quantity": -1}, {"unit_price": -30.0}, {"unit_price": "-30.00"}])
def test_a_negative_purchase_is_pointed_to_the_returns(item: dict[str, object]) -> None:
    (fault,) = faults_in(refusal_of(bought(**item)))

    assert (fault.field, "the topic returns" in fault.hint) == (f"items[0].{next(iter(item))}", True)


@pytest.mark.parametrize("item", [{"quantity": 0}, {"unit_price": "1e3"}, {"discount": -1}])
def test_what_cannot_be_a_return_is_not_pointed_there(item: dict[str, object]) -> None:
    assert "returns" not in sentence_of(refusal_of(bought(**item)))


def test_a_negative_refund_is_told_that_refunds_are_positive() -> None:
    event = {**RETURN, "items": [{"sku": "s", "quantity": 1, "refund": "-150.00"}]}

    assert "leave out the sign" in sentence_of(refusal_of(event, "returns"))


@pytest.mark.parametrize("customer", [{}, {"customer_id": None}, {"customer_id": ""}])
def test_a_guest_is_told_to_be_left_out(customer: dict[str, object]) -> None:
    event = {**{key: value for key, value in bought().items() if key != "customer_id"}, **customer}

    assert "guests" in sentence_of(refusal_of(event))


@pytest.mark.parametrize(
    ("occurred_at", "fault"),
    [
        ("2026-03-01T10:15:21", "no offset"),
        ("2026-03-01 10:15", "no offset"),
        ("2026-03-01", "a day without a time"),
        (1_772_357_400, "another unit"),
        (1_772_357_400_000_000, "another unit"),
        ("yesterday", "RFC 3339"),
        (True, "RFC 3339"),
    ],
)
def test_each_fault_of_a_time_is_named(occurred_at: object, fault: str) -> None:
    said = sentence_of(refusal_of({**bought(), "occurred_at": occurred_at}))

    assert (said.partition(":")[0], fault in said) == ("occurred_at", True)


@pytest.mark.parametrize(
    "occurred_at",
    [
        "2026-03-01T07:30:00-0400",
        "2026-03-01 07:30:00 -0400",
        "2026-03-01 07:30 -04:00",
        "2026-03-01T11:30Z",
        "2026-03-01 11:30:00.000000001 z",
        1_772_364_600_000,
    ],
)
def test_a_time_that_is_as_clear_as_rfc_3339_is_read(occurred_at: object) -> None:
    event = decoded({**bought(), "occurred_at": occurred_at})

    assert isinstance(event, Interaction)
    assert event.occurred_at.isoformat() == "2026-03-01T11:30:00+00:00"


@given(number=st.integers(0, 2**63 - 1))
def test_a_number_as_an_id_is_the_text_of_its_digits(number: int) -> None:
    event = decoded({**bought(sku=number), "event_id": number, "customer_id": number, "order_id": number})

    assert isinstance(event, Interaction)
    assert {event.event_id, event.customer_id, event.order_id, event.items[0].sku} == {str(number)}


@pytest.mark.parametrize("number", [-1, 2**63, 1.5, True])
def test_other_numbers_are_no_ids(number: object) -> None:
    assert faults_in(refusal_of({**bought(), "event_id": number}))[0].field == "event_id"


def test_a_detail_that_is_no_list_of_faults_is_its_own_sentence() -> None:
    assert sentence_of(Refusal("too_large", "the message is long")) == "the message is long"
