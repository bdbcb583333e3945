"""Heard time: a customer as it would be if the holes had not been.

Every time before a hole is moved forward by its length, so that the distances to the present and to one another are
those of the time in which the feed was heard. Features, stages and reasons are computed from the result.
"""

from itertools import pairwise
from typing import Final

import msgspec

from customers.feed.holes import Holes
from customers.state import NEVER, Customer
from schemas.moments import HOUR_MS

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


class HeardCustomer(Customer):
    """A customer with the holes cut out; never stored.

    Attributes:
        unheard: Holes since the last purchase that are over: heard time from that purchase to each, and its length, ms.
    """

    unheard: list[tuple[int, int]] = msgspec.field(default_factory=list)


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
    moved = HeardCustomer(**msgspec.structs.asdict(customer))
    moved.unheard = _unheard(customer.last_purchase, now, holes)
    for name in _TIMES:
        if (at := getattr(customer, name)) != NEVER:
            setattr(moved, name, now - holes.heard(at, now, now))
    times = [now - holes.heard(at, now, now) for at in customer.purchase_times]
    if times:
        moved.last_purchase = times[-1]
        moved.gaps = [later - earlier for earlier, later in pairwise(times)]
    return moved


def _unheard(last_purchase: int, now: int, holes: Holes) -> list[tuple[int, int]]:
    """Return the holes since the last purchase that are known to be over, which is known an hour after their end."""
    over = [hole for hole in holes.known if last_purchase < hole.end <= now - HOUR_MS and last_purchase != NEVER]
    starts = [max(hole.start, last_purchase) for hole in over]
    return [
        (holes.heard(last_purchase, start, now), hole.end - start) for hole, start in zip(over, starts, strict=True)
    ]
