"""Heard time: a customer as it would be if the holes had not been.

Every time before a hole is moved forward by its length, so that the distances to the present and to one another are
those of the time in which the feed was heard. Features, stages and reasons are computed from the result.
"""

from copy import copy
from itertools import pairwise
from typing import Final

from customers.feed.holes import Holes
from customers.state import NEVER, Customer

_TIMES: Final = (
    "first_seen",
    "first_purchase",
    "as_of",
    "last_return",
    "last_harmful_return",
    "last_contact",
    "last_unresolved",
    "last_resolved",
    "last_judged",
)


def in_heard_time(customer: Customer, now: int, holes: Holes) -> Customer:
    """Return a customer with the holes cut out of the past; the same object if none lies there.

    Args:
        customer: State at an instant; left as it is.
        now: The instant, ms since 1970.
        holes: Known holes of the purchases.
    """
    first = customer.first_seen
    if first == NEVER or holes.heard(first, now, now) == now - first:
        return customer
    moved = copy(customer)
    for name in _TIMES:
        if (at := getattr(customer, name)) != NEVER:
            setattr(moved, name, now - holes.heard(at, now, now))
    times = [now - holes.heard(at, now, now) for at in customer.purchase_times]
    if times:
        moved.last_purchase = times[-1]
        moved.gaps = [later - earlier for earlier, later in pairwise(times)]
    return moved
