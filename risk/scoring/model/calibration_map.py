"""The calibration map in use: piecewise linear and monotone, from log-odds to log-odds.

It is learnt in ``risk.learning.recalibration``.
"""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

import numpy as np

from customers.features.features import Matrix
from risk.estimators.feature_index import Indices, Vector
from schemas.records.model import Bend

KNOTS: Final = (-4.5, -3.0, -1.5, 0.0, 1.5, 3.0, 4.5)
"""Log-odds at which an offset is learnt; beyond the outer knots, their offsets hold."""

KNOT_SPACING: Final = 1.5

_KNOTS: Final = np.array(KNOTS)
_STARTS: Final = np.array([KNOTS[0], *KNOTS])

_TINY: Final = 1e-6
"""Least information of a knot, so that a line can be fitted; and least difference of log-odds that counts."""


class Calibration(Protocol):
    """Maps the log-odds of customers, by one map or by a map for each."""

    def __call__(self, log_odds: Matrix, /) -> Matrix:
        """Return calibrated log-odds, shape (customers,)."""
        ...

    def secant_slopes(self, middles: Matrix, differences: Matrix, /) -> Matrix:
        """Return the slopes between the average customer and others, shape (customers,)."""
        ...


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
        self.start_heights = np.concatenate([self.heights[:1], self.heights])
        self.slopes = np.concatenate([[1.0], np.diff(self.heights) / KNOT_SPACING, [1.0]])

    def __call__(self, log_odds: Matrix) -> Matrix:
        """Return calibrated log-odds, element by element."""
        line = _KNOTS.searchsorted(log_odds, "right")
        return np.asarray(self.start_heights[line] + self.slopes[line] * (log_odds - _STARTS[line]))

    def secant_slopes(self, middles: Matrix, differences: Matrix) -> Matrix:
        """Return the slopes of the map between the average customer and others.

        Args:
            middles: Log-odds of the average customer, shape () or (customers,).
            differences: Log-odds of others minus ``middles``, shape (customers,).

        Returns:
            Slopes of the shape of ``differences``, at least 0; 1 where there is no difference.
        """
        return _secant_slopes(self, middles, differences)


class CalibrationStack:
    """Maps the log-odds of each customer by the map of the customer's model, as that map alone would."""

    def __init__(self, maps: Sequence[CalibrationMap | None], which: Indices) -> None:
        """Put the maps of models beside each other.

        Args:
            maps: Of each model; None for one whose log-odds stay as they are.
            which: Index of each customer's model, shape (customers,).
        """
        plain = np.zeros(len(_STARTS))
        self._heights = np.array([plain if one is None else one.start_heights for one in maps])
        self._slopes = np.array([plain if one is None else one.slopes for one in maps])
        self._which = which
        self._maps = np.array([one is not None for one in maps])[which]

    def __call__(self, log_odds: Matrix) -> Matrix:
        """Return calibrated log-odds, shape (customers,)."""
        line = _KNOTS.searchsorted(log_odds, "right")
        slopes = self._slopes[self._which, line]
        return np.where(self._maps, self._heights[self._which, line] + slopes * (log_odds - _STARTS[line]), log_odds)

    def secant_slopes(self, middles: Matrix, differences: Matrix) -> Matrix:
        """Return the slopes as :meth:`CalibrationMap.secant_slopes`; 1 where log-odds stay as they are."""
        return np.where(self._maps, _secant_slopes(self, middles, differences), 1.0)


def _secant_slopes(calibration: Callable[[Matrix], Matrix], middles: Matrix, differences: Matrix) -> Matrix:
    mapped = calibration(middles + differences) - calibration(middles)
    slopes = np.divide(mapped, differences, out=np.ones_like(differences), where=np.abs(differences) > _TINY)
    return np.maximum(slopes, 0.0)  # a flat part may come out as -1e-16


def _nonlinear_part(offsets: Sequence[float], information: Sequence[float]) -> Vector:
    """Return the offsets minus the straight line that fits them best, weighted by information; shape (knots,)."""
    weights, values = np.array(information) + _TINY, np.array(offsets)
    steps = np.array(KNOTS) - np.average(KNOTS, weights=weights)
    slope = (weights * steps) @ values / ((weights * steps) @ steps)
    shape: Vector = values - np.average(values, weights=weights) - slope * steps
    return shape
