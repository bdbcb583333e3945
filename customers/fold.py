"""Folds facts into states."""

from collections.abc import Iterable
from math import exp2

import msgspec

from customers.facts import CONTACT, JUDGEMENT, PART, PURCHASE, RETURN, Fact
from customers.feed.holes import NO_HOLES, Holes
from customers.memory import is_remembered, remember
from customers.orders import keep_order, move_order, time_of_order
from customers.policy import Policy
from customers.state import (
    CONTACTS_30,
    EVENT_HASH_BYTES,
    HALF_LIVES,
    HARMFUL_RETURNS_90,
    NEVER,
    PURCHASES_7,
    PURCHASES_30,
    PURCHASES_90,
    PURCHASES_365,
    RETURNS_90,
    SPEND_90,
    SPEND_365,
    SUM_HALF_LIVES,
    UNHAPPY_90,
    UNRESOLVED_90,
    Customer,
)
from schemas.moments import DAY_MS

_WEEK, _MONTH, _QUARTER, _YEAR = (-1.0 / (half_life * DAY_MS) for half_life in HALF_LIVES)
_ALL_LEFT = (1.0, 1.0, 1.0, 1.0)


def decay(elapsed_ms: int) -> tuple[float, float, float, float]:
    """Return the share left of one after a time, ms, for each half-life."""
    if not elapsed_ms:
        return _ALL_LEFT
    return (
        exp2(elapsed_ms * _WEEK),
        exp2(elapsed_ms * _MONTH),
        exp2(elapsed_ms * _QUARTER),
        exp2(elapsed_ms * _YEAR),
    )


def yearly_decay(elapsed_ms: int) -> float:
    """Return the share left of one after a time, ms, for the longest half-life alone."""
    left: float = exp2(elapsed_ms * _YEAR)
    return left


def fold(customer: Customer, fact: Fact, policy: Policy, holes: Holes = NO_HOLES) -> Fact | None:
    """Fold a fact into a state, in place.

    Args:
        customer: The state.
        fact: The fact.
        policy: Number of event hashes to remember.
        holes: Holes of the purchases, in which sums do not decay.

    Returns:
        The fact if it was new, as a PART at the time of its order where it belongs to an earlier purchase; None for an
        event folded before, which changes nothing.
    """
    event_hash = fact.event.to_bytes(EVENT_HASH_BYTES, "big")
    if event_hash in customer.remembered and is_remembered(customer, fact.event):
        return None
    remember(customer, fact, policy.remembered_events)
    first_seen = customer.first_seen
    customer.first_seen = fact.occurred if first_seen == NEVER else min(first_seen, fact.occurred)
    if fact.kind <= CONTACT:
        return _fold_activity(customer, fact, holes)
    customer.told += 1
    if fact.kind == JUDGEMENT:
        _fold_judgement(customer, fact)
    return fact


def _fold_activity(customer: Customer, fact: Fact, holes: Holes) -> Fact:
    """Fold what the customer did, which the decayed sums add up; return it as it counts."""
    left = _share_left(customer, fact.occurred, holes)
    if fact.kind == PURCHASE:
        _add_amount(customer, fact, left)
        ordered = time_of_order(customer, fact.order)
        if ordered != NEVER:
            return _fold_part(customer, fact, ordered, left, holes)
        _fold_purchase(customer, fact, left)
    elif fact.kind == RETURN:
        _fold_return(customer, fact, left)
    else:
        _fold_contact(customer, fact, left)
    return fact


def _share_left(customer: Customer, occurred: int, holes: Holes) -> tuple[float, ...]:
    """Decay the sums up to a newer fact, or return the share left of an older fact as of the sums' moment."""
    if occurred > customer.as_of:
        if customer.as_of != NEVER:
            left = decay(_heard(customer, customer.as_of, occurred, holes))
            customer.sums = [total * left[index] for total, index in zip(customer.sums, SUM_HALF_LIVES, strict=True)]
        customer.as_of = occurred
        return _ALL_LEFT
    return decay(_heard(customer, occurred, customer.as_of, holes))


def _heard(customer: Customer, start: int, end: int, holes: Holes) -> int:
    return holes.heard(start, end, customer.clock) if holes else end - start


def _add_amount(customer: Customer, fact: Fact, left: Iterable[float]) -> None:
    _, _, quarter, year = left
    customer.sums[SPEND_90] += fact.amount * quarter
    customer.sums[SPEND_365] += fact.amount * year
    customer.spend += fact.amount
    customer.units += fact.units


