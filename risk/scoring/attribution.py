"""What each group of features adds to the log-odds, correlated features sharing nothing twice.

Many features say nearly the same: who has just bought is not silent, and has a high count this week. A model may give
the weight to either, or much to one and take it back with the other, and answers the same; so sums of weights times
features mislead. What does not depend on it is what a model would say that knew fewer groups. The groups are let in
one after another, and each is credited with what it changes (sequential sums of squares, long known for linear models;
Frye, Rowat and Feige, "Asymmetric Shapley values", NeurIPS 2020).

Models of fewer groups need not be learnt: the weights are normally distributed (see
``risk.estimators.online_newton``), and knowing nothing of a group is knowing that its weights are zero.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from customers.features import FEATURE_GROUPS, Matrix

ORDER: Final = ("silence", "spend", "rhythm", "tenure", "returns", "judgement", "contacts")
"""Silence first, since it ends every other habit; habits before what happens now and then, which is credited with
what no habit explains. An agent's judgement comes with a contact, and says more than that there was one."""


def attribution_of(weights: Matrix, covariance: bytes, groups: Sequence[str]) -> Matrix:
    """Weights of standardised features, a row a group; the rows add up to the model's weights.

    Args:
        weights: One a feature.
        covariance: Of the intercept and the weights, as published.
        groups: Those of ``ORDER`` in the order of the rows.

    Raises:
        ValueError: The model's covariance does not fit its weights, or is none.
    """
    unpacked = _covariance(covariance, len(weights) + 1)
    group_of = np.array(list(FEATURE_GROUPS.values()))
    shares = np.zeros((len(groups), len(weights)))
    known = np.zeros(len(weights), dtype=np.bool_)
    before = np.zeros(len(weights))
    for group in ORDER:
        known |= group_of == group
        now = _knowing(known, weights, unpacked)
        shares[groups.index(group)] = now - before
        before = now
    return shares


def _knowing(known: NDArray[np.bool_], weights: Matrix, covariance: Matrix) -> Matrix:
    """The weights that are expected if all others are zero."""
    others = ~known
    expected: Matrix = np.where(known, weights, 0.0)
    if others.any():
        within = covariance[np.ix_(others, others)]
        expected[known] -= covariance[np.ix_(known, others)] @ np.linalg.solve(within, weights[others])
    return expected


def _covariance(packed: bytes, size: int) -> Matrix:
    """Of the weights without the intercept."""
    lower = np.frombuffer(packed, dtype="<f8")
    if len(lower) != size * (size + 1) // 2:
        raise ValueError(f"the covariance is not that of {size - 1} weights")
    covariance = np.zeros((size, size))
    covariance[np.tril_indices(size)] = lower
    covariance += np.tril(covariance, -1).T
    return covariance[1:, 1:]
