"""Absence: what holes since a customer's last purchase leave open, by the buying rhythm of the customer.

Whoever left in a hole is silent after it. So the odds that a silent customer is gone grow with the length of the hole,
and the less, the likelier another purchase had been before it: Pareto/NBD (Schmittlein, Morrison and Colombo, "Counting
Your Customers", Management Science 1987) with a rate of leaving that is small beside the rate of buying.
"""

from collections.abc import Sequence
from math import exp
from typing import Final

import numpy as np
from numpy.typing import NDArray

from customers.feed.heard_time import HeardCustomer
from customers.state import Customer
from schemas.moments import DAY_MS

_PRIOR_GAP_MS: Final = 30 * DAY_MS
"""Gap that is taken for one more of the customer's own."""

_LEAST_GAPS: Final = 1.0
"""Silence, in own gaps, from which on it tells who is gone; a shorter one counts as this."""


def absence_of(
    customers: Sequence[Customer], moments: NDArray[np.int64], horizon_days: float
) -> NDArray[np.float64] | None:
    """Return what the holes since the customers' last purchases leave open.

    Args:
        customers: States in heard time.
        moments: Instants of each, ms since 1970, shape (customers, instants).
        horizon_days: Horizon of the question, days.

    Returns:
        The factor by which the odds of being gone grow, and the probability that a customer who is not gone buys
        nothing within the horizon, shape (2, customers * instants); None if there were no holes since the last
        purchases.
    """
    unheard = [(index, one) for index, one in enumerate(customers) if isinstance(one, HeardCustomer) and one.unheard]
    if not unheard:
        return None
    absence = np.ones((2, *moments.shape))
    for index, one in unheard:
        absence[:, index] = np.array([_absence(one, now, horizon_days * DAY_MS) for now in moments[index].tolist()]).T
    return absence.reshape(2, -1)


def _absence(customer: HeardCustomer, now: int, horizon_ms: float) -> tuple[float, float]:
    rate = (len(customer.gaps) + 1) / (sum(customer.gaps) + _PRIOR_GAP_MS)
    missed = sum(rate * length * exp(-rate * before) for before, length in customer.unheard)
    silence = max(rate * (now - customer.last_purchase), _LEAST_GAPS)
    return 1.0 + missed / (1.0 - exp(-silence)), exp(-rate * horizon_ms)
