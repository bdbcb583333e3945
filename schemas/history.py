"""Events in a file: the published objects, one a line, each with its ``type``."""

from datetime import datetime
from typing import Final, Literal

import msgspec

from schemas.events import TOPIC_OF_TYPE, EventType
from schemas.moments import to_ms


class HistoryLine(msgspec.Struct, frozen=True):
    """A line of a file, ready to be published.

    Attributes:
        topic: Where it belongs.
        value: The line's bytes, untouched.
        occurred_ms: Its ``occurred_at``, ms since 1970; None where that cannot be read.
    """

    topic: str
    value: bytes
    occurred_ms: int | None


class _Routing(msgspec.Struct):
    type: Literal["purchase", "return", "support_contact"]


class _Dating(msgspec.Struct):
    occurred_at: datetime


_route: Final = msgspec.json.Decoder(_Routing).decode
_date: Final = msgspec.json.Decoder(_Dating).decode


class HistoryError(ValueError):
    """A line cannot be routed to a topic."""


def read_line(line: bytes) -> HistoryLine:
    """Find out where a line belongs and when it happened; whether it is valid is judged by intake alone.

    Raises:
        HistoryError: It is no JSON object with a known ``type``.
    """
    try:
        kind: EventType = _route(line).type
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise HistoryError(
            f"{error}; each line must be a JSON object with a type of {', '.join(TOPIC_OF_TYPE)}"
        ) from None
    return HistoryLine(TOPIC_OF_TYPE[kind], line, _occurred_ms(line))


def _occurred_ms(line: bytes) -> int | None:
    try:
        occurred_at = _date(line).occurred_at
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return None if occurred_at.tzinfo is None else to_ms(occurred_at)
