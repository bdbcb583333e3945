"""Everything that is due for one customer, instant by instant, up to the watermark.

At each instant: first the facts stamped with it are folded, then questions that are due are settled, then, where a
fact was new or a review is due, the customer is judged, and at a purchase or a review a new question is asked. What
comes out depends on the facts and their stamps alone, not on how they were batched or on the order in which they came.
"""

from bisect import insort
from collections.abc import Sequence
from itertools import repeat
from sys import maxsize
from typing import Protocol

import msgspec

from customers.ask import ask, may_ask
from customers.facts import PURCHASE, Fact, order_of
from customers.feature_snapshot import encode_features
from customers.features import Features, features_of
from customers.fold import fold
from customers.policy import Policy
from customers.schedule import NOT_DUE, due_at, next_review, review_asks, schedule_review
from customers.settle import Settled, settle
from customers.state import NEVER, Customer
from schemas.records import Cause, LifeCycle, NextPurchase, Outlook, ReasonInWords, Segment, ValueTier


class Score(msgspec.Struct, frozen=True):
    """What a model and the rules around it say of a customer at one instant.

    Attributes:
        risk: Probability that nothing is bought within the horizon.
        value_at_risk: What that would cost, reporting currency.
        segment: What to do.
        reasons: Why, the strongest first.
        model_version: Which model answered.
        outlook: What may be bought within the horizon; None where no model says.
        next_purchase: When, if at all; None likewise.
        life_cycle: Where in the life of a customer.
        value_tier: What a year is worth, set against other customers.
        yearly_margin: That worth, reporting currency.
    """

    risk: float
    value_at_risk: float
    segment: Segment
    reasons: tuple[ReasonInWords, ...]
    model_version: str
    outlook: Outlook | None = None
    next_purchase: NextPurchase | None = None
    life_cycle: LifeCycle = ""
    value_tier: ValueTier = ""
    yearly_margin: float = 0.0


class Scorer(Protocol):
    """Judges customers; passed in, since this package knows no model."""

    def __call__(self, customers: Sequence[Customer], moments: Sequence[int], features: Features) -> Sequence[Score]:
        """Judge each customer as it stands at its moment, ms since 1970.

        What is said of one must not depend on which others are asked about with it.
        """


class Scored(msgspec.Struct, frozen=True):
    """A judgement and the instant that it speaks of, ms since 1970."""

    now: int
    cause: Cause
    judgement: Score


class AdvanceResult(msgspec.Struct, frozen=True):
    """What came of advancing: answers and judgements, each in order."""

    settled: list[Settled] = []
    scored: list[Scored] = []
    duplicates: list[Fact] = []


class Case(msgspec.Struct):
    """One customer to be advanced, and what came of it so far.

    Attributes:
        customer_id: Whose state it is.
        customer: The state, changed in place.
        due: The instant at which something is to be done next, ms since 1970; known once it has been advanced.
        outcome: Gets what comes of it.
    """

    customer_id: str
    customer: Customer
    due: int = NOT_DUE
    outcome: AdvanceResult = msgspec.field(default_factory=AdvanceResult)


class _Moment(msgspec.Struct, frozen=True):
    """A customer to be judged at the instant at which it stands."""

    case: Case
    cause: Cause
    bought: bool
    asked: bool


def receive(customer: Customer, fact: Fact) -> None:
    """Let a fact wait in the state until the watermark reaches its stamp.

    Facts wait in the order of their stamps, then of their names, then of all else that they say: that makes folding
    repeatable to the last bit, even where upstream used one name for two events.
    """
    if customer.pending:
        insort(customer.pending, fact, key=order_of)
    else:  # as almost always
        customer.pending.append(fact)


def advance(customer: Customer, customer_id: str, until: int, policy: Policy, judge: Scorer) -> AdvanceResult:
    """Do everything that is due for one customer until the watermark; see :func:`advance_all`."""
    case = Case(customer_id, customer)
    advance_all([case], until, policy, judge)
    return case.outcome


