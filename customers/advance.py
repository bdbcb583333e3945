"""Everything that is due for one customer, instant by instant, up to the watermark.

At each instant: first the facts stamped with it are folded, then questions that are due are settled, then, where a
fact was new or a review is due, the customer is judged, and at a purchase or a review a new question is asked. What
comes out depends on the facts and their stamps alone, not on how they were batched or on the order in which they came.
"""

from bisect import insort
from typing import Protocol

import msgspec

from customers.ask import ask, may_ask
from customers.facts import PURCHASE, Fact, order_of
from customers.features import Features, features_of
from customers.fold import fold
from customers.policy import Policy
from customers.schedule import due_at, schedule_review
from customers.settle import settle
from customers.state import NEVER, Customer, Question
from schemas.records import Cause, ReasonInWords, Segment


class Judgement(msgspec.Struct, frozen=True):
    """What a model and the rules around it say of a customer at one instant.

    Attributes:
        risk: Probability that nothing is bought within the horizon.
        value_at_risk: What that would cost, reporting currency.
        segment: What to do.
        reasons: Why, the strongest first.
        model_version: Which model answered.
    """

    risk: float
    value_at_risk: float
    segment: Segment
    reasons: tuple[ReasonInWords, ...]
    model_version: str


class Judge(Protocol):
    """Judges a customer; passed in, since this package knows no model."""

    def __call__(self, customer: Customer, features: Features, now: int) -> Judgement:
        """Judge the customer as it stands at ``now``, ms since 1970."""


class Scored(msgspec.Struct, frozen=True):
    """A judgement and the instant that it speaks of, ms since 1970."""

    now: int
    cause: Cause
    judgement: Judgement


class Outcome(msgspec.Struct, frozen=True):
    """What came of advancing: answers and judgements, each in order."""

    settled: list[Question] = []
    scored: list[Scored] = []
    duplicates: list[Fact] = []


def receive(customer: Customer, fact: Fact) -> None:
    """Let a fact wait in the state until the watermark reaches its stamp.

    Facts wait in the order of their stamps, then of their names, then of all else that they say: that makes folding
    repeatable to the last bit, even where upstream used one name for two events.
    """
    insort(customer.pending, fact, key=order_of)


def advance(customer: Customer, customer_id: str, until: int, policy: Policy, judge: Judge) -> Outcome:
    """Do everything that is due until the watermark.

    Args:
        customer: Changed in place.
        customer_id: Whose state it is.
        until: The watermark, ms since 1970: every fact stamped so far has been received.
        policy: When questions are asked and answered.
        judge: Judges the customer where a score is due.
    """
    outcome = Outcome()
    while (now := due_at(customer)) <= until:
        advance_once(customer, customer_id, now, policy, judge, outcome)
    return outcome


def advance_once(
    customer: Customer, customer_id: str, now: int, policy: Policy, judge: Judge, outcome: Outcome
) -> None:
    """Do what is due at the next instant alone.

    Args:
        customer: Changed in place.
        customer_id: Whose state it is.
        now: When the customer is due, as ``due_at`` says.
        policy: When questions are asked and answered.
        judge: Judges the customer where a score is due.
        outcome: Gets what comes of it.
    """
    customer.clock = now
    new = _fold_due(customer, now, policy, outcome)
    if customer.questions:
        outcome.settled.extend(settle(customer, now))
    reviewed = NEVER < customer.next_review <= now
    bought = any(fact.kind == PURCHASE for fact in new)
    if reviewed or (bought and not customer.next_review):
        schedule_review(customer, customer_id, policy.review_ms)
    if new or reviewed:
        asked = (bought or reviewed) and may_ask(customer, policy, reviewed=reviewed)
        _score(customer, "interaction" if new else "review", policy, judge, outcome, bought=bought, asked=asked)


def _fold_due(customer: Customer, now: int, policy: Policy, outcome: Outcome) -> list[Fact]:
    pending = customer.pending
    due = 0
    while due < len(pending) and pending[due].stamp <= now:
        due += 1
    new: list[Fact] = []
    for fact in pending[:due]:
        (new if fold(customer, fact, policy) else outcome.duplicates).append(fact)
    del pending[:due]
    return new


def _score(
    customer: Customer, cause: Cause, policy: Policy, judge: Judge, outcome: Outcome, *, bought: bool, asked: bool
) -> None:
    now = customer.clock
    features = features_of(customer, now, policy.horizon_days)
    judgement = judge(customer, features, now)
    customer.risk = judgement.risk
    if asked:
        ask(
            customer,
            features,
            now,
            policy,
            bought=bought,
            risk=judgement.risk,
            model_version=judgement.model_version,
        )
    outcome.scored.append(Scored(now, cause, judgement))
