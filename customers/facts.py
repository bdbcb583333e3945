"""Facts: the part of an interaction that matters to a customer's state, small enough to wait inside it."""

from collections.abc import Mapping
from hashlib import blake2b
from types import MappingProxyType
from typing import Final
from zlib import crc32

import msgspec

from customers.fact_line import UNKNOWN_CONTENT, FactLine, content_of
from schemas.events.interaction import Interaction
from schemas.events.wish import wish_of
from schemas.moments import to_ms

PURCHASE: Final = 0
RETURN: Final = 1
CONTACT: Final = 2
ACTION: Final = 3
JUDGEMENT: Final = 4
PART: Final = 5
"""A further event of an order: no purchase, but its amount. Made by folding, never received."""

TOPIC_OF_KIND: Final = ("purchases", "returns", "support_contacts", "actions_taken", "judgements")
"""Raw topics by the kind of their events."""

NO_WISHES: Final[Mapping[str, str]] = MappingProxyType({})
"""No value of ``extra`` says anything about being contacted."""

NO_ORDER: Final = 0
"""Order of a fact that was received before orders were kept; each such purchase is an order of its own."""

KEPT_NOTE: Final = 200
"""Characters kept of a person's note."""

_PLACES_OF_KINDS: Final = (1, 2, 3, 0, 0)
"""Of two events of one id and stamp at one offset, which comes first: as ``precedence`` in ClickHouse has it."""

_HARMFUL_RETURNS: Final = frozenset({"defective", "not_as_described"})
_UNHAPPY: Final = 2
_NO_ANSWERS: Final = (False, False, False, None, False)
"""Harmful, settled, unhappy, sentiment and leaving of what asks for none of them."""


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
        content: 16-bit hash of what the event says, at least 1; UNKNOWN_CONTENT if it is not known.
        partition: Raw partition; the topic is that of the kind.
        offset: Raw offset.
        event_id: Upstream's id of the event.
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
    content: int = UNKNOWN_CONTENT
    partition: int = 0
    offset: int = 0
    event_id: str = ""


def order_of(fact: Fact) -> tuple[int | float | str, ...]:
    """Return the sort key of folding; equal only for equal facts.

    Of the events of one id, the first by stamp and place comes first, which is the one that ClickHouse keeps.
    """
    told = fact.told or _NOTHING_TOLD
    return (
        fact.stamp,
        fact.event,
        fact.offset,
        -4 * fact.partition - _PLACES_OF_KINDS[fact.kind],
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
        fact.content,
        fact.event_id,
    )


def _order_of_answer(answer: bool | None) -> tuple[bool, bool]:
    return answer is None, answer is True


def fact_of(interaction: Interaction | FactLine, never: Mapping[str, str] = NO_WISHES) -> Fact:
    """Return the fact of an interaction.

    Times after Kafka's timestamp are moved back to it, so that a question never finds its answer in what was known when
    it was asked; and times before 1970 are moved to 1 ms after it, since 0 is NEVER.

    Args:
        interaction: The interaction, or those of its fields that matter.
        never: Names and values of ``extra`` of those who are never contacted; see ``schemas.events.wish``.
    """
    stamp, happened = to_ms(interaction.stamped_at), to_ms(interaction.occurred_at)
    event = int.from_bytes(blake2b(interaction.event_id.encode(), digest_size=8).digest(), "big")
    occurred = max(min(happened, stamp), 1)
    wish = wish_of(interaction.extra, never) if interaction.extra else None
    told = None if wish is None else Told(wish=wish)
    place = (interaction.source_partition, interaction.source_offset)
    known = (content_of(interaction, happened), *place, interaction.event_id)
    units, kind = interaction.units, interaction.type
    # By position, which takes half as long as by name: every event comes through here.
    if kind == "purchase":
        amount = max(float(interaction.amount), 0.0)
        order = (crc32(interaction.order_id.encode()) or 1) if interaction.order_id else NO_ORDER
        return Fact(stamp, event, PURCHASE, occurred, amount, units, *_NO_ANSWERS, told, order, *known)
    if kind == "return":
        harmful, amount = interaction.reason in _HARMFUL_RETURNS, float(interaction.amount)
        return Fact(stamp, event, RETURN, occurred, amount, units, harmful, *_NO_ANSWERS[1:], told, NO_ORDER, *known)
    if kind == "action_taken":
        told = _told(interaction, wish)
        return Fact(stamp, event, ACTION, occurred, 0.0, 0, *_NO_ANSWERS, told, NO_ORDER, *known)
    judged = kind == "judgement"
    return Fact(
        stamp,
        event,
        JUDGEMENT if judged else CONTACT,
        occurred,
        0.0,
        0,
        interaction.resolved is False,
        interaction.resolved is True,
        interaction.satisfaction is not None and interaction.satisfaction <= _UNHAPPY,
        interaction.sentiment,
        interaction.likely_to_leave is True,
        _told(interaction, wish) if judged or interaction.note else told,
        NO_ORDER,
        *known,
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
