"""Interactions: validated events as lines, in the columns of the ClickHouse table."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final

import msgspec

from schemas.events.action_events import ActionTaken, Judgement
from schemas.events.money import convert, minus, rounded, sum_of, times
from schemas.events.raw_events import Event, EventType, Purchase, Return, SupportContact

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
        type: purchase, return, support_contact, action_taken or judgement.
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
        sentiment: Mood of the customer by somebody's judgement, -2 to 2.
        likely_to_leave: True if they expect the customer to leave.
        note: Their own words.
        decision_id: Decision that an action carries out.
        action: Name of the action taken.
        by: Who acted or judged.
        result: What came of the action, or a step on the way to that.
        until: End of a claim, or moment at which what was snoozed comes back, UTC; null if there is none.
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
    decision_id: str = ""
    action: str = ""
    by: str = ""
    result: str = ""
    until: datetime | None = None
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
    line = partial(
        Interaction,
        event_id=event.event_id,
        customer_id=event.customer_id,
        type=event.type,
        occurred_at=event.occurred_at,
        stamped_at=origin.stamped_at,
        source_topic=origin.topic,
        source_partition=origin.partition,
        source_offset=origin.offset,
        extra=event.extra,
        trace_id=origin.trace_id,
    )
    if isinstance(event, Purchase):
        return _of_purchase(event, line, rates[event.currency])
    if isinstance(event, Return):
        return _of_return(event, line, rates[event.currency])
    if isinstance(event, SupportContact):
        return _of_contact(event, line)
    return _of_action(event, line) if isinstance(event, ActionTaken) else _of_judgement(event, line)


def _of_purchase(event: Purchase, line: partial[Interaction], rate: Decimal) -> Interaction:
    totals = [times(minus(item.unit_price, item.discount), item.quantity) for item in event.items]
    items = tuple(
        Item(
            item.sku,
            item.quantity,
            rounded(item.unit_price),
            convert(total, rate),
            rounded(item.discount),
            item.category,
        )
        for item, total in zip(event.items, totals, strict=True)
    )
    return line(
        order_id=event.order_id,
        currency=event.currency,
        original_amount=rounded(sum_of(totals)),
        amount=sum_of([item.amount for item in items]),
        units=sum(item.quantity for item in items),
        items=items,
        channel=event.channel or "",
        campaign=event.campaign,
    )


def _of_return(event: Return, line: partial[Interaction], rate: Decimal) -> Interaction:
    totals = [times(item.refund, item.quantity) for item in event.items]
    items = tuple(
        Item(item.sku, item.quantity, rounded(item.refund), convert(total, rate))
        for item, total in zip(event.items, totals, strict=True)
    )
    return line(
        order_id=event.order_id,
        currency=event.currency,
        original_amount=rounded(sum_of(totals)),
        amount=sum_of([item.amount for item in items]),
        units=sum(item.quantity for item in items),
        items=items,
        reason=event.reason or "",
    )


def _of_contact(event: SupportContact, line: partial[Interaction]) -> Interaction:
    judgement = event.agent_judgement
    return line(
        channel=event.channel,
        topic=event.topic,
        direction=event.direction,
        resolved=event.resolved,
        wait_seconds=event.wait_seconds,
        satisfaction=event.satisfaction,
        sentiment=judgement.sentiment if judgement else None,
        likely_to_leave=judgement.likely_to_leave if judgement else None,
        note=judgement.note if judgement else "",
    )


def _of_action(event: ActionTaken, line: partial[Interaction]) -> Interaction:
    return line(
        decision_id=event.decision_id or "",
        action=event.action,
        by=event.by,
        result=event.result,
        note=event.note,
        until=event.until,
    )


def _of_judgement(event: Judgement, line: partial[Interaction]) -> Interaction:
    return line(by=event.by, sentiment=event.sentiment, likely_to_leave=event.likely_to_leave, note=event.note)
