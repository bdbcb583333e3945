"""Offer: the actions that are expected to pay for a customer, with the probability of each."""

from collections.abc import Mapping
from dataclasses import dataclass

from retention.decide.choice.gains import Correction, expected_gains
from retention.decide.choice.prices import Bid, bids_of
from retention.decide.choice.propensity import propensities
from retention.decide.eligibility.candidates import Candidate
from retention.decide.policy_state import PolicyInForce


@dataclass(frozen=True, slots=True)
class Offer:
    """Offer to a customer; it has no action if none is expected to bring more than its cost and price.

    Attributes:
        gains: Expected gain of each action that pays, before its cost, reporting currency, by its index.
        weights: Propensity of each of them and, last, of doing nothing, millionths; empty if there is none.
        bids: What the customer would pay for units of capacity.
    """

    gains: Mapping[int, float]
    weights: list[int]
    bids: list[Bid]


def offer_to(candidate: Candidate, policy: PolicyInForce, learnt: Mapping[int, Correction]) -> Offer:
    """Return what is offered to a customer.

    Args:
        candidate: A customer for whom rules and limits allow an action.
        policy: Costs, prices and exploration.
        learnt: What was learnt of the customer's gains, by the index of the action.
    """
    value, costs = candidate.case.score.value_at_risk, policy.book.costs
    gains = expected_gains(candidate.rule, candidate.begins, value, learnt)
    net = {action: gain - policy.burdens[action] for action, gain in gains.items()}
    bids = bids_of(candidate.place, {action: gain - costs[action] for action, gain in gains.items()}, net)
    pays = {action: gain for action, gain in gains.items() if net[action] > 0.0}
    if not pays:
        return Offer(pays, [], bids)
    sharpness = policy.book.playbook.exploration.sharpness
    weights = propensities([net[action] for action in pays], sharpness, policy.exploration_share)
    return Offer(pays, weights, bids)
