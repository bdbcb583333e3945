"""When a customer is due: a waiting fact, a question that settles, or the next review."""

from typing import Final
from zlib import crc32

from customers.policy import Policy
from customers.state import NEVER, Customer

NOT_DUE: Final = 2**63 - 1
_CRC_BITS: Final = 32


def due_at(customer: Customer) -> int:
    """The next instant at which something has to be done; NOT_DUE where nothing ever has."""
    due = customer.next_review or NOT_DUE
    # Asked of every customer several times a page; comparisons cost half of what min, max and functions do.
    if customer.questions:
        question = customer.questions[0]
        terms = customer.terms[question.terms]
        if (final := question.asked_at + terms.horizon_ms + terms.grace_ms) < due:
            due = final
    if customer.pending and customer.pending[0].stamp < due:
        due = customer.pending[0].stamp
    return max(due, customer.clock)


def next_review(customer_id: str, after: int, review_ms: int) -> int:
    """The customer's first review after an instant.

    Reviews lie on a grid of the customer's own phase, so that they neither follow purchases at fixed distances,
    which would teach the model nothing about what lies between, nor fall due for all customers at once.

    Args:
        customer_id: Gives the phase.
        after: Instant, ms since 1970.
        review_ms: Length of the grid.
    """
    phase = crc32(customer_id.encode()) * review_ms >> _CRC_BITS
    return after + review_ms - (after - phase) % review_ms


def next_asking_review(customer_id: str, after: int, policy: Policy) -> int:
    """The customer's first review after an instant that asks a question.

    Args:
        customer_id: Gives the phase and the turn.
        after: Instant, ms since 1970.
        policy: One review in how many asks.
    """
    review = next_review(customer_id, after, policy.review_ms)
    return review + -_turn(customer_id, review, policy) % policy.reviews_per_question * policy.review_ms


def review_asks(customer_id: str, at: int, policy: Policy) -> bool:
    """Whether a review asks a question; the asking ones of all customers are spread over all days.

    Args:
        customer_id: Gives the turn.
        at: Instant of the review, ms since 1970.
        policy: One review in how many asks.
    """
    return policy.reviews_per_question == 1 or _turn(customer_id, at, policy) % policy.reviews_per_question == 0


def schedule_review(customer: Customer, customer_id: str, policy: Policy, *, only_asking: bool = False) -> None:
    """Set the next review of a customer who has bought.

    Args:
        customer: Gets it, in place.
        customer_id: Whose state it is.
        policy: When reviews are due, and which of them ask.
        only_asking: Pass over those that ask nothing, where nobody would hear what they say.
    """
    if not customer.purchases:
        customer.next_review = NEVER
    elif only_asking:
        customer.next_review = next_asking_review(customer_id, customer.clock, policy)
    else:
        customer.next_review = next_review(customer_id, customer.clock, policy.review_ms)


def _turn(customer_id: str, at: int, policy: Policy) -> int:
    return at // policy.review_ms + crc32(customer_id.encode())
