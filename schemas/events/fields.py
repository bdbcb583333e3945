"""Types of the fields of raw events, and the base classes of the events."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

MAX_EXTRA_KEY: Final = 64

MOMENT_PATTERN: Final = (
    r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"(\.[0-9]{1,9})?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
"""RFC 3339; digits beyond microseconds are cut."""

MONEY_PATTERN: Final = r"^[0-9]{1,12}(\.[0-9]{1,18})?$"
"""Money as text: plain digits, without sign, exponent or separators."""

_MAX_MONEY: Final = Decimal("1e12")
_is_moment: Final = re.compile(MOMENT_PATTERN).fullmatch
_is_money: Final = re.compile(MONEY_PATTERN).fullmatch


def _rfc3339(value: Any) -> Any:  # noqa: ANN401 - a validator sees any value
    """Refuse values that pydantic would guess at, such as bare numbers, whose unit is unknown."""
    if isinstance(value, datetime) or (isinstance(value, str) and _is_moment(value)):
        return value
    raise ValueError("expected an RFC 3339 date and time with an offset, such as 2026-03-01T09:30:00Z")


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


Identifier = Annotated[str, Field(min_length=1, max_length=64)]
ShortText = Annotated[str, Field(max_length=128)]
Moment = Annotated[
    AwareDatetime,
    Field(strict=False),
    BeforeValidator(_rfc3339),
    AfterValidator(_in_utc),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": MOMENT_PATTERN}),
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
        occurred_at: Time of the event, RFC 3339 with an offset.
        extra: Further data, as a flat map of strings.
    """

    event_id: Identifier
    customer_id: Annotated[str, Field(min_length=1, max_length=128)]
    occurred_at: Moment
    extra: Extra = Field(default_factory=dict)
