"""Asks a new question: keeps a snapshot of this moment's features until the answer is known."""

from bisect import insort

from customers.feed.holes import Holes
from customers.policy import Policy
from customers.questions.label_horizon import drop_unused_label_horizons, label_horizon_index, settles_at
from customers.state import MILLION, Customer, Question


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
