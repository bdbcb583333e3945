"""Histories: files of raw events, one JSON object per line, each with its ``type``."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

import msgspec

from schemas.events.dead_letter import Refusal
from schemas.events.decode import decode
from schemas.events.interaction import Interaction, Origin, Rates
from schemas.events.raw_events import TOPIC_OF_TYPE, EventType
from schemas.moments import from_ms, to_ms


class HistoryLine(msgspec.Struct, frozen=True):
    """Line of a file, ready to be published.

    Attributes:
        topic: Raw topic that it belongs to.
        value: The line's bytes, unchanged.
        occurred_ms: Its ``occurred_at``, ms since 1970; None if unreadable.
    """

    topic: str
    value: bytes
    occurred_ms: int | None


class _Routing(msgspec.Struct):
    type: EventType


class _Dating(msgspec.Struct):
    occurred_at: datetime


_route: Final = msgspec.json.Decoder(_Routing).decode
_date: Final = msgspec.json.Decoder(_Dating).decode


class HistoryError(ValueError):
    """A line cannot be routed to a topic."""


def read_line(line: bytes) -> HistoryLine:
    """Return the topic and time of a line; only intake validates it.

    Raises:
        HistoryError: The line is no JSON object with a known ``type``.
    """
    try:
        kind = _route(line).type
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


def decode_history(lines: Iterable[bytes], rates: Rates, max_bytes: int) -> Iterator[Interaction | Refusal]:
    """Decode a file's events as intake does if they are published with the event clock.

    The timestamp of each is the latest ``occurred_at`` so far, so that it never decreases.

    Args:
        lines: Lines of the file; empty ones are skipped.
        rates: Worth of the known currencies in the reporting currency.
        max_bytes: Limit of an event's length.

    Raises:
        HistoryError: A line cannot be routed; the message names it.
    """
    stamp = 0
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        try:
            read = read_line(line)
        except HistoryError as error:
            raise HistoryError(f"line {number + 1}: {error}") from None
        stamp = max(stamp, read.occurred_ms or 0)
        yield decode(read.value, Origin(read.topic, 0, number, from_ms(stamp)), rates, max_bytes)
