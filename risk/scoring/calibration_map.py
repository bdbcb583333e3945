"""The calibration map: from log-odds to risks, by straight lines between knots (``risk.learning.recalibration``)."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from customers.features import Matrix
from risk.estimators.feature_index import Vector
from schemas.model import Bend

KNOTS: Final = (-4.5, -3.0, -1.5, 0.0, 1.5, 3.0, 4.5)
"""Log-odds at which a height is learnt; further out, the last one holds."""

KNOT_SPACING: Final = 1.5

_TINY: Final = 1e-6
"""Information that every knot has at least, so that there is a line; and log-odds by which customers do not differ."""


class CalibrationMap:
    """Bends log-odds; whoever had the higher ones still has, or has the same.

    Attributes:
        heights: What is answered at each knot.
    """

    def __init__(self, bend: Bend) -> None:
        """Take a learnt bend into use.

        Raises:
            ValueError: It has other knots.
        """
        if not len(bend.offsets) == len(bend.information) == len(KNOTS):
            raise ValueError(f"a bend of {len(bend.offsets)} knots, where {len(KNOTS)} were expected")
        self.heights = np.maximum.accumulate(np.array(KNOTS) + _shape_of(bend.offsets, bend.information))
        # A line before the first knot, one after each, those at both ends as steep as before.
        self._knots = np.array(KNOTS)
        self._starts = np.array([KNOTS[0], *KNOTS])
        self._from = np.concatenate([self.heights[:1], self.heights])
        self._slopes = np.concatenate([[1.0], np.diff(self.heights) / KNOT_SPACING, [1.0]])

    def __call__(self, log_odds: Matrix) -> Matrix:
        """What is answered instead of these log-odds; to the last bit the same in whatever company."""
        line = self._knots.searchsorted(log_odds, "right")
        return np.asarray(self._from[line] + self._slopes[line] * (log_odds - self._starts[line]))

    def stretches(self, middle: float, apart: Matrix) -> Matrix:
        """By how much what parts customers from the average one grows when both are bent.

        Args:
            middle: Log-odds of the average customer.
            apart: What others have more than that.

        Returns:
            A factor for each, none of them negative.
        """
        bent = self(middle + apart) - self(np.array(middle))
        return np.divide(bent, apart, out=np.ones_like(apart), where=np.abs(apart) > _TINY)


def _shape_of(offsets: Sequence[float], information: Sequence[float]) -> Vector:
    """The offsets without the straight line that fits them best."""
    weights, values = np.array(information) + _TINY, np.array(offsets)
    steps = np.array(KNOTS) - np.average(KNOTS, weights=weights)
    slope = (weights * steps) @ values / ((weights * steps) @ steps)
    shape: Vector = values - np.average(values, weights=weights) - slope * steps
    return shape
