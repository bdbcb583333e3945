"""Trace ids in Kafka's headers, as W3C Trace Context writes them."""

import pytest

from schemas.trace import Headers, trace_id_of, trace_id_of_place, traceparent

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"


def test_a_written_trace_id_is_read() -> None:
    assert trace_id_of([("other", b"x"), traceparent(TRACE, SPAN)]) == TRACE


def test_the_header_is_the_standards_own_example() -> None:
    assert traceparent(TRACE, SPAN) == ("traceparent", f"00-{TRACE}-{SPAN}-01".encode())


def test_the_standards_own_example_is_read() -> None:
    assert trace_id_of([("traceparent", f"00-{TRACE}-{SPAN}-01".encode())]) == TRACE


def test_a_later_version_may_say_more() -> None:
    assert trace_id_of([("traceparent", f"01-{TRACE}-{SPAN}-01-more".encode())]) == TRACE


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"\xff",
        f"00-{TRACE}-{SPAN}".encode(),
        f"00-{TRACE.upper()}-{SPAN}-01".encode(),
        f"00-{'0' * 32}-{SPAN}-01".encode(),
        f"00-{TRACE}-{'0' * 16}-01".encode(),
        f"ff-{TRACE}-{SPAN}-01".encode(),
    ],
)
def test_anything_else_is_no_trace(value: bytes | None) -> None:
    headers: Headers = [("traceparent", value)]

    assert trace_id_of(headers) == ""


def test_an_event_without_a_trace_has_one_by_its_place() -> None:
    assert trace_id_of_place("purchases", 3, 17) == "1cea2f87ed02c49f4c1ec899e4a9596e"
