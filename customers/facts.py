"""Facts: the part of an interaction that matters to a customer's state, small enough to wait inside it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from types import MappingProxyType
from typing import Final
from zlib import crc32

import msgspec

from schemas.events.interaction import Interaction
from schemas.events.raw_events import EventType
from schemas.events.wish import wish_of
from schemas.moments import to_ms

PURCHASE: Final = 0
RETURN: Final = 1
CONTACT: Final = 2
ACTION: Final = 3
JUDGEMENT: Final = 4
PART: Final = 5
"""A further event of an order: no purchase, but its amount. Made by folding, never received."""

NO_WISHES: Final[Mapping[str, str]] = MappingProxyType({})
"""No value of ``extra`` says anything about being contacted."""

NO_ORDER: Final = 0
"""Order of a fact that was received before orders were kept; each such purchase is an order of its own."""

KEPT_NOTE: Final = 200
"""Characters kept of a person's note."""

_HARMFUL_RETURNS: Final = frozenset({"defective", "not_as_described"})
_UNHAPPY: Final = 2


class Told(msgspec.Struct, array_like=True, frozen=True):
    """Words of an interaction: of few, and of no weight in a customer's numbers.

    Attributes:
        action: Name of the action taken.
        result: What came of it.
        decision_id: Decision that it carries out; empty if there is none.
        by: Who acted or judged.
        note: Beginning of their own words, or of a support agent's.
        likely_to_leave: True or False if a judgement says so.
        wish: True if the event says that the customer must not be contacted, False if it says that they may be.
    """

    action: str = ""
    result: str = ""
    decision_id: str = ""
    by: str = ""
    note: str = ""
    likely_to_leave: bool | None = None
    wish: bool | None = None


_NOTHING_TOLD: Final = Told()


class Fact(msgspec.Struct, array_like=True, frozen=True):
    """An interaction reduced to what the state needs.

    Attributes:
        stamp: Kafka's timestamp, ms since 1970.
        event: 64-bit hash of the event id.
        kind: PURCHASE, RETURN, CONTACT, ACTION or JUDGEMENT; PART once it is folded.
        occurred: Time of the event, ms since 1970.
        amount: Amount bought or refunded, reporting currency.
        units: Number of units bought or returned.
        harmful: True for a return of something defective or not as described, and for an unresolved contact.
        settled: True for a resolved contact.
        unhappy: True for a contact that was rated 1 or 2.
        sentiment: Judgement of the mood by somebody who knows the customer, -2 to 2; None if none was given.
        leaving: True if they expect the customer to leave.
        told: Words that matter to deciding; None if there are none.
        order: 32-bit hash of a purchase's order id, at least 1; NO_ORDER if it is not known.
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
    told: Told | None = None
    order: int = NO_ORDER


def order_of(fact: Fact) -> tuple[int | float | str, ...]:
    """Return the sort key of folding; equal only for equal facts."""
    told = fact.told or _NOTHING_TOLD
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
        fact.told is None,
        told.action,
        told.result,
        told.decision_id,
        told.by,
        told.note,
        *_order_of_answer(told.likely_to_leave),
        *_order_of_answer(told.wish),
        fact.order,
    )


def _order_of_answer(answer: bool | None) -> tuple[bool, bool]:
    return answer is None, answer is True


class FactLine(msgspec.Struct, frozen=True, kw_only=True):
    """Fields of an interaction that facts need; decoding only these halves the time of decoding a line."""

    event_id: str
    customer_id: str
    type: EventType
    occurred_at: datetime
    stamped_at: datetime
    order_id: str = ""
    amount: Decimal = Decimal(0)
    units: int = 0
    reason: str = ""
    resolved: bool | None = None
    satisfaction: int | None = None
    sentiment: int | None = None
    likely_to_leave: bool | None = None
    decision_id: str = ""
    action: str = ""
    by: str = ""
    result: str = ""
    note: str = ""
    extra: dict[str, str] | None = None
    trace_id: str = ""


decode_line: Final = msgspec.json.Decoder(FactLine).decode


def fact_of(interaction: Interaction | FactLine, never: Mapping[str, str] = NO_WISHES) -> Fact:
    """Return the fact of an interaction.

    Times after Kafka's timestamp are moved back to it, so that a question never finds its answer in what was known when
    it was asked; and times before 1970 are moved to 1 ms after it, since 0 is NEVER.

    Args:
        interaction: The interaction, or those of its fields that matter.
        never: Names and values of ``extra`` of those who are never contacted; see ``schemas.events.wish``.
    """
    stamp = to_ms(interaction.stamped_at)
    event = int.from_bytes(blake2b(interaction.event_id.encode(), digest_size=8).digest(), "big")
    occurred = max(min(to_ms(interaction.occurred_at), stamp), 1)
    wish = wish_of(interaction.extra, never) if interaction.extra else None
    told = None if wish is None else Told(wish=wish)
    if interaction.type == "purchase":
        amount = max(float(interaction.amount), 0.0)
        order = (crc32(interaction.order_id.encode()) or 1) if interaction.order_id else NO_ORDER
        return Fact(stamp, event, PURCHASE, occurred, amount, interaction.units, told=told, order=order)
    if interaction.type == "return":
        harmful = interaction.reason in _HARMFUL_RETURNS
        return Fact(stamp, event, RETURN, occurred, float(interaction.amount), interaction.units, harmful, told=told)
    if interaction.type == "action_taken":
        return Fact(stamp, event, ACTION, occurred, told=_told(interaction, wish))
    judged = interaction.type == "judgement"
    return Fact(
        stamp,
        event,
        JUDGEMENT if judged else CONTACT,
        occurred,
        harmful=interaction.resolved is False,
        settled=interaction.resolved is True,
        unhappy=interaction.satisfaction is not None and interaction.satisfaction <= _UNHAPPY,
        sentiment=interaction.sentiment,
        leaving=interaction.likely_to_leave is True,
        told=_told(interaction, wish) if judged or interaction.note else told,
    )


def _told(interaction: Interaction | FactLine, wish: bool | None) -> Told:
    return Told(
        interaction.action,
        interaction.result,
        interaction.decision_id,
        interaction.by,
        interaction.note[:KEPT_NOTE],
        interaction.likely_to_leave if interaction.type == "judgement" else None,
        wish,
    )
