"""The population of customers, in the order of their first purchases."""

import heapq
from collections.abc import Iterator, Mapping
from itertools import count
from random import Random
from typing import NamedTuple

from deploy.simulator.catalogue import CATEGORIES
from deploy.simulator.customers.churn_cause import Churn, draw_churn
from deploy.simulator.draw import DAY, pick, stream, weighted

FOUNDING_SHARE = 0.6
"""Share of a year's customers who are there when it starts; the others arrive evenly."""

PURCHASES_A_YEAR = (1.4, 13.0)
"""Shape and scale of the gamma distribution of purchase rates."""

FEWEST_A_YEAR = 1.5
REGULARITY = (1.0, 6.0)
"""Shape of the gamma distribution of a customer's gaps: 1 is memoryless, 6 is a habit."""

CURRENCIES: Mapping[str, float] = {"EUR": 0.84, "USD": 0.1, "GBP": 0.06}
"""Currency and its share of customers."""

_CHANNELS = weighted(web=0.5, app=0.28, store=0.16, phone=0.05, other=0.01)


class SimulatedCustomer(NamedTuple):
    """One customer with habits and churn.

    Attributes:
        number: Number of the customer, from 0.
        customer_id: Their id in the events.
        first_at: First purchase, Unix seconds.
        gap: Usual time between purchases, seconds.
        regularity: Shape of the gamma distribution of those gaps.
        favourites: The two categories they buy most.
        basket: Mean number of products in a basket beyond the first.
        channel: Channel on which they usually buy.
        currency: Currency of their purchases.
        churn: Cause and time of leaving.
    """

    number: int
    customer_id: str
    first_at: float
    gap: float
    regularity: float
    favourites: tuple[str, str]
    basket: float
    channel: str
    currency: str
    churn: Churn


def arrivals(
    *, seed: int, customers: int, start: float, days: float, currencies: Mapping[str, float]
) -> Iterator[SimulatedCustomer]:
    """Yield customers in the order of their first purchase, for ever; ``customers`` of them begin within ``days``.

    Args:
        seed: Names the population.
        customers: How many begin within ``days`` (a little fewer where a founding customer is slow to show).
        start: Unix seconds.
        days: Time over which the newcomers arrive evenly; they go on arriving at the same rate after it.
        currencies: Currency and its share of customers.
    """
    founding = max(1, round(customers * FOUNDING_SHARE))
    between = days * DAY / max(1, customers - founding)
    wallet = weighted(**currencies)

    def customer(number: int) -> SimulatedCustomer:
        random = stream(seed, "customer", number)
        gap = 365 * DAY / max(FEWEST_A_YEAR, random.gammavariate(*PURCHASES_A_YEAR))
        if number < founding:
            first_at = start + random.random() * min(gap, days * DAY)
        else:
            first_at = start + (number - founding + random.random()) * between
        return _draw(random, number, first_at, gap, pick(random, wallet))

    first = sorted((customer(number) for number in range(founding)), key=_first_at)
    return heapq.merge(first, map(customer, count(founding)), key=_first_at)


def _first_at(customer: SimulatedCustomer) -> float:
    return customer.first_at


def _draw(random: Random, number: int, first_at: float, gap: float, currency: str) -> SimulatedCustomer:
    first, second = random.sample(list(CATEGORIES), 2)
    return SimulatedCustomer(
        number=number,
        customer_id=f"customer-{number:06d}",
        first_at=first_at,
        gap=gap,
        regularity=random.uniform(*REGULARITY),
        favourites=(first, second),
        basket=random.uniform(0.3, 2.2),
        channel=pick(random, _CHANNELS),
        currency=currency,
        churn=draw_churn(random, first_at=first_at, gap=gap),
    )
