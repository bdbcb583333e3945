"""Dead letters show what can be read of a message, and every byte of it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.dead_letter import NamedIds, ids_in, visible


@given(event_id=st.text(max_size=5) | st.integers(), customer_id=st.text(max_size=5), cut=st.integers(0, 60))
def test_the_ids_of_half_a_message_are_read_as_far_as_they_go(event_id: str | int, customer_id: str, cut: int) -> None:
    whole = json.dumps({"event_id": event_id, "customer_id": customer_id, "items": [{}]}, ensure_ascii=False).encode()
    ids = ids_in(whole[: len(whole) - cut])

    assert str(event_id).startswith(ids.event_id)
    assert customer_id.startswith(ids.customer_id)


@pytest.mark.parametrize("value", [b"", b"\x00\x00\x00\x00\x07{}", b"[1]", b'"text"', b'{"event_id": [1]}', b"\xff"])
def test_a_message_without_ids_has_empty_ones(value: bytes) -> None:
    assert ids_in(value) == NamedIds("", "")


@given(st.binary(max_size=50))
def test_every_byte_can_be_seen(value: bytes) -> None:
    shown = visible(value.decode("utf-8", "backslashreplace"))

    assert all(one.isprintable() or one == "\n" for one in shown)


def test_a_nul_is_shown_as_its_escape() -> None:
    assert visible("a\x00b\x1b[31m") == r"a\x00b\x1b[31m"
