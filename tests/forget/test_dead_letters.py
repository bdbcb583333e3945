"""Refused messages are known by whom they name, however badly they are written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.dead_letter import DeadLetter, Refusal, dead_letter_of
from schemas.moments import from_ms
from streams.forget.dead_letters import CustomerMention


def letter(value: bytes, *, topic: str = "purchases", key: bytes = b"", detail: str = "why") -> DeadLetter:
    refusal = Refusal("invalid", detail)
    return dead_letter_of(refusal, topic=topic, partition=0, offset=0, refused_at=from_ms(0), key=key, value=value)


@given(st.text(min_size=1, max_size=20), st.booleans(), st.sampled_from([None, 2]))
def test_a_letter_names_its_customer_however_json_is_written(name: str, ascii_only: bool, indent: int | None) -> None:
    name = name.encode("utf-8", "replace").decode()
    value = json.dumps({"customer_id": name, "x": 1}, ensure_ascii=ascii_only, indent=indent).encode()
    assert CustomerMention(name).names(letter(value))


@pytest.mark.parametrize(
    "value", [b'{"customer_id": "ann", "cut of', b'{"customer_id" : "ann"}}', b'\xff{"customer_id":"ann"']
)
def test_what_is_no_json_may_name_its_customer(value: bytes) -> None:
    assert CustomerMention("ann").names(letter(value))


def test_a_number_without_quotes_names_the_customer_of_that_number_alone() -> None:
    named = letter(b'{"customer_id": 42}')
    assert [CustomerMention(name).names(named) for name in ("42", "4", "2", "420")] == [True, False, False, False]


def test_a_key_or_a_state_names_its_customer() -> None:
    assert CustomerMention("ann").names(letter(b"{", key=b"ann"))
    assert CustomerMention("ann").names(letter(b"\x00\x01", topic="customers", key=b"ann"))


def test_a_value_of_another_field_does_not() -> None:
    assert not CustomerMention("ann").names(letter(b'{"customer_id": "anna", "order_id": "ann"}'))


def test_of_a_message_nothing_is_left() -> None:
    assert CustomerMention("ann").without(letter(b'{"customer_id": "ann"}')) is None


def test_out_of_a_page_only_the_customers_lines_are_taken() -> None:
    page = letter(b'{"customer_id":"ann"}\n{"customer_id":"bob"}\n', topic="interactions", detail="customer ann failed")
    left = CustomerMention("ann").without(page)
    assert left is not None
    assert (left.original, left.original_size) == (b'{"customer_id":"bob"}\n', 22)
    assert left.detail == "customer (forgotten) failed"
    assert not CustomerMention("ann").names(left)


def test_of_a_page_of_the_customer_alone_nothing_is_left() -> None:
    assert CustomerMention("ann").without(letter(b'{"customer_id":"ann"}\n', topic="interactions")) is None
