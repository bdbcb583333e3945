"""Gain by depth: the money that an action brings at each capacity, by one ranking of customers or another.

In money for every thousand customers, never as a normalised Qini or uplift coefficient: whoever fixes a budget asks for
money, and a ratio of areas hides how much of it lies below the cost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from retention.effects.intervals import Estimate, estimate_mean
from retention.outcomes.columns import Integers, Vector

PER: Final = 1_000
"""Number of customers that gains are given for."""

DEPTHS: Final = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
"""Shares of customers that are acted on."""


@dataclass(frozen=True, slots=True)
class GainAtDepth:
    """Gain of acting on the first customers of a ranking.

    Attributes:
        ranking: Name of the ranking.
        depth: Share of customers acted on.
        gain: Gain for every thousand customers, acted on or not, reporting currency.
    """

    ranking: str
    depth: float
    gain: Estimate


def gain_by_depth(
    net_gains: Vector, customer: Integers, rankings: Mapping[str, Vector], depths: Sequence[float] = DEPTHS
) -> list[GainAtDepth]:
    """Estimate the gain at each depth of each ranking, and of acting on as many at random.

    Args:
        net_gains: Doubly robust score of acting less that of doing nothing, less the cost, shape (decisions,).
        customer: Number that identifies the customer, shape (decisions,).
        rankings: For each name a number known before the decision; the greatest are acted on first; shape (decisions,).
        depths: Shares of customers acted on, from 0 to 1.
    """
    rows = [
        GainAtDepth(name, depth, estimate_mean(PER * _share_in(rank, depth) * net_gains, customer))
        for name, rank in rankings.items()
        for depth in depths
    ]
    return rows + [GainAtDepth("random", depth, estimate_mean(PER * depth * net_gains, customer)) for depth in depths]


def _share_in(rank: Vector, depth: float) -> Vector:
    """Return for each decision the share with which it is acted on; equal ranks share what is left, in any order."""
    values, place, counts = np.unique(-rank, return_inverse=True, return_counts=True)
    before = np.concatenate([[0.0], np.cumsum(counts)[:-1]])
    share = np.clip((depth * len(rank) - before) / counts, 0.0, 1.0)
    within: Vector = share[place] if len(values) else rank
    return within
