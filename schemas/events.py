"""Raw events as upstream teams publish them: purchases, returns and support contacts."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

import msgspec
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

MAX_ITEMS: Final = 500
"""Limit of the items in a purchase or return; a larger one must be split upstream."""

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
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
Extra = Annotated[
    dict[Annotated[str, Field(max_length=MAX_EXTRA_KEY)], Annotated[str, Field(max_length=1024)]],
    Field(max_length=32),
]


class _Contract(BaseModel):
    """Base of events; unknown fields are refused, so that a typing error is noticed instead of losing data."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class PurchaseItem(_Contract):
    """One line of an order.

    Attributes:
        sku: Article, by the publisher's own name.
        quantity: Number of units, a whole number.
        unit_price: Price of one unit before discount, in the event's currency.
        discount: Discount on one unit, in the event's currency.
        category: Category of the article.
    """

    sku: Identifier
    quantity: Quantity
    unit_price: Money
    discount: Money = Decimal(0)
    category: ShortText = ""


class ReturnItem(_Contract):
    """One line of a return.

    Attributes:
        sku: Article, named as in the purchase.
        quantity: Number of units, a whole number.
        refund: Refund for one unit, in the event's currency.
    """

    sku: Identifier
    quantity: Quantity
    refund: Money


class AgentJudgement(_Contract):
    """Judgement of the customer by the agent of a support contact.

    Attributes:
        sentiment: Mood of the customer, from -2 (furious) to 2 (delighted).
        likely_to_leave: True if the customer seemed about to leave.
        note: The agent's own words.
    """

    sentiment: Annotated[int, Field(ge=-2, le=2)]
    likely_to_leave: bool | None = None
    note: Annotated[str, Field(max_length=4096)] = ""


class _Event(_Contract):
    """Fields of every event.

    Attributes:
        event_id: Unique id; publishing an event again changes nothing.
        customer_id: Id of the customer, the same in all three topics.
        occurred_at: Time of the event, RFC 3339 with an offset.
        extra: Further data, as a flat map of strings.
    """

    event_id: Identifier
    customer_id: Annotated[str, Field(min_length=1, max_length=128)]
    occurred_at: Moment
    extra: Extra = Field(default_factory=dict)


class Purchase(_Event):
    """A purchase by a customer.

    Attributes:
        type: Optional on the topic; needed in files.
        order_id: Id of the order, which returns refer to.
        currency: ISO 4217 code of every amount in the event, such as EUR.
        items: Lines of the order.
        channel: Sales channel.
        campaign: Marketing campaign that led to the purchase.
    """

    type: Literal["purchase"] = "purchase"
    order_id: Identifier
    currency: Currency
    items: Annotated[tuple[PurchaseItem, ...], Field(min_length=1, max_length=MAX_ITEMS, strict=False)]
    channel: Literal["web", "store", "app", "phone", "other"] | None = None
    campaign: ShortText = ""


class Return(_Event):
    """A return by a customer.

    Attributes:
        type: Optional on the topic; needed in files.
        order_id: Id of the order, if it is known.
        currency: ISO 4217 code of every amount in the event, such as EUR.
        items: Lines of the return.
        reason: Reason for the return.
    """

    type: Literal["return"] = "return"
    order_id: Annotated[str, Field(max_length=64)] = ""
    currency: Currency
    items: Annotated[tuple[ReturnItem, ...], Field(min_length=1, max_length=MAX_ITEMS, strict=False)]
    reason: Literal["defective", "wrong_item", "not_as_described", "no_longer_wanted", "late", "other"] | None = None


class SupportContact(_Event):
    """A contact between a customer and support.

    Attributes:
        type: Optional on the topic; needed in files.
        channel: Channel of the contact.
        topic: Subject of the contact.
        direction: Inbound if the customer made contact, else outbound.
        resolved: True if the matter was resolved; absent if unknown.
        wait_seconds: Waiting time of the customer, seconds.
        satisfaction: Rating by the customer, from 1 (worst) to 5.
        agent_judgement: Judgement by the agent.
    """

    type: Literal["support_contact"] = "support_contact"
    channel: Literal["phone", "email", "chat", "store", "social", "other"]
    topic: ShortText = ""
    direction: Literal["inbound", "outbound"] = "inbound"
    resolved: bool | None = None
    wait_seconds: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] | None = None
    satisfaction: Annotated[int, Field(ge=1, le=5)] | None = None
    agent_judgement: AgentJudgement | None = None


Event = Purchase | Return | SupportContact
EventType = Literal["purchase", "return", "support_contact"]

EVENT_CLASSES: Final[dict[EventType, type[Purchase] | type[Return] | type[SupportContact]]] = {
    "purchase": Purchase,
    "return": Return,
    "support_contact": SupportContact,
}

TOPIC_OF_TYPE: Final[dict[EventType, str]] = {
    "purchase": "purchases",
    "return": "returns",
    "support_contact": "support_contacts",
}
"""The raw topic of each type of event."""

RAW_TOPICS: Final = tuple(TOPIC_OF_TYPE.values())
TYPE_OF_TOPIC: Final[dict[str, EventType]] = {topic: kind for kind, topic in TOPIC_OF_TYPE.items()}


class _CustomerId(msgspec.Struct):
    customer_id: str


_decode_customer_id: Final = msgspec.json.Decoder(_CustomerId).decode


def customer_id_of(message: bytes) -> str:
    """Return the customer id in a raw event or an interaction's line; the rest need not be valid.

    Raises:
        msgspec.DecodeError: It is no JSON object with a customer id.
        UnicodeDecodeError: It is not UTF-8.
    """
    return _decode_customer_id(message).customer_id
