"""Orders: all events of one order of a customer are one purchase, at the time of the earliest, however it is split.

The state knows the orders of the latest few purchases, whose times it keeps. An event of an older order is a purchase
of its own: who splits orders publishes their events within a few purchases.
"""

from bisect import bisect_right
from itertools import pairwise

from customers.facts import NO_ORDER
from customers.state import KEPT_PURCHASE_TIMES, NEVER, ORDER_HASH_BYTES, Customer


def time_of_order(customer: Customer, order: int) -> int:
    """Return the time of an order, ms since 1970; NEVER if the state does not know it."""
    place = _place_of(customer, order)
    return NEVER if place is None else customer.purchase_times[place]


def earliest_of_order(customer: Customer, order: int) -> int:
    """Return the time of an order, ms since 1970, facts that wait in the state included; NEVER if it is not known."""
    waiting = [fact.occurred for fact in customer.pending if order != NO_ORDER and fact.order == order]
    ordered = time_of_order(customer, order)
    return min([*waiting, ordered] if ordered != NEVER else waiting, default=NEVER)


def keep_order(customer: Customer, order: int, occurred: int) -> None:
    """Keep the time and the order of a new purchase among those of the latest few.

    Args:
        customer: The state; changed in place.
        order: Hash of the order.
        occurred: Time of the purchase, ms since 1970.
    """
    last, kept = customer.last_purchase, order.to_bytes(ORDER_HASH_BYTES, "big")
    if occurred >= last:
        customer.last_purchase = occurred
        customer.orders += kept
        if last == NEVER:
            return
        customer.gaps.append(occurred - last)
    else:  # late
        _insert(customer, customer.purchase_times, customer.orders, kept, occurred)
    if len(customer.gaps) >= KEPT_PURCHASE_TIMES:
        del customer.gaps[0]
        customer.orders = customer.orders[ORDER_HASH_BYTES:]


def move_order(customer: Customer, order: int, occurred: int) -> None:
    """Move a known order to an earlier time, since an event of it had occurred before.

    Args:
        customer: The state; changed in place.
        order: Hash of the order.
        occurred: The earlier time, ms since 1970.
    """
    place = _place_of(customer, order)
    if place is None:
        return
    times, start = customer.purchase_times, place * ORDER_HASH_BYTES
    del times[place]
    others = customer.orders[:start] + customer.orders[start + ORDER_HASH_BYTES :]
    _insert(customer, times, others, customer.orders[start : start + ORDER_HASH_BYTES], occurred)
    customer.last_purchase = times[-1]


def _insert(customer: Customer, times: list[int], orders: bytes, order: bytes, occurred: int) -> None:
    """Set gaps and orders to those of some purchases and one more."""
    place = bisect_right(times, occurred)
    times.insert(place, occurred)
    customer.gaps = [later - earlier for earlier, later in pairwise(times)]
    start = place * ORDER_HASH_BYTES
    customer.orders = orders[:start] + order + orders[start:]


def _place_of(customer: Customer, order: int) -> int | None:
    """Return the place of an order among those of the latest few purchases; None if it is not there."""
    if order == NO_ORDER or not customer.orders:
        return None
    wanted = order.to_bytes(ORDER_HASH_BYTES, "big")
    index = customer.orders.rfind(wanted)
    while index % ORDER_HASH_BYTES and index > 0:  # spans the end of one hash and the start of the next
        index = customer.orders.rfind(wanted, 0, index + ORDER_HASH_BYTES - 1)
    return index // ORDER_HASH_BYTES if index >= 0 and not index % ORDER_HASH_BYTES else None
