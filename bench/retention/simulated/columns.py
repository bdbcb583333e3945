"""Propensities and bids of many customers at a time, for years of many thousands of them.

The worker decides for one customer after another (``retention.decide``), as few of a page are decided for at a time; a
test holds both to be the same to the bit.
"""

from dataclasses import dataclass

import numpy as np

from retention.decide.choice.propensity import MILLION
from retention.outcomes.columns import Flags, Integers, Matrix, Vector


@dataclass(frozen=True, slots=True)
class BidColumns:
    """Bids: the gain that a unit of an action's capacity would bring for customers.

    Attributes:
        actions: Index of the action of each bid, shape (bids,).
        customers: Index of the customer of each bid, shape (bids,).
        amounts: Amounts above zero, reporting currency, shape (bids,).
    """

    actions: Integers
    customers: Integers
    amounts: Vector


def propensities_of(net: Matrix, pays: Flags, sharpness: float, share: float) -> Matrix:
    """Return the probabilities of the actions and, last, of doing nothing (see ``retention.decide.choice.propensity``).

    Args:
        net: Expected gain less cost and price, shape (actions, customers).
        pays: True for actions that are allowed and expected to pay, shape (actions, customers); their ``net`` is
            above zero, and every customer has at least one.
        sharpness: The greater, the rarer what is expected to bring less.
        share: Share of decisions that are drawn evenly.

    Returns:
        Whole millionths that sum to one, zero where an action does not pay, shape (actions + 1, customers).
    """
    choices = len(net) + 1
    gains, chosen = np.zeros((choices, net.shape[1])), np.ones((choices, net.shape[1]), dtype=np.bool_)
    gains[:-1], chosen[:-1] = np.where(pays, net, 0.0), pays
    number, top = chosen.sum(axis=0), gains.argmax(axis=0)
    best = top, np.arange(len(top))
    gaps = 1.0 - gains / gains[best]
    millionths = np.rint(chosen * ((1.0 - share) / (number + sharpness * gaps) + share / number) * MILLION)
    millionths[best] = 0.0
    millionths[best] = MILLION - millionths.sum(axis=0)
    weights: Matrix = millionths / MILLION
    return weights


def bid_columns(net_of_cost: Matrix, net: Matrix, allowed: Flags) -> BidColumns:
    """Return the bids of customers (see ``retention.decide.choice.prices``).

    Args:
        net_of_cost: Expected gains less costs, shape (actions, customers).
        net: The same less prices.
        allowed: True for actions that a customer may get, of the same shape.
    """
    priced = np.where(allowed, np.maximum(net, 0.0), 0.0)
    bids = np.where(allowed, net_of_cost - _best_other(priced), 0.0)
    actions, customers = np.nonzero(bids > 0.0)
    return BidColumns(actions, customers, bids[actions, customers])


def _best_other(priced: Matrix) -> Matrix:
    """Return for each action the most that the others, or doing nothing, bring the customer."""
    if len(priced) == 1:
        return np.zeros_like(priced)
    second, first = np.sort(priced, axis=0)[-2:]
    is_best = np.arange(len(priced))[:, np.newaxis] == priced.argmax(axis=0)
    others: Matrix = np.where(is_best, second, first)
    return others
