"""Advances customers up to the watermark: everything that is due for each, instant by instant.

At each instant the facts stamped with it are folded, then due questions are settled; then, if a fact was new or a
review is due, the customer is scored, and at a purchase or a review of the grid a new question may be asked. Last, the
alert changes and the next review is set. A further event of the order at which the latest question was asked asks it
anew, as of the same instant, while the visit lasts: an order is one purchase, however it is split. The result depends
on the facts and their stamps alone, not on batches or on the order of arrival.
"""

from bisect import insort
from collections.abc import Sequence
from itertools import repeat
from sys import maxsize
from typing import Protocol

from customers.case import AdvanceResult, Case, Moment, Scored, TimePassed
from customers.facts import PURCHASE, Fact, order_of
from customers.features.feature_snapshot import encode_features
from customers.features.features import Features, features_of
from customers.feed.heard_time import in_heard_time
from customers.feed.holes import NO_HOLES, Holes
from customers.fold import fold
from customers.memory import is_reused
from customers.policy import Policy
from customers.questions.ask import ask, ask_anew, may_ask, visit_of
from customers.questions.settle import settle
from customers.reviews.looks import NOTHING_PLANNED, Looked, Planned, Planner
from customers.reviews.schedule import due_at, is_on_grid, pass_silent_reviews, review_asks, schedule_review
from customers.reviews.takeover import ModelTakeovers
from customers.state import NEVER, Customer
from schemas.records.score import Score


class Scorer(Protocol):
    """Scores customers; passed in, since this package knows no model."""

    def __call__(self, customers: Sequence[Customer], moments: Sequence[int], features: Features) -> Sequence[Score]:
        """Score customers; a customer's score must not depend on the others.

        Args:
            customers: States with everything folded up to their moments.
            moments: Instant of each, ms since 1970.
            features: Their features at these instants.
        """


def receive(customer: Customer, fact: Fact) -> None:
    """Add a fact to those that wait in the state until the watermark reaches their stamps.

    Facts wait in the order of their stamps, then of their event ids, then of everything else: so folding is repeatable
    to the last bit, even if upstream used one event id twice.
    """
    if customer.pending:
        insort(customer.pending, fact, key=order_of)
    else:  # as almost always
        customer.pending.append(fact)


def advance(
    customer: Customer,
    customer_id: str,
    until: int,
    policy: Policy,
    scorer: Scorer,
    holes: Holes = NO_HOLES,
    planner: Planner | None = None,
) -> AdvanceResult:
    """Advance one customer; see :func:`advance_all`."""
    case = Case(customer_id, customer)
    advance_all([case], until, policy, scorer, holes, planner)
    return case.result


def advance_all(
    cases: Sequence[Case],
    until: int | Sequence[int],
    policy: Policy,
    scorer: Scorer,
    holes: Holes = NO_HOLES,
    planner: Planner | None = None,
    *,
    takeovers: ModelTakeovers | None = None,
    most: int = maxsize,
    scored: bool = True,
) -> int:
    """Advance customers to the watermark in rounds: up to each customer's next score, then to the one after that.

    The customers of a round are scored together, which costs a fraction of scoring each alone; the result for a
    customer does not depend on the others.

    Args:
        cases: Each customer once.
        until: Watermark of all or of each, ms since 1970; every fact stamped up to it has been received.
        policy: Times of questions and reviews.
        scorer: Scores customers.
        holes: Holes of the purchases, known up to the watermark; reviews in them are skipped.
        planner: Changes alerts and plans looks after scores; without one there are no alerts, and the reviews are those
            of the grid.
        takeovers: Takeovers of models, at which everyone is looked at; those that begin by the watermark are known.
        most: Limit of the instants done, over all customers.
        scored: True if scores are wanted; otherwise customers are scored only where a question needs it, and reviews
            that ask none are skipped. Goes without a planner.

    Returns:
        The number of instants done; less than ``most`` if nothing is left to do.
    """
    left = most
    if takeovers is not None and not takeovers.known:  # as almost always
        takeovers = None
    waiting = list(zip(cases, repeat(until) if isinstance(until, int) else until, strict=False))
    while left and waiting:
        again: list[tuple[Case, int]] = []
        moments: list[Moment] = []
        for place, one in enumerate(waiting, 1):
            own = max(left - len(waiting) + place, min(left, 1))  # one is left to each of those that follow
            moment, done = _next_moment(*one, own, policy, holes, planner, takeovers, scored=scored)
            left -= done
            if moment is not None:
                moments.append(moment)
                again.append(one)
        if moments:
            _score_and_ask(moments, policy, scorer, holes, planner)
        waiting = again
    for case, last in waiting:  # not reached within ``most`` instants
        if takeovers is not None:
            takeovers.plan(case.customer, case.customer_id, last)
        case.due = _due(case, last, takeovers)
    return most - left


