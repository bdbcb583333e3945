"""Questions whose time has come: each is answered once, and then forgotten here."""

import msgspec

from customers.label_horizon import closes_at, drop_unused_label_horizons, settles_at
from customers.state import MILLION, NEVER, Customer, Question


class Settled(msgspec.Struct, frozen=True):
    """A question whose answer is final, on its own: no customer is needed to read it.

    Attributes:
        asked_at: ms since 1970.
        closes_at: End of the horizon.
        settles_at: End of the grace, when the answer was final.
        bought: Asked at a purchase; otherwise at a review.
        features: The features of the moment, frozen (see ``customers.feature_snapshot``).
        risk: The probability of leaving that was given, to six digits.
        model_version: Who gave it.
        purchases: Purchases inside the horizon.
        amount: What they came to.
        first_bought: The earliest of those purchases, ms since 1970; NEVER where there is none.
    """

    asked_at: int
    closes_at: int
    settles_at: int
    bought: bool
    features: bytes
    risk: float
    model_version: str
    purchases: int
    amount: float
    first_bought: int


def settle(customer: Customer, now: int) -> list[Settled]:
    """Take the questions out of the state whose answer is final at ``now``.

    Args:
        customer: State with everything folded that was stamped until ``now``; changed in place.
        now: Instant, ms since 1970.
    """
    questions = customer.questions
    due = 0
    while due < len(questions) and settles_at(customer, questions[due]) <= now:
        due += 1
    if not due:
        return []
    settled = [_spelt_out(customer, question) for question in questions[:due]]
    del questions[:due]
    drop_unused_label_horizons(customer)
    return settled


def _spelt_out(customer: Customer, question: Question) -> Settled:
    return Settled(
        asked_at=question.asked_at,
        closes_at=closes_at(customer, question),
        settles_at=settles_at(customer, question),
        bought=question.bought,
        features=question.features,
        risk=question.risk_millionths / MILLION,
        model_version=question.model_version,
        purchases=question.purchases,
        amount=question.amount,
        first_bought=question.asked_at + question.bought_after if question.bought_after else NEVER,
    )