def _fold_purchase(customer: Customer, fact: Fact, left: Iterable[float]) -> None:
    _add_count(customer, left)
    customer.purchases += 1
    first = customer.first_purchase
    customer.first_purchase = fact.occurred if first == NEVER else min(first, fact.occurred)
    keep_order(customer, fact.order, fact.occurred)
    _answer_questions(customer, NEVER, fact.occurred, fact.amount)


def _fold_part(customer: Customer, fact: Fact, ordered: int, left: tuple[float, ...], holes: Holes) -> Fact:
    """Fold a further event of an order; where it had occurred before the others, the order moves to its time.

    Args:
        customer: The state, with the amount added.
        fact: The event.
        ordered: Time of the order so far, ms since 1970.
        left: Share left of the event in the decayed sums.
        holes: Holes of the purchases.
    """
    customer.parts += 1
    moment = min(ordered, fact.occurred)
    if moment < ordered:
        before = _share_left(customer, ordered, holes)
        _add_count(customer, [earlier - later for earlier, later in zip(left, before, strict=True)])
        customer.first_purchase = min(customer.first_purchase, moment)
        move_order(customer, fact.order, moment)
    _answer_questions(customer, ordered, moment, fact.amount)
    return msgspec.structs.replace(fact, kind=PART, occurred=moment)


def _add_count(customer: Customer, left: Iterable[float]) -> None:
    week, month, quarter, year = left
    sums = customer.sums
    sums[PURCHASES_7] += week
    sums[PURCHASES_30] += month
    sums[PURCHASES_90] += quarter
    sums[PURCHASES_365] += year


def _answer_questions(customer: Customer, before: int, moment: int, amount: float) -> None:
    """Count a purchase for the open questions within whose horizons it lies, and its amount.

    Args:
        customer: The state.
        before: Time of the purchase so far, if this is a further event of it, ms since 1970; else NEVER.
        moment: Its time now.
        amount: Of this event, reporting currency.
    """
    horizons = customer.label_horizons
    for question in customer.questions:
        after, horizon = moment - question.asked_at, horizons[question.label_horizon].horizon_ms
        counted = 0 < before - question.asked_at <= horizon
        if 0 < after <= horizon:
            question.purchases += not counted
            question.amount += amount
            earliest = question.bought_after
            if earliest == NEVER or after < earliest:
                question.bought_after = after
        elif counted:
            question.purchases -= 1
            if not question.purchases:
                question.amount, question.bought_after = 0.0, NEVER


def _fold_return(customer: Customer, fact: Fact, left: Iterable[float]) -> None:
    _, _, quarter, _ = left
    customer.sums[RETURNS_90] += quarter
    customer.returns += 1
    customer.refunds += fact.amount
    customer.last_return = max(customer.last_return, fact.occurred)
    if fact.harmful:
        customer.sums[HARMFUL_RETURNS_90] += quarter
        customer.last_harmful_return = max(customer.last_harmful_return, fact.occurred)


def _fold_contact(customer: Customer, fact: Fact, left: Iterable[float]) -> None:
    _, month, quarter, _ = left
    customer.sums[CONTACTS_30] += month
    customer.contacts += 1
    customer.last_contact = max(customer.last_contact, fact.occurred)
    if fact.harmful:
        customer.sums[UNRESOLVED_90] += quarter
        customer.last_unresolved = max(customer.last_unresolved, fact.occurred)
    if fact.settled:
        customer.last_resolved = max(customer.last_resolved, fact.occurred)
    if fact.unhappy:
        customer.sums[UNHAPPY_90] += quarter
    _fold_judgement(customer, fact)


def _fold_judgement(customer: Customer, fact: Fact) -> None:
    """Keep the latest judgement that says something; of two at one moment the more negative, whatever their order."""
    if fact.sentiment is None and not fact.leaving and (fact.told is None or fact.told.likely_to_leave is None):
        return  # only a note
    by = fact.told.by if fact.told is not None else ""
    judgement = (fact.occurred, fact.leaving, -(fact.sentiment or 0), by)
    if judgement > (customer.last_judged, customer.leaving, -customer.sentiment, customer.judged_by):
        customer.last_judged = fact.occurred
        customer.leaving = fact.leaving
        customer.sentiment = fact.sentiment or 0
        customer.judged_by = by