def _next_moment(
    case: Case,
    until: int,
    most: int,
    policy: Policy,
    holes: Holes,
    planner: Planner | None,
    takeovers: ModelTakeovers | None,
    *,
    scored: bool,
) -> tuple[Moment | None, int]:
    """Do what is due for a customer until it is to be scored; return that moment, if any, and the instants done.

    So the customers of a round are as many as can be: instants without a score, where a question is answered or an
    outcome settled, take no round of their own.
    """
    done = 0
    while True:
        if takeovers is not None:
            takeovers.plan(case.customer, case.customer_id, until)
        if holes:
            pass_silent_reviews(case.customer, case.customer_id, until, policy, holes, only_asking=not scored)
        case.due = _due(case, until, takeovers)
        if case.due > until or done == most:
            return None, done
        done += 1
        moment = _begin(case, policy, holes, planner, scored=scored)
        if moment is not None and (scored or moment.asked or moment.visit):
            return moment, done


def _due(case: Case, until: int, takeovers: ModelTakeovers | None) -> int:
    """Return when something is due next; a takeover that begins after the watermark is not in the state yet."""
    due = due_at(case.customer)
    return due if takeovers is None else min(due, takeovers.next_look(case.customer, case.customer_id, until))


def _begin(case: Case, policy: Policy, holes: Holes, planner: Planner | None, *, scored: bool) -> Moment | None:
    """Fold and settle what is due at the next instant; return a moment if the customer is to be scored."""
    customer, result, now = case.customer, case.result, case.due
    customer.clock = now
    new = _fold_due(customer, now, policy, holes, result)
    if customer.questions:
        result.settled.extend(settle(customer, now, holes))
    reviewed = NEVER < customer.next_review <= now
    bought = bool(new) and any(fact.kind == PURCHASE for fact in new)
    # A purchase without scores may fall on a review that was skipped.
    skipped = bought and bool(customer.next_review) and not scored and not holes.is_silent(now)
    on_grid = (reviewed or skipped) and is_on_grid(case.customer_id, now, policy.review_ms)
    if planner is None and (reviewed or (bought and not customer.next_review)):  # a planner schedules after the score
        schedule_review(customer, case.customer_id, policy, only_asking=not scored)
    has_retention_due = NEVER < customer.retention_due <= now
    if has_retention_due:
        customer.retention_due = NEVER
    if not (new or reviewed):
        if has_retention_due and planner is not None:
            result.passed.append(TimePassed(now, planner.pass_time(case.customer_id, customer, holes)))
        return None
    asks = bought or (on_grid and review_asks(case.customer_id, now, policy))
    asked = asks and may_ask(customer, policy, holes, reviewed=on_grid)
    return Moment(case, new, bought, asked, NEVER if bought else visit_of(customer, new))


def _fold_due(customer: Customer, now: int, policy: Policy, holes: Holes, result: AdvanceResult) -> list[Fact]:
    pending = customer.pending
    new: list[Fact] = []
    if not pending:  # as at a review
        return new
    due = 0
    while due < len(pending) and pending[due].stamp <= now:
        due += 1
    for fact in pending[:due]:
        folded = fold(customer, fact, policy, holes)
        if folded is None:
            (result.reused if is_reused(customer, fact) else result.duplicates).append(fact)
        else:
            new.append(folded)
    del pending[:due]
    return new


def _score_and_ask(
    moments: Sequence[Moment], policy: Policy, scorer: Scorer, holes: Holes, planner: Planner | None
) -> None:
    """Score all customers of a round together, ask the questions that are due, and plan the next looks."""
    customers = [moment.case.customer for moment in moments]
    instants = [customer.clock for customer in customers]
    heard = customers
    if holes:
        heard = [in_heard_time(one, now, holes) for one, now in zip(customers, instants, strict=True)]
    features = features_of(heard, [moment.as_of for moment in moments], policy.horizon_days)
    scores = scorer(heard, instants, features)
    for moment, customer, score, snapshot in zip(moments, customers, scores, encode_features(features), strict=True):
        if moment.asked:
            ask(
                customer,
                snapshot,
                policy,
                bought=moment.bought,
                risk=score.risk,
                model_version=score.model_version,
            )
        elif moment.visit:
            ask_anew(customer, snapshot, risk=score.risk, model_version=score.model_version)
    planned: Sequence[Planned] = [NOTHING_PLANNED] * len(moments)
    if planner is not None:
        looked = [
            Looked(moment.case.customer_id, one, state, score, moment.bought or bool(moment.visit), holes, moment.facts)
            for moment, one, state, score in zip(moments, customers, heard, scores, strict=True)
        ]
        planned = planner(looked, features)
    for moment, score, follows in zip(moments, scores, planned, strict=True):
        moment.case.result.scored.append(Scored(moment.case.customer.clock, moment.cause, score, follows))
