"""Asks a new question: keeps a snapshot of this moment's features until the answer is known."""

from bisect import insort
from collections.abc import Iterable
from typing import Final

from customers.facts import PART, Fact
from customers.feed.holes import Holes
from customers.policy import Policy
from customers.questions.label_horizon import drop_unused_label_horizons, label_horizon_index, settles_at
from customers.state import MILLION, NEVER, ORDER_HASH_BYTES, Customer, Question
from schemas.moments import HOUR_MS

VISIT_MS: Final = HOUR_MS
"""Time after a purchase in which further events of its order belong to the question asked at it.

What comes later, such as a part that was out of stock, counts for the order, but was not known when it was asked."""


def may_ask(customer: Customer, policy: Policy, holes: Holes, *, reviewed: bool) -> bool:
    """Return True if one more question fits; the number of open ones is bounded, whatever a customer does.

    A question is identified by its instant, so that there is one at most: a late fact at an instant that was done
    before brings no second one. While a silence lies in a hole that ended less than a horizon ago, nobody knows how
    silent the customer was: what follows would teach that short silences end badly.

    Args:
        customer: State at the instant.
        policy: Limits of open questions, and the horizon.
        holes: Holes of the purchases, known up to the instant.
        reviewed: True at a review. Some room is reserved for reviews: otherwise all questions of a frequent buyer would
            be asked at purchases, and the model would not learn how buyers fall silent.
    """
    questions = customer.questions
    if questions and questions[-1].asked_at == customer.clock:
        return False
    if holes and holes.blur(customer.last_purchase, customer.clock, policy.horizon_ms):
        return False
    most = policy.max_open_questions if reviewed else policy.max_open_at_purchases
    return bool(customer.purchases) and len(questions) < most


def ask(customer: Customer, features: bytes, policy: Policy, *, bought: bool, risk: float, model_version: str) -> None:
    """Ask whether the customer will buy within the horizon after the present instant.

    Args:
        customer: Receives the question.
        features: Snapshot of this moment's features.
        policy: Horizon and grace of the question.
        bought: True at a purchase, False at a review.
        risk: Probability of leaving predicted now.
        model_version: Version of the model that predicted it.
    """
    question = Question(
        asked_at=customer.clock,
        label_horizon=label_horizon_index(customer, policy),
        bought=bought,
        features=features,
        risk_millionths=round(risk * MILLION),
        model_version=model_version,
    )
    questions = customer.questions
    if len(customer.label_horizons) > 1:  # the horizon may have been made shorter
        insort(questions, question, key=lambda open_question: settles_at(customer, open_question))
        drop_unused_label_horizons(customer)
    else:
        questions.append(question)


def visit_of(customer: Customer, facts: Iterable[Fact]) -> int:
    """Return the instant of the latest question if new facts belong to the order that it was asked at, else NEVER.

    Args:
        customer: State with the facts folded.
        facts: New facts of the present instant.
    """
    if not customer.questions or not any(fact.kind == PART for fact in facts):  # as almost always
        return NEVER
    question = customer.questions[-1]
    is_fresh = question.bought and not question.purchases and customer.clock - question.asked_at <= VISIT_MS
    latest = int.from_bytes(customer.orders[-ORDER_HASH_BYTES:], "big")
    return question.asked_at if is_fresh and any(fact.order == latest for fact in facts) else NEVER


def ask_anew(customer: Customer, features: bytes, *, risk: float, model_version: str) -> None:
    """Replace what the latest question was asked with, since the purchase that it was asked at has gone on.

    Args:
        customer: Has the question.
        features: Snapshot of the features as of the question.
        risk: Probability of leaving predicted now.
        model_version: Version of the model that predicted it.
    """
    question = customer.questions[-1]
    question.features, question.risk_millionths = features, round(risk * MILLION)
    question.model_version = model_version
