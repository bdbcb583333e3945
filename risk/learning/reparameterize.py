"""Reparameterization: expresses learnt weights for a scale of the features that has moved.

Features are standardised by running means and deviations. Both grow while a business and its customers are young, and a
weight learnt on one scale means something else on the next. So now and then the weights are changed to predict on the
present scale what they predicted on the last one.
"""

from collections.abc import Sequence
from sys import maxsize
from typing import Final

import numpy as np
from numpy.typing import NDArray

from risk.estimators.feature_index import Vector
from risk.estimators.online_newton import OnlineNewton
from risk.scoring.model.risk_model import CLIP

_GROWTH: Final = 0.05
"""Share by which the number of answers grows between two changes: means can have moved little in between."""

_AT_LEAST: Final = 100
"""Least number of answers between two changes, which saves most of the cost in young businesses."""

ReparameterizerState = tuple[int, bytes]
"""State as plain data: the number of answers at which a change is due, and the scale."""


class Reparameterizer:
    """Remembers the scale on which weights are expressed, and changes them to the next."""

    def __init__(self, newtons: Sequence[OnlineNewton]) -> None:
        """Start without a scale; nothing is due before ``start``.

        Args:
            newtons: Regressions to change; all learn the same answers.
        """
        self._newtons = tuple(newtons)
        self._due_at = maxsize
        self._scale = np.zeros((2, 0))

    @property
    def is_due(self) -> bool:
        """True if it is time for ``apply``."""
        return self._newtons[0].examples >= self._due_at

    def start(self) -> None:
        """Take the scale of the next ``apply`` as that of the present weights."""
        self._due_at = 0

    def apply(self, means: Sequence[float], variances: Sequence[float]) -> None:
        """Change all weights from the scale of the last call to this one.

        Args:
            means: Present means of the features, shape (features,).
            variances: Present variances of the features, shape (features,).
        """
        before, self._scale = self._scale, np.array([means, np.sqrt(variances)])
        examples = self._newtons[0].examples
        self._due_at = examples + max(round(examples * _GROWTH), _AT_LEAST)
        if before.size:
            change = scale_change(before, self._scale)
            for newton in self._newtons:
                newton.reparameterize(*change)

    @property
    def state(self) -> ReparameterizerState:
        """State as plain data."""
        return self._due_at, self._scale.astype("<f8").tobytes()

    def resume(self, state: ReparameterizerState | None) -> None:
        """Continue from a stored state; None, as in old models, is a start."""
        if state is None:
            self.start()
            return
        self._due_at, scale = state
        self._scale = np.frombuffer(scale, dtype="<f8").reshape(2, -1)


def scale_change(before: Vector, now: Vector) -> tuple[Vector, Vector]:
    """Return the difference between two scales.

    Features that are nonzero so seldom that their values lie beyond the clip count as unchanged: for them, the clip is
    the scale.

    Args:
        before: Means and standard deviations, shape (2, features).
        now: Means and standard deviations, shape (2, features).

    Returns:
        New deviations divided by old ones, and new means minus old ones in old deviations, each of shape (features,).
    """
    counts = _lies_within(before) & _lies_within(now)
    deviations = np.where(counts, before[1], 1.0)
    stretched, moved = now[1] / deviations, (now[0] - before[0]) / deviations
    return np.where(counts, stretched, 1.0), np.where(counts, moved, 0.0)


def _lies_within(scale: Vector) -> NDArray[np.bool_]:
    """Return True for features that vary, and mostly within the clip; shape (features,).

    A feature that is ``v`` in a small share ``p`` of the answers and zero in all others has the mean ``pv`` and the
    deviation ``v √p``; where it is ``v``, it lies ``1/√p`` deviations out, which is the deviation over the mean.
    """
    means, deviations = scale
    return np.asarray((deviations > 0.0) & (deviations <= CLIP * np.abs(means)), dtype=np.bool_)
