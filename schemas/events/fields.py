"""Types of the fields of raw events, and the base classes of the events."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from schemas.moments import from_ms

MAX_EXTRA_KEY: Final = 64

MOMENT_PATTERN: Final = (
    r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"(\.[0-9]{1,9})?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
"""RFC 3339; digits beyond microseconds are cut."""

LENIENT_MOMENT_PATTERN: Final = (
    r"^([0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))[Tt ]"
    r"(([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?) ?([Zz]|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])$"
)
"""RFC 3339, also without seconds, with an offset without colon, such as -0400, and a space before it."""

EPOCH_MS: Final = range(10**11, 10**13)
"""Numbers taken for milliseconds since 1970: from 1973 to 2286, so that no other unit of the present lies within."""

INTEGER_ID: Final = range(2**63)
"""Numbers taken for ids, as their digits."""

MONEY_PATTERN: Final = r"^[0-9]{1,12}(\.[0-9]{1,18})?$"
"""Money as text: plain digits, without sign, exponent or separators."""

_MAX_MONEY: Final = Decimal("1e12")
_is_moment: Final = re.compile(MOMENT_PATTERN).fullmatch
_as_lenient_moment: Final = re.compile(LENIENT_MOMENT_PATTERN).fullmatch
_is_without_offset: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?"
).fullmatch
_is_day: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
_EXAMPLE: Final = "such as 2026-03-01T09:30:00Z or 2026-03-01T10:30:00+01:00"
_is_money: Final = re.compile(MONEY_PATTERN).fullmatch


def read_moment(value: Any) -> Any:  # noqa: ANN401 - a validator sees any value
    """Return what pydantic reads as a moment, and refuse what it would guess at.

    Args:
        value: RFC 3339 text, or what comes close to it and is as clear; or a number of milliseconds since 1970.

    Raises:
        ValueError: It is not clear; the message says why.
    """
    if isinstance(value, str):
        if _is_moment(value):
            return value
        parts = _as_lenient_moment(value)
        if parts is not None:
            return datetime.fromisoformat(f"{parts[1]}T{parts[4]}{parts[8].upper()}")
        if _is_without_offset(value):
            raise ValueError(f"the time has no offset, so that its zone is not known; expected one {_EXAMPLE}")
        if _is_day(value):
            raise ValueError(f"a day without a time; expected date, time and offset, {_EXAMPLE}")
    elif type(value) is int:
        if value in EPOCH_MS:
            return from_ms(value)
        raise ValueError("a number is read as milliseconds since 1970, such as 1772357400000; this has another unit")
    elif isinstance(value, datetime):
        return value
    raise ValueError(f"expected an RFC 3339 date and time with an offset, {_EXAMPLE}")


def read_id(value: Any) -> Any:  # noqa: ANN401 - a validator sees any value
    """Return an id that is a number as its digits, and anything else as it is."""
    return str(value) if type(value) is int and value in INTEGER_ID else value


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("the date lies outside the calendar once it is read in UTC") from None


def _plain_number(value: Any) -> Any:  # noqa: ANN401 - a validator sees any value
    """Refuse text that only ``Decimal`` takes: ``1_000``, ``1e9``, digits of other scripts."""
    if isinstance(value, str):
        if _is_money(value):
            return value
    elif isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return value
    raise ValueError('expected a number, or plain digits as text, such as 19.99 or "19.99"')


def _id_schema(least: int, most: int) -> WithJsonSchema:
    text = {"type": "string", "maxLength": most, **({"minLength": least} if least else {})}
    return WithJsonSchema({"anyOf": [text, {"type": "integer", "minimum": 0, "maximum": INTEGER_ID[-1]}]})


Identifier = Annotated[str, Field(min_length=1, max_length=64), BeforeValidator(read_id), _id_schema(1, 64)]
OptionalIdentifier = Annotated[str, Field(max_length=64), BeforeValidator(read_id), _id_schema(0, 64)]
CustomerId = Annotated[str, Field(min_length=1, max_length=128), BeforeValidator(read_id), _id_schema(1, 128)]
ShortText = Annotated[str, Field(max_length=128)]
Moment = Annotated[
    AwareDatetime,
    Field(strict=False),
    BeforeValidator(read_moment),
    AfterValidator(_in_utc),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date-time", "pattern": MOMENT_PATTERN},
                {"type": "string", "pattern": LENIENT_MOMENT_PATTERN, "not": {"pattern": MOMENT_PATTERN}},
                {"type": "integer", "minimum": EPOCH_MS[0], "maximum": EPOCH_MS[-1]},
            ]
        }
    ),
]
Money = Annotated[
    Decimal,
    Field(strict=False, ge=0, lt=_MAX_MONEY, allow_inf_nan=False),
    BeforeValidator(_plain_number),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "exclusiveMaximum": int(_MAX_MONEY)},
                {"type": "string", "pattern": MONEY_PATTERN},
            ]
        }
    ),
]
Quantity = Annotated[int, Field(ge=1, le=1_000_000)]
Note = Annotated[str, Field(max_length=4096)]
Sentiment = Annotated[int, Field(ge=-2, le=2)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
Extra = Annotated[
    dict[Annotated[str, Field(max_length=MAX_EXTRA_KEY)], Annotated[str, Field(max_length=1024)]],
    Field(max_length=32),
]


class EventModel(BaseModel):
    """Base of events; unknown fields are refused, so that a typing error is noticed instead of losing data."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class EventFields(EventModel):
    """Fields of every event.

    Attributes:
        event_id: Unique id; publishing an event again changes nothing.
        customer_id: Id of the customer, the same in all topics.
        occurred_at: Time of the event, RFC 3339 with an offset, or milliseconds since 1970.
        extra: Further data, as a flat map of strings.
    """

    event_id: Identifier
    customer_id: CustomerId
    occurred_at: Moment
    extra: Extra = Field(default_factory=dict)
