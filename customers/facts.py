"""Facts: the part of an interaction that matters to a customer's state, small enough to wait inside it."""

from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Final

import msgspec

from schemas.events import EventType
from schemas.interaction import Interaction
from schemas.moments import to_ms

PURCHASE: Final = 0
RETURN: Final = 1
CONTACT: Final = 2

_HARMFUL_RETURNS: Final = frozenset({"defective", "not_as_described"})
_UNHAPPY: Final = 2


class Fact(msgspec.Struct, array_like=True, frozen=True):
    """An interaction reduced to what the state needs.

    Attributes:
        stamp: Kafka's timestamp, ms since 1970.
        event: 64-bit hash of the event id.
        kind: PURCHASE, RETURN or CONTACT.
        occurred: Time of the event, ms since 1970.
        amount: Amount bought or refunded, reporting currency.
        units: Number of units bought or returned.
        harmful: True for a return of something defective or not as described, and for an unresolved contact.
        settled: True for a resolved contact.
        unhappy: True for a contact that was rated 1 or 2.
        sentiment: The agent's judgement of the mood, -2 to 2; None if none was given.
        leaving: True if the agent expects the customer to leave.
    """

    stamp: int
    event: int
    kind: int
    occurred: int
    amount: float = 0.0
    units: int = 0
    harmful: bool = False
    settled: bool = False
    unhappy: bool = False
    sentiment: int | None = None
    leaving: bool = False


def order_of(fact: Fact) -> tuple[int | float, ...]:
    """Return the sort key of folding; equal only for equal facts."""
    return (
        fact.stamp,
        fact.event,
        fact.kind,
        fact.occurred,
        fact.amount,
        fact.units,
        fact.harmful,
        fact.settled,
        fact.unhappy,
        fact.leaving,
        fact.sentiment is None,
        fact.sentiment or 0,
    )


class FactLine(msgspec.Struct, frozen=True, kw_only=True):
    """Fields of an interaction that facts need; decoding only these halves the time of decoding a line."""

    event_id: str
    customer_id: str
    type: EventType
    occurred_at: datetime
    stamped_at: datetime
    amount: Decimal = Decimal(0)
    units: int = 0
    reason: str = ""
    resolved: bool | None = None
    satisfaction: int | None = None
    sentiment: int | None = None
    likely_to_leave: bool | None = None
    trace_id: str = ""


decode_line: Final = msgspec.json.Decoder(FactLine).decode


def fact_of(interaction: Interaction | FactLine) -> Fact:
    """Return the fact of an interaction.

    Times after Kafka's timestamp are moved back to it, so that a question never finds its answer in what was known when
    it was asked; and times before 1970 are moved to 1 ms after it, since 0 is NEVER.
    """
    stamp = to_ms(interaction.stamped_at)
    event = int.from_bytes(blake2b(interaction.event_id.encode(), digest_size=8).digest(), "big")
    occurred = max(min(to_ms(interaction.occurred_at), stamp), 1)
    if interaction.type == "purchase":
        return Fact(stamp, event, PURCHASE, occurred, max(float(interaction.amount), 0.0), interaction.units)
    if interaction.type == "return":
        harmful = interaction.reason in _HARMFUL_RETURNS
        return Fact(stamp, event, RETURN, occurred, float(interaction.amount), interaction.units, harmful)
    return Fact(
        stamp,
        event,
        CONTACT,
        occurred,
        harmful=interaction.resolved is False,
        settled=interaction.resolved is True,
        unhappy=interaction.satisfaction is not None and interaction.satisfaction <= _UNHAPPY,
        sentiment=interaction.sentiment,
        leaving=interaction.likely_to_leave is True,
    )
