"""Schedules customers: due at a waiting fact, a question or a decision whose time is over, or the next review."""

from typing import Final
from zlib import crc32

from customers.feed.holes import Holes
from customers.policy import Policy
from customers.state import NEVER, Customer

NOT_DUE: Final = 2**63 - 1
_CRC_BITS: Final = 32


def due_at(customer: Customer) -> int:
    """Return the next instant at which something is due, ms since 1970; NOT_DUE if nothing ever is."""
    due = customer.next_review or NOT_DUE
    # Called for every customer several times per page; comparisons cost half as much as min, max and calls.
    if customer.questions:
        question = customer.questions[0]
        horizon = customer.label_horizons[question.label_horizon]
        if (final := question.asked_at + horizon.horizon_ms + horizon.grace_ms) < due:
            due = final
    if NEVER < customer.retention_due < due:
        due = customer.retention_due
    if customer.pending and customer.pending[0].stamp < due:
        due = customer.pending[0].stamp
    return max(due, customer.clock)


def next_review(customer_id: str, after: int, review_ms: int) -> int:
    """Return a customer's first review after an instant, ms since 1970.

    Reviews lie on a grid with a phase per customer: so they do not follow purchases at fixed distances, from which the
    model would learn nothing about what lies between, nor fall due for all customers at once.

    Args:
        customer_id: Determines the phase.
        after: Instant, ms since 1970.
        review_ms: Time between reviews, ms.
    """
    phase = crc32(customer_id.encode()) * review_ms >> _CRC_BITS
    return after + review_ms - (after - phase) % review_ms


def is_on_grid(customer_id: str, at: int, review_ms: int) -> bool:
    """Return True if a customer's grid has a review at an instant, ms since 1970; see :func:`next_review`."""
    return next_review(customer_id, at - 1, review_ms) == at


def next_asking_review(customer_id: str, after: int, policy: Policy) -> int:
    """Return a customer's first review after an instant that asks a question, ms since 1970.

    Args:
        customer_id: Determines the phase of the grid and of the asking reviews.
        after: Instant, ms since 1970.
        policy: Times of reviews and questions.
    """
    review = next_review(customer_id, after, policy.review_ms)
    return review + -_turn(customer_id, review, policy) % policy.reviews_per_question * policy.review_ms


def review_asks(customer_id: str, at: int, policy: Policy) -> bool:
    """Return True if a review asks a question; the asking reviews of all customers are spread evenly.

    Args:
        customer_id: Determines the phase of the asking reviews.
        at: Instant of the review, ms since 1970.
        policy: Times of reviews and questions.
    """
    return policy.reviews_per_question == 1 or _turn(customer_id, at, policy) % policy.reviews_per_question == 0


def schedule_review(customer: Customer, customer_id: str, policy: Policy, *, only_asking: bool = False) -> None:
    """Set the next review of a customer who has bought.

    Args:
        customer: Receives it.
        customer_id: Id of the customer.
        policy: Times of reviews and questions.
        only_asking: True to skip reviews that ask no question, if scores are not wanted.
    """
    if not customer.purchases:
        customer.next_review = NEVER
    elif only_asking:
        customer.next_review = next_asking_review(customer_id, customer.clock, policy)
    else:
        customer.next_review = next_review(customer_id, customer.clock, policy.review_ms)


def pass_silent_reviews(
    customer: Customer, customer_id: str, until: int, policy: Policy, holes: Holes, *, only_asking: bool
) -> None:
    """Skip the reviews that fall due while a hole lasts; the next one is the first after it, or after the watermark.

    Nothing else of the state changes, so that it does not matter in how many steps the time of a hole passes.

    Args:
        customer: Receives the next review.
        customer_id: Id of the customer.
        until: Watermark, ms since 1970.
        policy: Times of reviews and questions.
        holes: Holes of the purchases, known up to the watermark.
        only_asking: True to skip reviews that ask no question, too.
    """
    while NEVER < customer.next_review <= until:
        last = holes.silent_until(customer.next_review, until)
        if last is None:
            return
        if only_asking:
            customer.next_review = next_asking_review(customer_id, last, policy)
        else:
            customer.next_review = next_review(customer_id, last, policy.review_ms)


def _turn(customer_id: str, at: int, policy: Policy) -> int:
    return at // policy.review_ms + crc32(customer_id.encode())
