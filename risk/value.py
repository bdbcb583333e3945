"""What a customer is worth in a year, and what of it is at risk."""

from math import log
from typing import Final

from customers.fold import yearly_decay
from customers.state import SPEND_365, Customer
from schemas.moments import DAY_MS

_YEAR_DAYS: Final = 365.0
_LEAST_WATCHED_DAYS: Final = 180
"""A customer watched for less counts as watched for so long: one order in one day is no yearly rate."""


def yearly_margin(customer: Customer, now: int, margin: float) -> float:
    """The margin that a year would bring at the customer's decayed rate of spending, reporting currency.

    A steady spending of ``s`` a day keeps the decayed sum at ``s`` times the integral of the decay over the time
    watched; dividing by that integral gives the rate back.

    Args:
        customer: The state.
        now: Instant, ms since 1970.
        margin: Share of the revenue that is margin.
    """
    if not customer.purchases:
        return 0.0
    spent = customer.sums[SPEND_365] * yearly_decay(max(now - customer.as_of, 0))
    watched_ms = max(now - customer.first_purchase, _LEAST_WATCHED_DAYS * DAY_MS)
    integral_days = _YEAR_DAYS / log(2.0) * (1.0 - yearly_decay(watched_ms))
    return margin * spent / integral_days * _YEAR_DAYS
