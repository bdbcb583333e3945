"""One customer's life with the shop, event by event."""

import heapq
from collections.abc import Iterator
from itertools import count
from random import Random
from typing import TypeAlias

from deploy.simulator.aftermath import ordinary, traces
from deploy.simulator.catalogue import Catalogue
from deploy.simulator.contact import Contact, contact_event
from deploy.simulator.draw import Event
from deploy.simulator.population import Customer
from deploy.simulator.purchase import Order, buy
from deploy.simulator.returns import GivenBack, return_event
from deploy.simulator.rhythm import drift, purchase_times

Moment: TypeAlias = tuple[float, str, Event]
"""When something happens (Unix seconds), its unique name, and the event."""


def live_through(random: Random, catalogue: Catalogue, customer: Customer, *, prefix: str) -> Iterator[Moment]:
    """Yield everything one customer does, in time order, until they have left.

    Args:
        random: The customer's stream.
        catalogue: What is sold.
        customer: Who lives.
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
    while pending and pending[0][0] <= customer.fate.left_at:
        yield heapq.heappop(pending)


def _what_follows(
    random: Random, customer: Customer, order: Order, now: float, names: Iterator[str]
) -> Iterator[Moment]:
    fate = customer.fate
    last = now == fate.last_purchase_at
    for following in traces(random, order, fate) if last else ordinary(random, order, now):
        name = next(names)
        yield following.moment, name, _write_down(random, customer, order, following, name)


def _write_down(random: Random, customer: Customer, order: Order, following: GivenBack | Contact, name: str) -> Event:
    if isinstance(following, Contact):
        return contact_event(random, customer, following, name=name)
    return return_event(customer, order, following, name=name)
