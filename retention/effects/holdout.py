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
    *, draw: Integers, order: Integers, chosen: Integers, held_out: Flags, shares: Vector | Matrix
) -> Matrix:
    """Return the probability of being held out from each action, given the earlier decisions of the same draw.

    Args:
        draw: Number that identifies customer and season, shape (decisions,).
        order: Sorts the decisions of a customer in time, shape (decisions,).
        chosen: Index of the action decided, shape (decisions,).
        held_out: True for those held out from it, shape (decisions,).
        shares: Holdout share of each action; 0 for doing nothing, shape (actions,), or (decisions, actions) where they
            have changed over time.

    Returns:
        Shape (decisions, actions).
    """
    shares = np.broadcast_to(shares, (len(chosen), shares.shape[-1]))
    share = shares[np.arange(len(chosen)), chosen]
    sequence = np.lexsort((order, draw))
    starts = np.concatenate([[True], np.diff(draw[sequence]) != 0])[: len(draw)]
    nth = np.arange(len(draw)) - np.maximum.accumulate(np.where(starts, np.arange(len(draw)), 0))
    low, high = np.zeros(len(draw)), np.ones(len(draw))
    for number in range(1, int(nth.max(initial=0)) + 1):
        places = np.flatnonzero(nth == number)
        now, before = sequence[places], sequence[places - 1]
        low[now], high[now] = revealed(low[before], high[before], share[before], held_out[before])
    return share_given(shares, low, high)


def revealed(low: Vector, high: Vector, share: Vector, held_out: Flags) -> tuple[Vector, Vector]:
    """Return the bounds between which draws are known to lie after decisions, if they lay between others before.

    Args:
        low: Lower bounds before, shape (decisions,).
        high: Upper bounds before, shape (decisions,).
        share: Holdout share of the action decided, shape (decisions,).
        held_out: True for those held out from it, shape (decisions,).
    """
    return np.maximum(low, np.where(held_out, 0.0, share)), np.minimum(high, np.where(held_out, share, 1.0))


def share_given(shares: Matrix, low: Vector, high: Vector) -> Matrix:
    """Return the probability of being held out from each action if the draw lies evenly between bounds.

    Args:
        shares: Holdout share of each action, shape (decisions, actions) or (actions,).
        low: Lower bounds, shape (decisions,).
        high: Upper bounds, shape (decisions,).
    """
    probability: Matrix = np.clip((shares - low[:, None]) / (high - low)[:, None], 0.0, 1.0)
    return probability


def probability_in_effect(chosen: Matrix, held_out: Matrix) -> Matrix:
    """Return the probability that each action is in effect, that is, drawn and not held out.

    Args:
        chosen: Probability that each action is drawn; doing nothing comes first, shape (decisions, actions).
        held_out: Probability of being held out from each action, shape (decisions, actions).
    """
    in_effect = chosen * (1.0 - held_out)
    in_effect[:, 0] = 1.0 - in_effect[:, 1:].sum(axis=1)
    return in_effect
