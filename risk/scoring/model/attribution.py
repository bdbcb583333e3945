"""Attribution: the part of the log-odds that each group of features contributes, without double counting.

Many features are correlated: a customer who has just bought is not silent and has a high count this week. A model may
put the weight on either, or much on one and the opposite on the other, and predict the same; so sums of weights times
features mislead. Predictions of models with fewer groups do not depend on this. The groups are added one after another,
and each is credited with the change that it makes (sequential sums of squares, long known for linear models; Frye,
Rowat and Feige, "Asymmetric Shapley values", NeurIPS 2020).

Models with fewer groups need not be learnt: the weights have a Gaussian distribution (see
``risk.estimators.online_newton``), and leaving a group out is conditioning on its weights being zero.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from customers.features.feature_names import FEATURE_GROUPS
from customers.features.features import Matrix
from risk.estimators.gaussian import symmetric, unpack_lower

ORDER: Final = ("silence", "spend", "rhythm", "tenure", "returns", "judgement", "contacts")
"""Groups in the order in which they are added.

Silence comes first, since it ends every other habit. Habits come before occasional events, which are credited with what
no habit explains. An agent's judgement comes with a contact and says more than the contact itself.
"""


def attribution_of(weights: Matrix, covariance: bytes, groups: Sequence[str]) -> Matrix:
    """Return each group's share of the weights; the rows add up to the model's weights.

    Args:
        weights: Of the standardised features, shape (features,).
        covariance: Published covariance of the intercept and the weights.
        groups: The groups of ``ORDER``, in the order of the rows.

    Returns:
        Shape (groups, features).

    Raises:
        ValueError: The covariance does not fit the weights.
        numpy.linalg.LinAlgError: The covariance is singular.
    """
    whole = symmetric(unpack_lower(covariance, len(weights) + 1))
    of_weights = np.ascontiguousarray(whole)[1:, 1:]
    group_of = np.array(list(FEATURE_GROUPS.values()))
    shares = np.zeros((len(groups), len(weights)))
    known = np.zeros(len(weights), dtype=np.bool_)
    before = np.zeros(len(weights))
    for group in ORDER:
        known |= group_of == group
        now = _conditional_mean(known, weights, of_weights)
        shares[groups.index(group)] = now - before
        before = now
    return shares


def _conditional_mean(known: NDArray[np.bool_], weights: Matrix, covariance: Matrix) -> Matrix:
    """Return the expected weights, given that those of unknown features are zero; shape (features,)."""
    others = ~known
    expected: Matrix = np.where(known, weights, 0.0)
    if others.any():
        within = covariance[np.ix_(others, others)]
        expected[known] -= covariance[np.ix_(known, others)] @ np.linalg.solve(within, weights[others])
    return expected