def advance_all(
    cases: Sequence[Case],
    until: int | Sequence[int],
    policy: Policy,
    judge: Scorer,
    *,
    most: int = maxsize,
    scored: bool = True,
) -> int:
    """Do what is due until the watermark, round by round: each customer's next instant, then the one after that.

    The customers of a round are judged together, which costs a fraction of judging each alone; what comes out for a
    customer does not depend on the others.

    Args:
        cases: Each customer once.
        until: The watermark, ms since 1970, of all or of each: every fact stamped so far has been received.
        policy: When questions are asked and answered.
        judge: Judges customers where a score is due.
        most: Stop after so many instants, of all customers together.
        scored: Whether scores are wanted; otherwise the judge is asked for what questions need, and reviews that ask
            none are passed over.

    Returns:
        How many instants were done; less than ``most`` where nothing is left to do.
    """
    left = most
    waiting = list(zip(cases, repeat(until) if isinstance(until, int) else until, strict=False))
    while left and waiting:
        again: list[tuple[Case, int]] = []
        moments: list[_Moment] = []
        for one in waiting:
            case, last = one
            case.due = now = due_at(case.customer)
            if now <= last and left:
                left -= 1
                again.append(one)
                moment = _begin(case, now, policy, scored=scored)
                if moment is not None and (scored or moment.asked):
                    moments.append(moment)
        if moments:
            _conclude(moments, policy, judge)
        waiting = again
    for case, _ in waiting:  # where the instants did not suffice
        case.due = due_at(case.customer)
    return most - left


def _begin(case: Case, now: int, policy: Policy, *, scored: bool) -> _Moment | None:
    """Fold what is stamped with an instant and settle what is due; a moment, where the customer is to be judged."""
    customer, outcome = case.customer, case.outcome
    customer.clock = now
    new = _fold_due(customer, now, policy, outcome)
    if customer.questions:
        outcome.settled.extend(settle(customer, now))
    reviewed = NEVER < customer.next_review <= now
    bought = bool(new) and any(fact.kind == PURCHASE for fact in new)
    if bought and customer.next_review and not scored:  # it may be at a review that was passed over
        reviewed = reviewed or next_review(case.customer_id, now - 1, policy.review_ms) == now
    if reviewed or (bought and not customer.next_review):
        schedule_review(customer, case.customer_id, policy, only_asking=not scored)
    if not (new or reviewed):
        return None
    asks = bought or (reviewed and review_asks(case.customer_id, now, policy))
    asked = asks and may_ask(customer, policy, reviewed=reviewed)
    return _Moment(case, "interaction" if new else "review", bought, asked)


def _fold_due(customer: Customer, now: int, policy: Policy, outcome: AdvanceResult) -> list[Fact]:
    pending = customer.pending
    new: list[Fact] = []
    if not pending:  # as at a review
        return new
    due = 0
    while due < len(pending) and pending[due].stamp <= now:
        due += 1
    for fact in pending[:due]:
        (new if fold(customer, fact, policy) else outcome.duplicates).append(fact)
    del pending[:due]
    return new


def _conclude(moments: Sequence[_Moment], policy: Policy, judge: Scorer) -> None:
    """Judge all together, then ask the questions that are to be asked."""
    customers = [moment.case.customer for moment in moments]
    instants = [customer.clock for customer in customers]
    features = features_of(customers, instants, policy.horizon_days)
    judgements = judge(customers, instants, features)
    for moment, customer, judgement, frozen in zip(
        moments, customers, judgements, encode_features(features), strict=True
    ):
        if moment.asked:
            ask(
                customer,
                frozen,
                policy,
                bought=moment.bought,
                risk=judgement.risk,
                model_version=judgement.model_version,
            )
        moment.case.outcome.scored.append(Scored(customer.clock, moment.cause, judgement))
