"""A trace id that follows an event from its publisher to its score: W3C Trace Context in Kafka's headers.

https://www.w3.org/TR/trace-context/, the header ``traceparent``: ``00-<trace id>-<span id>-<flags>``. A publisher that
writes none leaves nothing to follow, and nothing is made up for it on the way: the trace id of its event is then the
MD5 of where the raw message lies, which ClickHouse computes where it is asked for (column ``trace``).
"""

import re
from hashlib import md5
from secrets import token_hex
from typing import Final

TRACEPARENT: Final = "traceparent"
"""Name of the header."""

_FORM: Final = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")
_SAMPLED: Final = "01"

Header = tuple[str, str | bytes | None]

Headers = dict[str, str | bytes | None] | list[Header]
"""As Kafka's client hands them out."""


def new_trace_id() -> str:
    """A trace id that no other event has: 32 hexadecimal digits."""
    return token_hex(16)


def traceparent(trace_id: str) -> Header:
    """The header of a new span of a trace.

    Args:
        trace_id: 32 hexadecimal digits, not all of them 0.
    """
    return TRACEPARENT, f"00-{trace_id}-{token_hex(8)}-{_SAMPLED}".encode()


def trace_id_of(headers: Headers) -> str:
    """The trace id in a message's headers; empty where there is none, or none that the standard knows."""
    for name, value in headers.items() if isinstance(headers, dict) else headers:
        if name == TRACEPARENT and isinstance(value, bytes):
            found = _FORM.fullmatch(value)
            return found[1].decode() if found else ""
    return ""


def trace_id_of_place(topic: str, partition: int, offset: int) -> str:
    """The trace id of an event whose publisher gave none, by where its raw message lies."""
    return md5(f"{topic}/{partition}/{offset}".encode(), usedforsecurity=False).hexdigest()
