"""Looks off the grid of questions: a customer is looked at when their own silence becomes unusual.

The grid (``customers.reviews.schedule``) asks everyone equally often; these reviews ask nothing, so that what the model
learns does not depend on whom an alert concerns. Each look sets the next one, from the state and the score alone.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import msgspec

from customers.facts import NO_WISHES, Fact
from customers.features.features import Features, has_open_complaint
from customers.feed.holes import NO_HOLES, Holes
from customers.policy import Policy
from customers.reviews.alert import AlertTransition
from customers.reviews.schedule import NOT_DUE, next_review
from customers.state import NEVER, Customer
from schemas.moments import DAY_MS, to_ms
from schemas.records.alert import Alert
from schemas.records.decisions import DecisionOutcome, RetentionDecision
from schemas.records.score import Score

_FIRST_LOOK: Final = 0.8
"""Part of the time from a purchase to the upper end of the next one's interval after which the customer is looked at.

One purchase in five is followed by so long a silence, and few silences are alarming before it."""

_LEAST_OF_HORIZON: Final = 90
_LEAST_OF_SILENCE: Final = 64
"""Looks are apart by at least these parts of the horizon and of the silence, so that their number is bounded."""

_GROWN: Final = 0.5
"""Part by which a silence grows from look to look while an alert stands."""

_UPPER_GAPS: Final = 2.0
"""While there is no model: usual gaps after which most customers have bought again."""


class Looked(msgspec.Struct, frozen=True):
    """A customer that has just been scored.

    Attributes:
        customer_id: Id of the customer.
        customer: State at the instant of the score, which is its clock.
        heard: The same with holes cut out of the past; the very same object where there are none.
        score: The score.
        bought: True if the customer bought at this instant.
        holes: Holes of the purchases.
        facts: New facts of this instant, in their order; none at a review.
    """

    customer_id: str
    customer: Customer
    heard: Customer
    score: Score
    bought: bool
    holes: Holes = NO_HOLES
    facts: Sequence[Fact] = ()

    @property
    def silent(self) -> bool:
        """True while a hole lasts, so that nothing is raised."""
        return self.holes.is_silent(self.customer.clock)


class Planned(msgspec.Struct, frozen=True):
    """Results of planning at an instant.

    Attributes:
        alert: Change of the customer's alert; None if there is none.
        decision: Decision that was raised; None if there is none.
        notices: Alerts of decisions that have ended or were raised, in this order.
        outcomes: What followed earlier decisions, where that is final.
        bids: Action and bin of each bid for a unit of capacity (see ``retention.decide.choice.prices``).
    """

    alert: AlertTransition | None = None
    decision: RetentionDecision | None = None
    notices: tuple[Alert, ...] = ()
    outcomes: tuple[DecisionOutcome, ...] = ()
    bids: tuple[tuple[str, int], ...] = ()


NOTHING_PLANNED: Final = Planned()


class Planner(Protocol):
    """Changes alerts, decides and sets the next reviews after scores; passed in, since it may ask the model.

    Attributes:
        never: Values of events' ``extra`` by which customers say that they are never to be contacted.
    """

    never: Mapping[str, str] = NO_WISHES

    def __call__(self, looked: Sequence[Looked], features: Features) -> Sequence[Planned]:
        """Set ``alert_raised``, ``retention`` and ``next_review`` of each; what is set must not depend on the others.

        Args:
            looked: Customers with their scores. A review of the grid must not be left out.
            features: Their features at these scores.
        """

    def pass_time(self, customer_id: str, customer: Customer, holes: Holes) -> Planned:
        """Do what is due at ``retention_due``, which was reset, without a score.

        Args:
            customer_id: Id of the customer.
            customer: State at that instant, with its facts folded; changed in place.
            holes: Holes of the purchases, known up to the instant.
        """
        del customer_id, customer, holes
        return NOTHING_PLANNED


def next_look(customer: Customer, customer_id: str, score: Score, policy: Policy, *, bought: bool) -> int:
    """Return the next instant at which a customer should be looked at if nothing happens, ms since 1970.

    It is the first of:

    - the next review of the grid;
    - while an alert stands, when the silence has grown by half or the alert is twice as old, whichever is later, since
      what a score says changes with the logarithm of the silence;
    - otherwise the upper end of the interval in which the next purchase is expected; at a purchase, a part of the way;
      there is none of a customer who is gone;
    - the instant at which a complaint has been open for ``policy.complaint_ms``.

    Args:
        customer: State at its clock, with the alert as it stands after the score.
        customer_id: Determines the phase of the grid.
        score: Of this instant.
        policy: Times of reviews.
        bought: True if the score was given at a purchase.

    Returns:
        NEVER before the first purchase.
    """
    if not customer.purchases:
        return NEVER
    now = customer.clock
    look = min(next_review(customer_id, now, policy.review_ms), _complaint_look(customer, policy))
    if customer.alert_raised != NEVER:
        silence, stood = now - customer.last_purchase, now - customer.alert_raised
        return min(look, now + max(round(silence * _GROWN), stood, DAY_MS))
    if score.life_cycle == "gone":
        return look
    expected = _upper_end(customer, score) - now
    return min(look, now + max(round(expected * _FIRST_LOOK) if bought else expected, least_pause(customer, policy)))


def least_pause(customer: Customer, policy: Policy) -> int:
    """Return the least time between two looks at a silent customer, ms."""
    silence = customer.clock - customer.last_purchase
    return max(policy.horizon_ms // _LEAST_OF_HORIZON, silence // _LEAST_OF_SILENCE, 1)


def _upper_end(customer: Customer, score: Score) -> int:
    """Return the upper end of the interval in which the next purchase is expected, ms since 1970."""
    if score.next_purchase is not None:
        return to_ms(score.next_purchase.latest_at)
    if customer.purchases == 1:
        return NOT_DUE
    span = customer.last_purchase - customer.first_purchase
    upper = customer.last_purchase + round(_UPPER_GAPS * span / (customer.purchases - 1))
    return upper if upper > customer.clock else NOT_DUE


def _complaint_look(customer: Customer, policy: Policy) -> int:
    look = customer.last_unresolved + policy.complaint_ms
    return look if has_open_complaint(customer) and look > customer.clock else NOT_DUE
