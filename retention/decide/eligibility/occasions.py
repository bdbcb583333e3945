"""Occasions: moments at which to thank a customer, and customers who can be asked for a recommendation."""

from typing import Final

from customers.state import NEVER, Customer
from retention.catalogue.playbook import Occasions
from retention.catalogue.vocabulary import OCCASIONS
from schemas.moments import DAY_MS
from schemas.records.score import Score

_YEAR_MS: Final = 365 * DAY_MS
_TENTH: Final = 10
_LOYAL: Final = frozenset({"growing", "steady"})
_TENTH_ORDER, _FIRST_YEAR, _WON_BACK, _RESOLVED, _ADVOCATE = (
    OCCASIONS.bits(word) for word in ("tenth_order", "first_year", "won_back", "complaint_resolved", "advocate")
)


def occasions_of(customer: Customer, score: Score, now: int, settings: Occasions) -> int:
    """Return the occasions of a customer as bits.

    Those of a purchase last for some days after it, so that one look suffices.

    Args:
        customer: State at the instant of the score.
        score: The score.
        now: That instant, ms since 1970.
        settings: How long occasions last, and who is an advocate.
    """
    lasts, found = settings.days * DAY_MS, 0
    if now - customer.last_purchase <= lasts and customer.purchases > 0:
        found = _TENTH_ORDER if customer.purchases == _TENTH else 0
        found |= _WON_BACK if score.life_cycle == "won_back" else 0
        found |= _RESOLVED if _was_helped(customer) else 0
    if customer.purchases > 1 and 0 <= now - customer.first_purchase - _YEAR_MS <= lasts:
        found |= _FIRST_YEAR
    if score.life_cycle in _LOYAL and _is_advocate(customer, score, now, settings):
        found |= _ADVOCATE
    return found


def _was_helped(customer: Customer) -> bool:
    """Return True if the latest purchase is the first after a complaint was resolved."""
    last, resolved = customer.last_purchase, customer.last_resolved
    before = last - customer.gaps[-1] if customer.gaps else NEVER
    return NEVER < customer.last_unresolved <= resolved and before <= resolved < last


def _is_advocate(customer: Customer, score: Score, now: int, settings: Occasions) -> bool:
    """Return True for a loyal customer who is satisfied, buys often, and had no trouble for a year."""
    return (
        customer.purchases >= settings.advocate_purchases
        and score.risk <= settings.advocate_risk
        and max(customer.last_unresolved, customer.last_harmful_return) < now - _YEAR_MS
        and customer.sentiment >= 0
    )
