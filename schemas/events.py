"""What upstream teams publish: purchases, returns and support contacts, exactly as documented for them."""

from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

MAX_ITEMS: Final = 500
"""Most items one purchase or return may hold; a larger one must be split upstream."""

MAX_EXTRA_KEY: Final = 64


def _rfc3339(value: Any) -> Any:  # noqa: ANN401 - a validator sees whatever came
    """Refuse the bare numbers that pydantic would read as Unix time: the unit could not be known."""
    if isinstance(value, str) and value[4:5] != "-":
        raise ValueError("expected an RFC 3339 date and time with an offset, such as 2026-03-01T09:30:00Z")
    return value


def _small_map(value: dict[str, str]) -> dict[str, str]:
    if any(len(key) > MAX_EXTRA_KEY for key in value):
        raise ValueError(f"the keys of extra are at most {MAX_EXTRA_KEY} characters long")
    return value


Identifier = Annotated[str, Field(min_length=1, max_length=64)]
ShortText = Annotated[str, Field(max_length=128)]
Moment = Annotated[AwareDatetime, BeforeValidator(_rfc3339, json_schema_input_type=AwareDatetime)]
Money = Annotated[Decimal, Field(ge=0, lt=Decimal("1e12"), allow_inf_nan=False)]
Quantity = Annotated[int, Field(ge=1, le=1_000_000)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217 code, such as EUR.")]
Extra = Annotated[
    dict[str, Annotated[str, Field(max_length=1024)]],
    Field(max_length=32, description="Anything else, as a flat map of strings."),
    AfterValidator(_small_map),
]


class _Contract(BaseModel):
    """Unknown fields are refused, so that a typing error shows at once instead of losing data silently."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class PurchaseItem(_Contract):
    """One line of an order."""

    sku: Annotated[str, Field(min_length=1, max_length=64)]
    quantity: Quantity
    unit_price: Money = Field(description="Price of one unit before discount, in the event's currency.")
    discount: Money = Field(default=Decimal(0), description="Discount on one unit, in the event's currency.")
    category: ShortText = ""


class ReturnItem(_Contract):
    """One line of a return."""

    sku: Annotated[str, Field(min_length=1, max_length=64)]
    quantity: Quantity
    refund: Money = Field(description="Money given back for one unit, in the event's currency.")


class AgentJudgement(_Contract):
    """What the person who spoke with the customer thought of it."""

    sentiment: Annotated[int, Field(ge=-2, le=2)]
    likely_to_leave: bool | None = None
    note: Annotated[str, Field(max_length=4096)] = ""


class _Event(_Contract):
    event_id: Identifier = Field(description="Unique for ever; publishing it again changes nothing.")
    customer_id: Annotated[str, Field(min_length=1, max_length=128)]
    occurred_at: Moment = Field(description="When it happened: RFC 3339 with an offset.")
    extra: Extra = Field(default_factory=dict)


class Purchase(_Event):
    """A customer bought something."""

    type: Literal["purchase"] = "purchase"
    order_id: Identifier
    currency: Currency
    items: Annotated[tuple[PurchaseItem, ...], Field(min_length=1, max_length=MAX_ITEMS, strict=False)]
    channel: Literal["web", "store", "app", "phone", "other"] | None = None
    campaign: ShortText = ""


class Return(_Event):
    """A customer sent something back."""

    type: Literal["return"] = "return"
    order_id: Annotated[str, Field(max_length=64)] = ""
    currency: Currency
    items: Annotated[tuple[ReturnItem, ...], Field(min_length=1, max_length=MAX_ITEMS, strict=False)]
    reason: Literal["defective", "wrong_item", "not_as_described", "no_longer_wanted", "late", "other"] | None = None


class SupportContact(_Event):
    """A customer and the company spoke with each other."""

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
