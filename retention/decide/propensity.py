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

_DIGITS: Final = 6
"""Digits of published propensities; draws are made by these, so that the log is exact."""


def propensities(net: Amounts, pays: Mask, sharpness: float, share: float) -> Amounts:
    """Return the probabilities of the actions and, last, of doing nothing.

    Args:
        net: Expected gain less cost and price, shape (actions, customers).
        pays: True for actions that are allowed and expected to pay, shape (actions, customers); their ``net`` is
            above zero, and every customer has at least one.
        sharpness: The greater, the rarer what is expected to bring less.
        share: Share of decisions that are drawn evenly.

    Returns:
        Multiples of a millionth that sum to one up to rounding, zero where an action does not pay, shape
        (actions + 1, customers).
    """
    gains = np.where(pays, net, 0.0)
    best = gains.max(axis=0)
    chosen = np.vstack([pays, np.ones_like(best, dtype=bool)])
    number = chosen.sum(axis=0)
    gaps = 1.0 - np.vstack([gains, np.zeros_like(best)]) / best
    weights: Amounts = np.where(chosen, (1.0 - share) / (number + sharpness * gaps) + share / number, 0.0)
    weights = np.round(weights, _DIGITS)
    top = gains.argmax(axis=0)
    columns = np.arange(len(top))
    weights[top, columns] = 0.0
    # Sums of arrays may depend on the shape of the batch in the last digit; running sums do not.
    weights[top, columns] = np.round(1.0 - np.cumsum(weights, axis=0)[-1], _DIGITS)
    return weights


def drawn(weights: Amounts, draws: Amounts) -> list[int]:
    """Return the index of the choice drawn for each customer.

    Args:
        weights: As :func:`propensities` returns them, shape (actions + 1, customers).
        draws: Number from 0 to below 1 of each customer, shape (customers,).
    """
    below = np.cumsum(weights, axis=0) <= draws
    # Rounding may leave the sum a little below one, and a draw above it: the last possible choice takes it.
    last = len(weights) - 1 - (weights > 0.0)[::-1].argmax(axis=0)
    choices: list[int] = np.minimum(below.sum(axis=0), last).tolist()
    return choices
