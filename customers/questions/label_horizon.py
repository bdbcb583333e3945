"""Label horizons: each open question keeps the horizon and grace with which it was asked, if settings change.

A customer keeps each distinct label horizon once, and a question an index into them. They follow from the open
questions alone, so that they are bounded with these, and independent of the past.
"""

from customers.policy import Policy
from customers.state import Customer, LabelHorizon, Question


def closes_at(customer: Customer, question: Question) -> int:
    """Return the end of an open question's horizon, ms since 1970."""
    return question.asked_at + customer.label_horizons[question.label_horizon].horizon_ms


def settles_at(customer: Customer, question: Question) -> int:
    """Return the end of an open question's grace, when its answer is final, ms since 1970."""
    horizon = customer.label_horizons[question.label_horizon]
    return question.asked_at + horizon.horizon_ms + horizon.grace_ms


def label_horizon_index(customer: Customer, policy: Policy) -> int:
    """Return the index of the policy's label horizon among the customer's; added if it is new.

    Args:
        customer: May receive it.
        policy: Horizon and grace of new questions.
    """
    label_horizon = LabelHorizon(policy.horizon_ms, policy.grace_ms)
    if label_horizon not in customer.label_horizons:
        customer.label_horizons.append(label_horizon)
    return customer.label_horizons.index(label_horizon)


def drop_unused_label_horizons(customer: Customer) -> None:
    """Remove label horizons that no open question has."""
    if len(customer.label_horizons) == 1 and customer.questions:  # as almost always
        return
    used = dict.fromkeys(question.label_horizon for question in customer.questions)
    new_index = {old: new for new, old in enumerate(used)}
    customer.label_horizons = [customer.label_horizons[old] for old in new_index]
    for question in customer.questions:
        question.label_horizon = new_index[question.label_horizon]
