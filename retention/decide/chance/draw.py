"""Chance as a hash: ids of decisions, draws and the holdout are the same in every replay and on every worker."""

from hashlib import blake2b
from typing import Final

from retention.decide.chance.revealed_draw import season_of

_BITS: Final = 53
"""Number of bits of a float's fraction."""


def decision_id_of(customer_id: str, decided_at: int) -> str:
    """Return the id of the decision for a customer at an instant, ms since 1970."""
    return blake2b(f"{decided_at}/{customer_id}".encode(), digest_size=12, person=b"decision").hexdigest()


def uniform(what: str, person: bytes) -> float:
    """Return a number from 0 to below 1 that follows from a text and a purpose, evenly over texts.

    Args:
        what: What it is drawn for.
        person: Purpose, at most 16 bytes: draws for different purposes are independent.
    """
    digest = blake2b(what.encode(), digest_size=8, person=person).digest()
    return (int.from_bytes(digest, "big") >> (64 - _BITS)) * 2.0**-_BITS


def draw_of(decision_id: str, policy_version: str) -> float:
    """Return the number from 0 to below 1 by which the action of a decision is drawn."""
    return uniform(f"{policy_version}/{decision_id}", b"action")


def holdout_place(customer_id: str, decided_at: int, season_days: float) -> float:
    """Return a customer's place in the holdout of a season, from 0 to below 1.

    It is held out from an action if its place lies below the action's share; so who is held out from one action is also
    held out from those with larger shares, and a changed playbook holds out the same customers.

    Args:
        customer_id: Id of the customer.
        decided_at: Instant, ms since 1970.
        season_days: Length of a season, days.
    """
    return uniform(f"{season_of(decided_at, season_days)}/{customer_id}", b"holdout")
