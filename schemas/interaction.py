"""Interactions: validated events as lines, in the columns of the ClickHouse table."""

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

import msgspec

from schemas.events import Event, EventType, Purchase, Return, SupportContact

MONEY_PLACES: Final = 9
"""Decimals of ClickHouse's Decimal(38, 9); finer amounts are rounded half to even."""

_FINEST: Final = Decimal(1).scaleb(-MONEY_PLACES)

_EXACT: Final = Context(prec=60, rounding=ROUND_HALF_EVEN)

Rates = Mapping[str, Decimal]
"""Worth of one unit of each known currency in the reporting currency."""


class Item(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a purchase or a return.

    Attributes:
        sku: Article bought or returned.
        quantity: Number of units.
        unit_price: Price of a unit before discount (purchase) or refund for a unit (return), in the event's currency.
        amount: Total of the line after discount, in the reporting currency.
        discount: Discount on a unit, in the event's currency.
        category: Category of the article; empty for returns.
    """

    sku: str
    quantity: int
    unit_price: Decimal
    amount: Decimal
    discount: Decimal = Decimal(0)
    category: str = ""


class Interaction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a page; fields that an event does not have are omitted and take the table's default.

    Attributes:
        event_id: Upstream's id of the event.
        customer_id: Id of the customer.
        type: purchase, return or support_contact.
        occurred_at: Time of the event, UTC.
        stamped_at: Kafka's timestamp of the raw message, UTC; never decreases within a raw partition.
        source_topic: Raw topic.
        source_partition: Raw partition.
        source_offset: Raw offset.
        order_id: Id of the order.
        currency: Currency of the event.
        original_amount: Total after discounts (purchase) or total refund (return), in the event's currency.
        amount: The same in the reporting currency.
        units: Number of units bought or returned.
        items: Lines of the purchase or return.
        channel: Sales or support channel.
        campaign: Marketing campaign that led to a purchase.
        reason: Reason for a return.
        topic: Subject of a contact.
        direction: Inbound if the customer made contact, else outbound.
        resolved: True if the matter of a contact was resolved; null if unknown.
        wait_seconds: Waiting time of the customer, seconds.
        satisfaction: Rating by the customer, from 1 (worst) to 5.
        sentiment: Mood of the customer by the agent's judgement, -2 to 2.
        likely_to_leave: True if the agent expects the customer to leave.
        note: Note by the agent.
        extra: Further data from upstream.
        trace_id: Trace id of W3C Trace Context, 32 hexadecimal digits; empty if the publisher gave none.
    """

    event_id: str
    customer_id: str
    type: EventType
    occurred_at: datetime
    stamped_at: datetime
    source_topic: str
    source_partition: int
    source_offset: int
    order_id: str = ""
    currency: str = ""
    original_amount: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    units: int = 0
    items: tuple[Item, ...] = ()
    channel: str = ""
    campaign: str = ""
    reason: str = ""
    topic: str = ""
    direction: str = ""
    resolved: bool | None = None
    wait_seconds: float | None = None
    satisfaction: int | None = None
    sentiment: int | None = None
    likely_to_leave: bool | None = None
    note: str = ""
    extra: dict[str, str] = {}
    trace_id: str = ""


class Origin(msgspec.Struct, frozen=True):
    """Position and timestamp of a raw message.

    Attributes:
        topic: Raw topic.
        partition: Raw partition.
        offset: Raw offset.
        stamped_at: Kafka's timestamp, UTC; never decreases within the partition.
        trace_id: Trace id of the message's headers; empty if there is none.
    """

    topic: str
    partition: int
    offset: int
    stamped_at: datetime
    trace_id: str = ""


encode_interaction: Final = msgspec.json.Encoder().encode
decode_interaction: Final = msgspec.json.Decoder(Interaction).decode


def interaction_of(event: Event, origin: Origin, rates: Rates) -> Interaction:
    """Return the interaction of a validated event.

    Args:
        event: Validated event.
        origin: Position and timestamp of its message.
        rates: Worth of the known currencies in the reporting currency.

    Raises:
        KeyError: The event's currency is not in ``rates``.
    """
    if isinstance(event, Purchase):
        return _of_purchase(event, origin, rates[event.currency])
    if isinstance(event, Return):
        return _of_return(event, origin, rates[event.currency])
    return _of_contact(event, origin)


def _of_purchase(event: Purchase, origin: Origin, rate: Decimal) -> Interaction:
    totals = [
        _EXACT.multiply(_EXACT.subtract(item.unit_price, item.discount), Decimal(item.quantity)) for item in event.items
    ]
    items = tuple(
        Item(
            item.sku,
            item.quantity,
            _money(item.unit_price),
            _convert(total, rate),
            _money(item.discount),
            item.category,
        )
        for item, total in zip(event.items, totals, strict=True)
    )
    return Interaction(
        event_id=event.event_id,
        customer_id=event.customer_id,
        type="purchase",
        occurred_at=event.occurred_at,
        stamped_at=origin.stamped_at,
        source_topic=origin.topic,
        source_partition=origin.partition,
        source_offset=origin.offset,
        order_id=event.order_id,
        currency=event.currency,
        original_amount=_money(_sum(totals)),
        amount=_sum([item.amount for item in items]),
        units=sum(item.quantity for item in items),
        items=items,
        channel=event.channel or "",
        campaign=event.campaign,
        extra=event.extra,
        trace_id=origin.trace_id,
    )


def _of_return(event: Return, origin: Origin, rate: Decimal) -> Interaction:
    totals = [_EXACT.multiply(item.refund, Decimal(item.quantity)) for item in event.items]
    items = tuple(
        Item(item.sku, item.quantity, _money(item.refund), _convert(total, rate))
        for item, total in zip(event.items, totals, strict=True)
    )
    return Interaction(
        event_id=event.event_id,
        customer_id=event.customer_id,
        type="return",
        occurred_at=event.occurred_at,
        stamped_at=origin.stamped_at,
        source_topic=origin.topic,
        source_partition=origin.partition,
        source_offset=origin.offset,
        order_id=event.order_id,
        currency=event.currency,
        original_amount=_money(_sum(totals)),
        amount=_sum([item.amount for item in items]),
        units=sum(item.quantity for item in items),
        items=items,
        reason=event.reason or "",
        extra=event.extra,
        trace_id=origin.trace_id,
    )


def _of_contact(event: SupportContact, origin: Origin) -> Interaction:
    judgement = event.agent_judgement
    return Interaction(
        event_id=event.event_id,
        customer_id=event.customer_id,
        type="support_contact",
        occurred_at=event.occurred_at,
        stamped_at=origin.stamped_at,
        source_topic=origin.topic,
        source_partition=origin.partition,
        source_offset=origin.offset,
        channel=event.channel,
        topic=event.topic,
        direction=event.direction,
        resolved=event.resolved,
        wait_seconds=event.wait_seconds,
        satisfaction=event.satisfaction,
        sentiment=judgement.sentiment if judgement else None,
        likely_to_leave=judgement.likely_to_leave if judgement else None,
        note=judgement.note if judgement else "",
        extra=event.extra,
        trace_id=origin.trace_id,
    )


def _sum(amounts: list[Decimal]) -> Decimal:
    total = amounts[0]
    for amount in amounts[1:]:
        total = _EXACT.add(total, amount)
    return total


def _convert(amount: Decimal, rate: Decimal) -> Decimal:
    return _money(_EXACT.multiply(amount, rate))


def _money(amount: Decimal) -> Decimal:
    """Round to the digits that ClickHouse keeps, without adding any."""
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and -MONEY_PLACES <= exponent <= 0:
        return amount
    return _EXACT.quantize(amount, _FINEST)
