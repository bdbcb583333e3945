"""A new question: the features of this moment are frozen, and the answer is awaited."""

from bisect import insort

from customers.label_horizon import drop_unused_label_horizons, label_horizon_index, settles_at
from customers.policy import Policy
from customers.state import MILLION, Customer, Question


def may_ask(customer: Customer, policy: Policy, *, reviewed: bool) -> bool:
    """Whether one more question fits; the number of open ones is bounded, whatever a customer does.

    An instant has one question, which is named by it: a fact that came after its time, and so at an instant that was
    dealt with before, brings no second one.

    Args:
        customer: As it stands.
        policy: How many fit.
        reviewed: Asked at a review. Room for these is kept free: the questions of a frequent buyer would else all be
            asked at purchases, and nothing be learnt of how buyers fall silent.
    """
    questions = customer.questions
    if questions and questions[-1].asked_at == customer.clock:
        return False
    most = policy.max_open_questions if reviewed else policy.max_open_at_purchases
    return bool(customer.purchases) and len(questions) < most


def ask(customer: Customer, features: bytes, policy: Policy, *, bought: bool, risk: float, model_version: str) -> None:
    """Ask whether the customer will buy within the horizon after the instant at which it stands.

    Args:
        customer: Gets the question, in place.
        features: Of this moment, frozen.
        policy: How far the question looks ahead.
        bought: Asked at a purchase; otherwise at a review.
        risk: The probability of leaving that is given now.
        model_version: Who gives it.
    """
    question = Question(
        asked_at=customer.clock,
        terms=label_horizon_index(customer, policy),
        bought=bought,
        features=features,
        risk_millionths=round(risk * MILLION),
        model_version=model_version,
    )
    questions = customer.questions
    if len(customer.terms) > 1:  # the horizon may have been made shorter
        insort(questions, question, key=lambda open_question: settles_at(customer, open_question))
        drop_unused_label_horizons(customer)
    else:
        questions.append(question)
