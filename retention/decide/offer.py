"""Offers: the actions that are expected to pay for a customer, with the probability of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retention.catalogue.compiled import Amounts
from retention.catalogue.condition import Mask
from retention.decide.eligibility import Candidate
from retention.decide.gains import GainEstimates, expected_gains
from retention.decide.policy_state import PolicyInForce
from retention.decide.prices import Bids, bids_of
from retention.decide.propensity import propensities


@dataclass(frozen=True, slots=True)
class Offer:
    """Customers for whom at least one action is expected to bring more than its cost and price.

    Attributes:
        candidates: The customers.
        gains: Expected gains before cost, shape (actions, customers).
        weights: Propensity of each action and, last, of doing nothing, shape (actions + 1, customers).
        learnt: What was learnt of these customers' gains; None before anything is.
    """

    candidates: Sequence[Candidate]
    gains: Amounts
    weights: Amounts
    learnt: GainEstimates | None


def offer_to(
    candidates: Sequence[Candidate], policy: PolicyInForce, learnt: GainEstimates | None
) -> tuple[Offer | None, Bids]:
    """Return what is offered, and what the customers would pay for units of capacity.

    Args:
        candidates: Customers for whom rules and limits allow an action.
        policy: Costs, prices and exploration.
        learnt: What was learnt of these customers' gains; None before anything is.

    Returns:
        The offer, None if nothing pays for anybody; and the bids.
    """
    keeps = np.array([one.rule.keeps for one in candidates]).T
    brings = np.array([one.rule.brings for one in candidates]).T
    values = np.array([one.case.score.value_at_risk for one in candidates])
    gains = expected_gains(keeps, brings, values, learnt)
    net = gains - policy.burdens[:, np.newaxis]
    allowed = _allowed(candidates, len(net))
    bids = bids_of(gains - policy.book.costs[:, np.newaxis], net, allowed)
    pays = allowed & (net > 0.0)
    worth = np.flatnonzero(pays.any(axis=0)).tolist()
    if not worth:
        return None, bids
    sharpness = policy.book.playbook.exploration.sharpness
    weights = propensities(net[:, worth], pays[:, worth], sharpness, policy.exploration_share)
    chosen = [candidates[place] for place in worth]
    return Offer(chosen, gains[:, worth], weights, learnt and learnt.of_customers(worth)), bids


def _allowed(candidates: Sequence[Candidate], actions: int) -> Mask:
    """Return True for the actions that each customer may get, shape (actions, customers)."""
    allowed = np.zeros((actions, len(candidates)), dtype=np.bool_)
    for place, candidate in enumerate(candidates):
        allowed[list(candidate.windows), place] = True
    return allowed
