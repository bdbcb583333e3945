"""The events of one customer, one after another."""

import heapq
from collections.abc import Iterator
from itertools import count
from random import Random
from typing import TypeAlias

from deploy.simulator.catalogue import Catalogue
from deploy.simulator.customers.population import SimulatedCustomer
from deploy.simulator.customers.rhythm import drift, purchase_times
from deploy.simulator.draw import Event
from deploy.simulator.purchases.aftermath import ordinary_aftermath, signs_of_churn
from deploy.simulator.purchases.aftermath_events import Contact, PlannedReturn, contact_event, return_event
from deploy.simulator.purchases.purchase import Order, buy

Moment: TypeAlias = tuple[float, str, Event]
"""Unix seconds, a unique name, and the event."""


def customer_events(
    random: Random, catalogue: Catalogue, customer: SimulatedCustomer, *, prefix: str
) -> Iterator[Moment]:
    """Yield everything one customer does, in time order, until they have left.

    Args:
        random: The customer's stream.
        catalogue: Products of the shop.
        customer: The customer.
        prefix: Begins the names of events and orders.
    """
    names = (f"{prefix}-{customer.number:06d}-{number:04d}" for number in count(1))
    pending: list[Moment] = []
    for now in purchase_times(random, customer):
        while pending and pending[0][0] <= now:
            yield heapq.heappop(pending)
        name = next(names)
        event, order = buy(random, catalogue, customer, name=name, now=now, drifted=drift(customer, now))
        yield now, name, event
        for moment in _what_follows(random, customer, order, now, names):
            heapq.heappush(pending, moment)
    while pending and pending[0][0] <= customer.churn.left_at:
        yield heapq.heappop(pending)


def _what_follows(
    random: Random, customer: SimulatedCustomer, order: Order, now: float, names: Iterator[str]
) -> Iterator[Moment]:
    churn = customer.churn
    last = now == churn.last_purchase_at
    for following in signs_of_churn(random, order, churn) if last else ordinary_aftermath(random, order, now):
        name = next(names)
        yield following.moment, name, _write_down(random, customer, order, following, name)


def _write_down(
    random: Random, customer: SimulatedCustomer, order: Order, following: PlannedReturn | Contact, name: str
) -> Event:
    if isinstance(following, Contact):
        return contact_event(random, customer, following, name=name)
    return return_event(customer, order, following, name=name)
