"""Probability of each action: inverse-gap weighting with a uniform share.

Inverse-gap weighting gives an action that is expected to bring less than the best a probability inverse to the gap
(Abe and Long, ICML 1999; Foster and Rakhlin, "Beyond UCB", ICML 2020), so that little is lost by trying, and every
action that pays has a known, positive probability, which unbiased estimates of effects need. Gaps are relative to the
best gain, so the sharpness needs no unit: of ``k`` choices at most ``(k - 1) / (k + sharpness)`` of the best gain plus
the uniform share is given up.
"""

from typing import Final

import numpy as np

from retention.catalogue.compiled import Amounts
from retention.catalogue.condition import Mask

_MILLION: Final = 1e6
"""Propensities are whole millionths, as they are published; draws are made by these, so that the log is exact."""


def propensities(net: Amounts, pays: Mask, sharpness: float, share: float) -> Amounts:
    """Return the probabilities of the actions and, last, of doing nothing.

    Args:
        net: Expected gain less cost and price, shape (actions, customers).
        pays: True for actions that are allowed and expected to pay, shape (actions, customers); their ``net`` is
            above zero, and every customer has at least one.
        sharpness: The greater, the rarer what is expected to bring less.
        share: Share of decisions that are drawn evenly.

    Returns:
        Whole millionths that sum to one, zero where an action does not pay, shape
        (actions + 1, customers).
    """
    choices = len(net) + 1
    gains, chosen = np.zeros((choices, net.shape[1])), np.ones((choices, net.shape[1]), dtype=np.bool_)
    gains[:-1], chosen[:-1] = np.where(pays, net, 0.0), pays
    number, top = chosen.sum(axis=0), gains.argmax(axis=0)
    best = top, np.arange(len(top))
    gaps = 1.0 - gains / gains[best]
    millionths = np.rint(chosen * ((1.0 - share) / (number + sharpness * gaps) + share / number) * _MILLION)
    millionths[best] = 0.0
    millionths[best] = _MILLION - millionths.sum(axis=0)
    weights: Amounts = millionths / _MILLION
    return weights


def drawn(weights: Amounts, draws: Amounts) -> list[int]:
    """Return the index of the choice drawn for each customer.

    Args:
        weights: As :func:`propensities` returns them, shape (actions + 1, customers).
        draws: Number from 0 to below 1 of each customer, shape (customers,).
    """
    # Whole numbers add up exactly, whatever the shape of the batch.
    reached = np.rint(weights * _MILLION).cumsum(axis=0)
    choices: list[int] = (reached <= draws * _MILLION).sum(axis=0).tolist()
    return choices
