"""Probability of being held out, given what a customer's earlier decisions have revealed.

One number per customer and season, drawn by hash, decides for all actions: the customer is held out from an action
whose share is above it. So the first decision of a season is an experiment, and the later ones are not: that somebody
was held out before says that they will be again, and what happened in between is what the first decision brought.
The draws of exploration are made anew for each decision and stay an experiment; they only need the probabilities that
held given the past, which are computed here. To compare later decisions as if nothing had been revealed is biased.
"""

import numpy as np

from retention.outcomes.columns import Flags, Integers, Matrix, Vector


def held_out_probability(
    *, draw: Integers, order: Integers, chosen: Integers, held_out: Flags, shares: Vector
) -> Matrix:
    """Return the probability of being held out from each action, given the earlier decisions of the same draw.

    Args:
        draw: Number that identifies customer and season, shape (decisions,).
        order: Sorts the decisions of a customer in time, shape (decisions,).
        chosen: Index of the action decided, shape (decisions,).
        held_out: True for those held out from it, shape (decisions,).
        shares: Holdout share of each action; 0 for doing nothing, shape (actions,).

    Returns:
        Shape (decisions, actions).
    """
    share = shares[chosen]
    at_least = np.where(held_out, 0.0, share)
    below = np.where(held_out, share, 1.0)
    low, high = _before(at_least, below, draw, order)
    probability: Matrix = np.clip((shares - low[:, None]) / (high - low)[:, None], 0.0, 1.0)
    return probability


def _before(at_least: Vector, below: Vector, draw: Integers, order: Integers) -> tuple[Vector, Vector]:
    """Return the bounds between which the draw was known to lie before each decision."""
    sequence = np.lexsort((order, draw))
    starts = np.concatenate([[True], np.diff(draw[sequence]) != 0])[: len(draw)]
    nth = np.arange(len(draw)) - np.maximum.accumulate(np.where(starts, np.arange(len(draw)), 0))
    low, high = np.zeros(len(draw)), np.ones(len(draw))
    for number in range(1, int(nth.max(initial=0)) + 1):
        now = sequence[nth == number]
        before = sequence[np.flatnonzero(nth == number) - 1]
        low[now] = np.maximum(low[before], at_least[before])
        high[now] = np.minimum(high[before], below[before])
    return low, high


def probability_in_effect(chosen: Matrix, held_out: Matrix) -> Matrix:
    """Return the probability that each action is in effect, that is, drawn and not held out.

    Args:
        chosen: Probability that each action is drawn; doing nothing comes first, shape (decisions, actions).
        held_out: Probability of being held out from each action, shape (decisions, actions).
    """
    in_effect = chosen * (1.0 - held_out)
    in_effect[:, 0] = 1.0 - in_effect[:, 1:].sum(axis=1)
    return in_effect
