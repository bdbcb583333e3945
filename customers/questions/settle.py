"""Settles questions: each is answered once, when its answer is final, and removed from the state."""

import msgspec

from customers.feed.holes import NO_HOLES, TELLING_SHARE, Holes
from customers.questions.label_horizon import closes_at, drop_unused_label_horizons, settles_at
from customers.state import MILLION, NEVER, Customer, Question


class Settled(msgspec.Struct, frozen=True):
    """A question whose answer is final, readable without the customer.

    Attributes:
        asked_at: Time of the question, ms since 1970.
        closes_at: End of the horizon, ms since 1970.
        settles_at: End of the grace, when the answer was final, ms since 1970.
        bought: True if it was asked at a purchase, False at a review.
        features: Snapshot of the moment's features (see ``customers.features.feature_snapshot``).
        risk: Probability of leaving predicted at the question, to six digits.
        model_version: Version of the model that predicted it.
        purchases: Number of purchases within the horizon.
        amount: Sum of these purchases, reporting currency.
        first_bought: First of these purchases, ms since 1970; NEVER if there is none.
        void: True if too much of the horizon lay in holes, so that the answer is neither learnt nor counted.
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
    void: bool = False


def settle(customer: Customer, now: int, holes: Holes = NO_HOLES) -> list[Settled]:
    """Remove and return the questions whose answer is final at an instant.

    Args:
        customer: State with everything folded that was stamped up to the instant; changed in place.
        now: Instant, ms since 1970.
        holes: Holes of the purchases, known up to the instant.
    """
    questions = customer.questions
    due = 0
    while due < len(questions) and settles_at(customer, questions[due]) <= now:
        due += 1
    if not due:
        return []
    settled = [_settled(customer, question, now, holes) for question in questions[:due]]
    del questions[:due]
    drop_unused_label_horizons(customer)
    return settled


def is_void(asked_at: int, closes_at: int, as_of: int, holes: Holes) -> bool:
    """Return True if more than a tenth of a horizon lies in holes.

    Args:
        asked_at: Start of the horizon, ms since 1970.
        closes_at: End of the horizon, ms since 1970.
        as_of: Instant up to which holes are known, ms since 1970.
        holes: Holes of the purchases.
    """
    return holes.share(asked_at, closes_at, as_of) > TELLING_SHARE


def _settled(customer: Customer, question: Question, now: int, holes: Holes) -> Settled:
    closes = closes_at(customer, question)
    return Settled(
        asked_at=question.asked_at,
        closes_at=closes,
        settles_at=settles_at(customer, question),
        bought=question.bought,
        features=question.features,
        risk=question.risk_millionths / MILLION,
        model_version=question.model_version,
        purchases=question.purchases,
        amount=question.amount,
        first_bought=question.asked_at + question.bought_after if question.bought_after else NEVER,
        void=is_void(question.asked_at, closes, now, holes),
    )
