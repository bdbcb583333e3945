"""Encoding: states round-trip, their due instant is readable alone, and corrupt ones are refused."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.encoding.encode import StateError, clock_of, decode_customer, due_of, encode_customer
from customers.facts import Fact
from customers.reviews.schedule import NOT_DUE, due_at
from customers.state import STATE_VERSION, Customer
from tests.customers.lives import START, lived, lives, moments, purchase


@given(life=lives, until=moments)
def test_a_state_comes_back_as_it_was(life: list[Fact], until: int) -> None:
    customer, _ = lived(life, until)

    assert customer == decode_customer(encode_customer(customer, due_at(customer)))


@given(due=st.integers(0, NOT_DUE))
def test_when_it_is_due_can_be_read_without_the_rest(due: int) -> None:
    assert due == due_of(encode_customer(Customer(), due)[:8])


@given(life=lives, until=moments)
def test_the_clock_can_be_read_without_the_rest(life: list[Fact], until: int) -> None:
    customer, _ = lived(life, until)

    assert customer.clock == clock_of(encode_customer(customer, NOT_DUE))


@pytest.mark.parametrize("encoded", [b"", bytes(8), bytes(8) + b"\x91\x03", bytes(8) + b"\x92\x03\xa1a"])
def test_bytes_without_a_clock_are_refused(encoded: bytes) -> None:
    with pytest.raises(StateError):
        clock_of(encoded)


def test_a_state_can_be_read_from_a_view_of_a_buffer() -> None:
    customer, _ = lived([purchase(START)], START)
    encoded = memoryview(bytearray(encode_customer(customer, 7)))

    assert (customer, 7) == (decode_customer(encoded), due_of(encoded))


@given(life=lives, data=st.data())
def test_a_truncated_state_is_refused(life: list[Fact], data: st.DataObject) -> None:
    encoded = encode_customer(lived(life, START)[0], START)

    with pytest.raises(StateError):
        decode_customer(encoded[: data.draw(st.integers(0, len(encoded) - 1))])


@given(encoded=st.binary(max_size=60))
def test_no_bytes_raise_anything_else_than_a_refusal(encoded: bytes) -> None:
    assert isinstance(_read(encoded), Customer | StateError)


@given(life=lives, data=st.data())
def test_a_spoilt_state_raises_nothing_else_than_a_refusal(life: list[Fact], data: st.DataObject) -> None:
    encoded = bytearray(encode_customer(lived(life, START + 10**10)[0], START))
    for place in data.draw(st.lists(st.integers(0, len(encoded) - 1), max_size=4)):
        encoded[place] = data.draw(st.integers(0, 255))

    assert isinstance(_read(bytes(encoded)), Customer | StateError)


@pytest.mark.parametrize("state", [b"\x91" * 100_000, b"\xdc\x00\x1d\x01" + b"\x91" * 100_000], ids=["bare", "inside"])
def test_bottomless_nesting_is_refused(state: bytes) -> None:
    with pytest.raises(StateError):
        decode_customer(bytes(8) + state)


def test_a_text_that_is_no_utf_8_is_refused() -> None:
    customer, _ = lived([purchase(START)], START)
    encoded = encode_customer(customer, 0).replace(b"fixed", b"\xff\xff\xff\xff\xff")

    with pytest.raises(StateError):
        decode_customer(encoded)


def test_a_state_with_other_sums_is_refused() -> None:
    with pytest.raises(StateError, match="2 sums"):
        decode_customer(encode_customer(Customer(sums=[1.0, 2.0]), 0))


def test_a_newer_version_is_refused_and_the_way_out_is_named() -> None:
    with pytest.raises(StateError, match=f"version {STATE_VERSION + 1} is newer than {STATE_VERSION}; upgrade"):
        decode_customer(encode_customer(Customer(version=STATE_VERSION + 1), 0))


def test_a_newer_version_is_named_even_where_its_layout_is_another_one() -> None:
    with pytest.raises(StateError, match=f"version {STATE_VERSION + 1} is newer than {STATE_VERSION}; upgrade"):
        decode_customer(bytes(8) + msgspec.msgpack.encode([STATE_VERSION + 1, "a clock in words"]))


@pytest.mark.parametrize("length", range(8))
def test_fewer_bytes_than_the_date_takes_are_refused(length: int) -> None:
    with pytest.raises(StateError, match=f"{length} bytes"):
        due_of(memoryview(bytes(length)))


def _read(encoded: bytes) -> Customer | StateError:
    try:
        due_of(encoded)
        return decode_customer(encoded)
    except StateError as refusal:
        return refusal
