"""Times of purchases: a personal rhythm with noise, shifted by the calendar and stretched by churn."""

from collections.abc import Iterator
from random import Random

from deploy.simulator.customers.population import SimulatedCustomer
from deploy.simulator.seasons import next_in_season, opening_hour, postpone

DRIFT = 3.0
"""At the end of a drift, gaps are 1 + this many times as long as usual."""

CROWDED = 0.3
"""No purchase of the rhythm falls within this share of the usual gap before the last one."""

AT_LEAST = 900.0
"""Shortest time between two purchases of one customer, seconds."""


def purchase_times(random: Random, customer: SimulatedCustomer) -> Iterator[float]:
    """Yield the Unix seconds of a customer's purchases, from the first to the last before churn."""
    churn = customer.churn
    drifts = churn.cause == "drifted_away"
    rhythm_ends = churn.last_purchase_at - (0.0 if drifts else CROWDED * customer.gap)
    now = customer.first_at
    yield now
    while (now := _next_time(random, customer, now)) < rhythm_ends:
        yield now
    if not drifts and churn.last_purchase_at > customer.first_at:
        yield churn.last_purchase_at


def drift(customer: SimulatedCustomer, now: float) -> float:
    """Return how far a customer has drifted away by ``now`` (Unix seconds): 0 not at all, 1 gone."""
    churn = customer.churn
    if now <= churn.drift_from:
        return 0.0
    return min(1.0, (now - churn.drift_from) / (churn.left_at - churn.drift_from))


def _next_time(random: Random, customer: SimulatedCustomer, now: float) -> float:
    gap = random.gammavariate(customer.regularity, customer.gap / customer.regularity)
    gap *= 1.0 + DRIFT * drift(customer, now)
    return max(opening_hour(random, postpone(random, next_in_season(now, gap))), now + AT_LEAST)
