"""All customers' events in time order, and the truth about the customers."""

import heapq
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import dropwhile, takewhile
from typing import NamedTuple

from deploy.simulator.catalogue import draw_catalogue
from deploy.simulator.customers.churn_cause import Cause
from deploy.simulator.customers.population import CURRENCIES, SimulatedCustomer, arrivals
from deploy.simulator.draw import Event, stream
from deploy.simulator.life import Moment, customer_events


class ShopTruth(NamedTuple):
    """The truth about one customer at the end of the simulated time.

    Attributes:
        left_at: Moment of leaving for good, or None if they had not left.
        cause: Cause of leaving, or None if they had not left.
    """

    left_at: datetime | None
    cause: Cause | None


class Shop(NamedTuple):
    """A simulated shop; nothing is played before it is asked for, and it can be played again.

    Attributes:
        seed: The same seed gives the same shop.
        customers: Customers who begin to buy in the simulated time (a few founding ones may be too slow to show).
        start: Beginning of the simulated time, with an offset.
        days: Length of the simulated time.
        currencies: Currency and its share of customers.
    """

    seed: int
    customers: int
    start: datetime
    days: float
    currencies: Mapping[str, float] = CURRENCIES

    @property
    def end(self) -> datetime:
        """End of the simulated time."""
        return self.start + timedelta(days=self.days)

    def events(self) -> Iterator[Event]:
        """Yield every raw event with its ``type``, in time order."""
        ends = self.end.timestamp()
        return (event for _, _, event in takewhile(lambda moment: moment[0] < ends, self._moments()))

    def moments_after(self) -> Iterator[Moment]:
        """Yield what happens after the simulated time, in time order and without end.

        Those who have left stay away, the others keep their rhythm, and new ones come as fast as before.
        """
        ends = self.end.timestamp()
        return dropwhile(lambda moment: moment[0] < ends, self._moments())

    def truth(self) -> dict[str, ShopTruth]:
        """Return the truth about every customer with events, by customer id."""
        ends = self.end.timestamp()
        seen = takewhile(lambda customer: customer.first_at < ends, self.arrivals())
        return {customer.customer_id: _truth(customer, ends) for customer in seen}

    def _moments(self) -> Iterator[Moment]:
        return play(self.arrivals(), seed=self.seed, prefix=f"shop{self.seed}")

    def arrivals(self) -> Iterator[SimulatedCustomer]:
        """Yield the customers in the order of their first purchase, for ever."""
        return arrivals(
            seed=self.seed,
            customers=self.customers,
            start=self.start.timestamp(),
            days=self.days,
            currencies=self.currencies,
        )


def simulate_shop(
    *, seed: int, customers: int, start: datetime, days: float, currencies: Mapping[str, float] = CURRENCIES
) -> Shop:
    """Return a shop that gives its events and the truth about its customers.

    Args:
        seed: The same seed gives the same shop.
        customers: How many customers begin to buy in that time.
        start: Beginning of the simulated time.
        days: Length of the simulated time.
        currencies: Currency (ISO 4217) and its share of customers.

    Raises:
        ValueError: ``start`` has no offset, or there are no customers or no days.
    """
    if start.tzinfo is None:
        raise ValueError(f"start needs an offset: {start.isoformat()}")
    if customers < 1 or days <= 0:
        raise ValueError(f"a shop needs customers and days, not {customers} and {days}")
    return Shop(seed, customers, start, days, currencies)


def shop_events(*, seed: int, customers: int, start: datetime, days: float) -> Iterator[Event]:
    """Yield the raw events of a simulated shop in time order; see ``simulate_shop``."""
    return simulate_shop(seed=seed, customers=customers, start=start, days=days).events()


def play(customers: Iterator[SimulatedCustomer], *, seed: int, prefix: str) -> Iterator[Moment]:
    """Play lives together, for ever if customers never end; those who have not come yet take no memory.

    Args:
        customers: In the order of their first purchase.
        seed: Names the catalogue and the lives.
        prefix: Begins the names of events and orders.
    """
    catalogue = draw_catalogue(seed)
    following: list[tuple[Moment, Iterator[Moment]]] = []
    for customer in customers:
        while following and following[0][0][0] < customer.first_at:
            yield _step(following)
        life = customer_events(stream(seed, "life", customer.number), catalogue, customer, prefix=prefix)
        heapq.heappush(following, (next(life), life))
    while following:
        yield _step(following)


def _step(following: list[tuple[Moment, Iterator[Moment]]]) -> Moment:
    # Names are unique, so the order of two moments is decided before their events would be compared.
    moment, life = following[0]
    upcoming = next(life, None)
    if upcoming is None:
        heapq.heappop(following)
    else:
        heapq.heapreplace(following, (upcoming, life))
    return moment


def _truth(customer: SimulatedCustomer, ends: float) -> ShopTruth:
    churn = customer.churn
    if churn.left_at >= ends:
        return ShopTruth(None, None)
    return ShopTruth(datetime.fromtimestamp(churn.left_at, UTC), churn.cause)
