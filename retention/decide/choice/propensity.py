"""Probability of each action: inverse-gap weighting with a uniform share.

Inverse-gap weighting gives an action that is expected to bring less than the best a probability inverse to the gap
(Abe and Long, ICML 1999; Foster and Rakhlin, "Beyond UCB", ICML 2020), so that little is lost by trying, and every
action that pays has a known, positive probability, which unbiased estimates of effects need. Gaps are relative to the
best gain, so the sharpness needs no unit: of ``k`` choices at most ``(k - 1) / (k + sharpness)`` of the best gain plus
the uniform share is given up.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

MILLION: Final = 1_000_000
"""Propensities are whole millionths, as they are published; draws are made by these, so that the log is exact."""


def propensities(net: Sequence[float], sharpness: float, share: float) -> list[int]:
    """Return the probabilities of the actions that pay and, last, of doing nothing, as millionths that sum to one.

    Args:
        net: Expected gain less cost and price of each action that pays, above zero; at least one.
        sharpness: The greater, the rarer what is expected to bring less.
        share: Share of decisions that are drawn evenly.
    """
    number, highest = len(net) + 1, max(net)
    weights: list[int] = []
    for gain in (*net, 0.0):
        gap = 1.0 - gain / highest
        weights.append(round(((1.0 - share) / (number + sharpness * gap) + share / number) * MILLION))
    best = net.index(highest)
    weights[best] = MILLION - (sum(weights) - weights[best])
    return weights


def drawn(weights: Sequence[int], draw: float) -> int:
    """Return the index of the choice that is drawn.

    Args:
        weights: Millionths of each choice, as :func:`propensities` returns them.
        draw: Number from 0 to below 1.
    """
    return sum(reached <= draw * MILLION for reached in accumulate(weights))
