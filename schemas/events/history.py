"""Histories: files of raw events, one JSON object per line, each with its ``type``."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from schemas.events.dead_letter import Refusal
from schemas.events.decode import decode
from schemas.events.fields import Moment
from schemas.events.interaction import Interaction, Origin, Rates
from schemas.events.raw_events import TOPIC_OF_TYPE, EventType
from schemas.events.refuse import FieldFault, refuse_for, sentence_of
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
_read_moment: Final = TypeAdapter(Moment).validate_python

_TOPICS: Final[Mapping[str, str]] = {str(kind): topic for kind, topic in TOPIC_OF_TYPE.items()}
_TYPES: Final = ", ".join(_TOPICS)


class HistoryError(ValueError):
    """A file cannot be used as it is."""


class UnroutableError(ValueError):
    """A line is no JSON object with a known ``type``.

    Attributes:
        refusal: The fault.
    """

    def __init__(self, refusal: Refusal) -> None:
        """Keep the refusal, which is the message, too."""
        super().__init__(sentence_of(refusal))
        self.refusal = refusal


def read_line(line: bytes) -> HistoryLine:
    """Return the topic and time of a line; only intake validates it.

    Raises:
        UnroutableError: The line is no JSON object with a known ``type``.
    """
    try:
        topic = TOPIC_OF_TYPE[_route(line).type]
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _read_oddity(line)
    return HistoryLine(topic, line, _occurred_ms(line))


def _read_oddity(line: bytes) -> HistoryLine:
    """Read a line of which msgspec cannot tell the type, such as one with a NaN, as intake reads it."""
    try:
        found = from_json(line)
    except ValueError as error:
        raise UnroutableError(Refusal("not_json", f"Invalid JSON: {error}")) from None
    if not isinstance(found, dict):
        raise _unroutable("dict_type", (), f"a line must be an object with a type, one of {_TYPES}")
    kind = found.get("type")
    if not isinstance(kind, str) or kind not in _TOPICS:
        raise _unroutable("literal_error" if "type" in found else "missing", ("type",), f"must be one of {_TYPES}")
    return HistoryLine(_TOPICS[kind], line, _ms_of(found.get("occurred_at")))


def _unroutable(kind: str, place: tuple[str, ...], message: str) -> UnroutableError:
    return UnroutableError(refuse_for([FieldFault(kind, place, message)]))


def _occurred_ms(line: bytes) -> int | None:
    try:
        occurred_at = _date(line).occurred_at
    except (msgspec.DecodeError, UnicodeDecodeError):
        try:
            return _ms_of(from_json(line).get("occurred_at"))
        except ValueError:
            return None
    return None if occurred_at.tzinfo is None else to_ms(occurred_at)


def _ms_of(occurred_at: Any) -> int | None:  # noqa: ANN401 - anything may be there
    """Return a moment as ms since 1970; None where it cannot be read."""
    try:
        return to_ms(_read_moment(occurred_at))
    except ValidationError:
        return None


def decode_history(lines: Iterable[bytes], rates: Rates, max_bytes: int) -> Iterator[Interaction | Refusal]:
    """Decode a file's events as intake does if they are published with the event clock.

    The timestamp of each is the latest ``occurred_at`` so far, so that it never decreases.

    Args:
        lines: Lines of the file; empty ones are skipped.
        rates: Worth of the known currencies in the reporting currency.
        max_bytes: Limit of an event's length.
    """
    stamp = 0
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        try:
            read = read_line(line)
        except UnroutableError as error:
            yield error.refusal
            continue
        stamp = max(stamp, read.occurred_ms or 0)
        yield decode(read.value, Origin(read.topic, 0, number, from_ms(stamp)), rates, max_bytes)
