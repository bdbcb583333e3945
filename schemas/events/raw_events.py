"""Raw events as they are published: purchases, returns, support contacts, and what people did and thought."""

from decimal import Decimal
from typing import Annotated, Final, Literal

import msgspec
from pydantic import Field

from schemas.events.action_events import ActionTaken, Judgement
from schemas.events.fields import (
    Currency,
    EventFields,
    EventModel,
    Identifier,
    Money,
    Note,
    OptionalIdentifier,
    Quantity,
    Sentiment,
    ShortText,
)

MAX_ITEMS: Final = 500
"""Limit of the items in a purchase or return; a larger one must be split upstream."""


class PurchaseItem(EventModel):
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


class ReturnItem(EventModel):
    """One line of a return.

    Attributes:
        sku: Article, named as in the purchase.
        quantity: Number of units, a whole number.
        refund: Refund for one unit, in the event's currency.
    """

    sku: Identifier
    quantity: Quantity
    refund: Money


class AgentJudgement(EventModel):
    """Judgement of the customer by the agent of a support contact.

    Attributes:
        sentiment: Mood of the customer, from -2 (furious) to 2 (delighted).
        likely_to_leave: True if the customer seemed about to leave.
        note: The agent's own words.
    """

    sentiment: Sentiment
    likely_to_leave: bool | None = None
    note: Note = ""


class Purchase(EventFields):
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


class Return(EventFields):
    """A return by a customer.

    Attributes:
        type: Optional on the topic; needed in files.
        order_id: Id of the order, if it is known.
        currency: ISO 4217 code of every amount in the event, such as EUR.
        items: Lines of the return.
        reason: Reason for the return.
    """

    type: Literal["return"] = "return"
    order_id: OptionalIdentifier = ""
    currency: Currency
    items: Annotated[tuple[ReturnItem, ...], Field(min_length=1, max_length=MAX_ITEMS, strict=False)]
    reason: Literal["defective", "wrong_item", "not_as_described", "no_longer_wanted", "late", "other"] | None = None


class SupportContact(EventFields):
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


Event = Purchase | Return | SupportContact | ActionTaken | Judgement
EventType = Literal["purchase", "return", "support_contact", "action_taken", "judgement"]

EVENT_CLASSES: Final[dict[EventType, type[Event]]] = {
    "purchase": Purchase,
    "return": Return,
    "support_contact": SupportContact,
    "action_taken": ActionTaken,
    "judgement": Judgement,
}

TOPIC_OF_TYPE: Final[dict[EventType, str]] = {
    "purchase": "purchases",
    "return": "returns",
    "support_contact": "support_contacts",
    "action_taken": "actions_taken",
    "judgement": "judgements",
}
"""The raw topic of each type of event."""

RAW_TOPICS: Final = tuple(TOPIC_OF_TYPE.values())
FEEDS: Final = ("purchases", "returns", "support_contacts")
"""Raw topics whose silence is noticed: systems publish them. People who act and judge keep office hours."""

TYPE_OF_TOPIC: Final[dict[str, EventType]] = {topic: kind for kind, topic in TOPIC_OF_TYPE.items()}


class _CustomerId(msgspec.Struct):
    customer_id: str | int


_decode_customer_id: Final = msgspec.json.Decoder(_CustomerId).decode


def customer_id_of(message: bytes) -> str:
    """Return the customer id in a raw event or an interaction's line; the rest need not be valid.

    Raises:
        msgspec.DecodeError: It is no JSON object with a customer id.
        UnicodeDecodeError: It is not UTF-8.
    """
    return str(_decode_customer_id(message).customer_id)
