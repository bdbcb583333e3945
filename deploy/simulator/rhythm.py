"""When a customer buys: a personal rhythm with noise, bent by the calendar and by the wish to leave."""

from collections.abc import Iterator
from random import Random

from deploy.simulator.population import Customer
from deploy.simulator.seasons import hasten, opening_hour, put_off

DRIFT = 3.0
"""At the end of a drift, gaps are 1 + this many times as long as usual."""

CROWDED = 0.3
"""No purchase of the rhythm falls within this share of the usual gap before the last one."""

AT_LEAST = 900.0
"""Shortest time between two purchases of one customer, seconds."""


def purchase_times(random: Random, customer: Customer) -> Iterator[float]:
    """Yield the Unix seconds of a customer's purchases, from the first to the last that fate allows."""
    fate = customer.fate
    drifts = fate.cause == "drifted_away"
    rhythm_ends = fate.last_purchase_at - (0.0 if drifts else CROWDED * customer.gap)
    now = customer.first_at
    yield now
    while (now := _next_time(random, customer, now)) < rhythm_ends:
        yield now
    if not drifts and fate.last_purchase_at > customer.first_at:
        yield fate.last_purchase_at


def drift(customer: Customer, now: float) -> float:
    """Say how far a customer has drifted away by ``now`` (Unix seconds): 0 not at all, 1 gone."""
    fate = customer.fate
    if now <= fate.drift_from:
        return 0.0
    return min(1.0, (now - fate.drift_from) / (fate.left_at - fate.drift_from))


def _next_time(random: Random, customer: Customer, now: float) -> float:
    gap = random.gammavariate(customer.regularity, customer.gap / customer.regularity)
    gap *= 1.0 + DRIFT * drift(customer, now)
    return max(opening_hour(random, put_off(random, hasten(now, gap))), now + AT_LEAST)
