"""How open questions were asked: settings may change while they are open, and each keeps the terms of its day.

A customer keeps distinct terms once, and a question its place among them. What is kept follows from the open questions
alone, so that it is bounded with them, and the same whatever happened before.
"""

from customers.policy import Policy
from customers.state import Customer, LabelHorizon, Question


def closes_at(customer: Customer, question: Question) -> int:
    """The end of an open question's horizon, ms since 1970."""
    return question.asked_at + customer.terms[question.terms].horizon_ms


def settles_at(customer: Customer, question: Question) -> int:
    """The end of an open question's grace, when its answer is final, ms since 1970."""
    terms = customer.terms[question.terms]
    return question.asked_at + terms.horizon_ms + terms.grace_ms


def label_horizon_index(customer: Customer, policy: Policy) -> int:
    """The place of the policy's terms among the customer's; added where they are new.

    Args:
        customer: Gets them, in place.
        policy: How far a new question looks ahead.
    """
    terms = LabelHorizon(policy.horizon_ms, policy.grace_ms)
    if terms not in customer.terms:
        customer.terms.append(terms)
    return customer.terms.index(terms)


def drop_unused_label_horizons(customer: Customer) -> None:
    """Drop terms that no open question has any more, in place."""
    if len(customer.terms) == 1 and customer.questions:  # as almost always
        return
    places = {place: number for number, place in enumerate(dict.fromkeys(one.terms for one in customer.questions))}
    customer.terms = [customer.terms[place] for place in places]
    for question in customer.questions:
        question.terms = places[question.terms]
