"""Occasions: moments at which to thank a customer, and customers who can be asked for a recommendation."""

from dataclasses import dataclass
from typing import Final

from customers.state import NEVER
from retention.catalogue.compiled import Amounts
from retention.catalogue.condition import Mask, Words
from retention.catalogue.playbook import Occasions
from retention.catalogue.vocabulary import LIFE_CYCLES, OCCASIONS
from schemas.moments import DAY_MS

_YEAR_MS: Final = 365 * DAY_MS
_TENTH: Final = 10
_LOYAL: Final = LIFE_CYCLES.bits("growing", "steady")
_WON_BACK: Final = LIFE_CYCLES.bits("won_back")


@dataclass(frozen=True, slots=True)
class PastMoments:
    """Times of customers in ms since 1970, NEVER for what has not happened, and counts; each of shape (customers,).

    Attributes:
        now: Instant of the score.
        purchases: Number of purchases.
        last: Latest purchase.
        first: First purchase.
        before: Purchase before the latest.
        unresolved: Latest unresolved contact.
        resolved: Latest resolved contact.
        harmful: Latest return of something defective or not as described.
    """

    now: Amounts
    purchases: Amounts
    last: Amounts
    first: Amounts
    before: Amounts
    unresolved: Amounts
    resolved: Amounts
    harmful: Amounts


def occasions_of(past: PastMoments, risk: Amounts, sentiment: Amounts, life_cycle: Words, settings: Occasions) -> Words:
    """Return the occasions of customers as bits, shape (customers,).

    Those of a purchase last for some days after it, so that one look suffices.

    Args:
        past: What is known of them.
        risk: Probability of leaving, shape (customers,).
        sentiment: Mood by the latest judgement, -2 to 2, shape (customers,).
        life_cycle: Stage of each as bits, shape (customers,).
        settings: How long occasions last, and who is an advocate.
    """
    lasts = settings.days * DAY_MS
    bought = (past.now - past.last <= lasts) & (past.purchases > 0.0)
    year = past.now - past.first - _YEAR_MS
    occasions: Words = (
        (bought & (past.purchases == _TENTH)) * OCCASIONS.bits("tenth_order")
        | ((year >= 0.0) & (year <= lasts) & (past.purchases > 1.0)) * OCCASIONS.bits("first_year")
        | (bought & (life_cycle == _WON_BACK)) * OCCASIONS.bits("won_back")
        | (bought & _was_helped(past)) * OCCASIONS.bits("complaint_resolved")
        | _is_advocate(past, risk, sentiment, life_cycle, settings) * OCCASIONS.bits("advocate")
    )
    return occasions


def _was_helped(past: PastMoments) -> Mask:
    """Return True for those whose latest purchase is the first after their complaint was resolved."""
    complained = (past.unresolved > NEVER) & (past.resolved >= past.unresolved)
    return complained & (past.before <= past.resolved) & (past.resolved < past.last)


def _is_advocate(past: PastMoments, risk: Amounts, sentiment: Amounts, life_cycle: Words, settings: Occasions) -> Mask:
    """Return True for those who are satisfied, loyal and not shrinking, and had no trouble for a year."""
    loyal = ((life_cycle & _LOYAL) != 0) & (past.purchases >= settings.advocate_purchases)
    a_year_ago = past.now - _YEAR_MS
    no_trouble = (past.unresolved < a_year_ago) & (past.harmful < a_year_ago) & (sentiment >= 0.0)
    advocate: Mask = loyal & no_trouble & (risk <= settings.advocate_risk)
    return advocate
