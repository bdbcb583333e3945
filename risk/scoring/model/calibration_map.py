"""The calibration map in use: piecewise linear and monotone, from log-odds to log-odds.

It is learnt in ``risk.learning.recalibration``.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from customers.features.features import Matrix
from risk.estimators.feature_index import Vector
from schemas.records.model import Bend

KNOTS: Final = (-4.5, -3.0, -1.5, 0.0, 1.5, 3.0, 4.5)
"""Log-odds at which an offset is learnt; beyond the outer knots, their offsets hold."""

KNOT_SPACING: Final = 1.5

_TINY: Final = 1e-6
"""Least information of a knot, so that a line can be fitted; and least difference of log-odds that counts."""


class CalibrationMap:
    """Maps log-odds to calibrated log-odds without changing their order.

    Attributes:
        heights: Calibrated log-odds at each knot, shape (knots,).
    """

    def __init__(self, bend: Bend) -> None:
        """Compute the lines between the knots.

        Args:
            bend: Published offsets and information.

        Raises:
            ValueError: The offsets are of other knots.
        """
        if not len(bend.offsets) == len(bend.information) == len(KNOTS):
            raise ValueError(f"a bend of {len(bend.offsets)} knots, where {len(KNOTS)} were expected")
        self.heights = np.maximum.accumulate(np.array(KNOTS) + _nonlinear_part(bend.offsets, bend.information))
        # One line before the first knot and one after each; the outer ones have slope 1.
        self._knots = np.array(KNOTS)
        self._starts = np.array([KNOTS[0], *KNOTS])
        self._start_heights = np.concatenate([self.heights[:1], self.heights])
        self._slopes = np.concatenate([[1.0], np.diff(self.heights) / KNOT_SPACING, [1.0]])

    def __call__(self, log_odds: Matrix) -> Matrix:
        """Return calibrated log-odds, element by element."""
        line = self._knots.searchsorted(log_odds, "right")
        return np.asarray(self._start_heights[line] + self._slopes[line] * (log_odds - self._starts[line]))

    def secant_slopes(self, middle: float, differences: Matrix) -> Matrix:
        """Return the slopes of the map between the average customer and others.

        Args:
            middle: Log-odds of the average customer.
            differences: Log-odds of others minus ``middle``.

        Returns:
            Slopes of the shape of ``differences``, at least 0; 1 where there is no difference.
        """
        mapped = self(middle + differences) - self(np.array(middle))
        slopes = np.divide(mapped, differences, out=np.ones_like(differences), where=np.abs(differences) > _TINY)
        return np.maximum(slopes, 0.0)  # a flat part may come out as -1e-16


def _nonlinear_part(offsets: Sequence[float], information: Sequence[float]) -> Vector:
    """Return the offsets minus the straight line that fits them best, weighted by information; shape (knots,)."""
    weights, values = np.array(information) + _TINY, np.array(offsets)
    steps = np.array(KNOTS) - np.average(KNOTS, weights=weights)
    slope = (weights * steps) @ values / ((weights * steps) @ steps)
    shape: Vector = values - np.average(values, weights=weights) - slope * steps
    return shape
