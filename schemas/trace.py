"""W3C Trace Context in Kafka's headers: the trace id that follows an event from its publisher to its score.

https://www.w3.org/TR/trace-context/, the header ``traceparent``: ``00-<trace id>-<span id>-<flags>``. An event whose
publisher wrote no header gets no trace id on the way; where one is asked for, it is the MD5 of the raw message's
position, which ClickHouse computes in the column ``trace``. Random ids are drawn by those who write headers.
"""

import re
from hashlib import md5
from typing import Final

TRACEPARENT: Final = "traceparent"
"""Name of the header."""

TRACE_ID_BYTES: Final = 16
SPAN_ID_BYTES: Final = 8
"""Lengths of the two ids; in the header each byte is two hexadecimal digits."""

_FORM: Final = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")
_SAMPLED: Final = "01"

Header = tuple[str, str | bytes | None]

Headers = dict[str, str | bytes | None] | list[Header]
"""Headers in either form in which Kafka's client returns them."""


def traceparent(trace_id: str, span_id: str) -> Header:
    """Return the header of a span.

    Args:
        trace_id: 32 hexadecimal digits, not all of them 0.
        span_id: 16 hexadecimal digits, not all of them 0; a span of its own for every message.
    """
    return TRACEPARENT, f"00-{trace_id}-{span_id}-{_SAMPLED}".encode()


def trace_id_of(headers: Headers) -> str:
    """Return the trace id in a message's headers; empty if there is none or the standard does not allow it."""
    for name, value in headers.items() if isinstance(headers, dict) else headers:
        if name == TRACEPARENT and isinstance(value, bytes):
            found = _FORM.fullmatch(value)
            return found[1].decode() if found else ""
    return ""


def trace_id_of_place(topic: str, partition: int, offset: int) -> str:
    """Return the trace id of an event without a header, derived from the position of its raw message."""
    return md5(f"{topic}/{partition}/{offset}".encode(), usedforsecurity=False).hexdigest()
