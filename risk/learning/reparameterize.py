"""When weights are carried over to a scale that has moved, and by how much it has.

Features are standardised by running means and deviations. While a business is young so are its customers; both grow
with them, and a weight learnt under one scale says something else under the next. So now and then the weights are
changed to say under the scale of now what they said under that of the last time.
"""

from collections.abc import Sequence
from sys import maxsize
from typing import Final

import numpy as np
from numpy.typing import NDArray

from risk.estimators.feature_index import Vector
from risk.estimators.online_newton import OnlineNewton
from risk.scoring.model import CLIP

_GROWN_BY: Final = 0.05
"""Weights are carried over when the answers have grown by so much: means can have moved little since;"""

_AT_LEAST: Final = 100
"""and by no fewer than this, which spares young businesses most of the cost."""

ReparameterizerState = tuple[int, bytes]
"""What ``Reparameterizer`` knows, as plain data: when it is due, and the scale."""


class Reparameterizer:
    """Remembers the scale in which weights were last expressed, and carries them over to the next."""

    def __init__(self, newtons: Sequence[OnlineNewton]) -> None:
        """Begin with no scale; before ``begin`` nothing is ever due.

        Args:
            newtons: Whose weights are carried over; all learn the same answers.
        """
        self._newtons = tuple(newtons)
        self._due_at = maxsize
        self._scale = np.zeros((2, 0))

    @property
    def is_due(self) -> bool:
        """Whether it is time for ``follow``."""
        return self._newtons[0].examples >= self._due_at

    def begin(self) -> None:
        """The weights of now are in the scale that is given next."""
        self._due_at = 0

    def follow(self, means: Sequence[float], variances: Sequence[float]) -> None:
        """Carry all weights over from the scale that was given last.

        Args:
            means: Of the features by now, shape (features,).
            variances: Likewise.
        """
        before, self._scale = self._scale, np.array([means, np.sqrt(variances)])
        examples = self._newtons[0].examples
        self._due_at = examples + max(round(examples * _GROWN_BY), _AT_LEAST)
        if before.size:
            change = scale_change(before, self._scale)
            for newton in self._newtons:
                newton.carry_over(*change)

    @property
    def state(self) -> ReparameterizerState:
        """All that is known, as plain data."""
        return self._due_at, self._scale.astype("<f8").tobytes()

    def resume(self, state: ReparameterizerState | None) -> None:
        """Go on from what was known before; nothing was in models of before weights were carried over."""
        if state is None:
            self.begin()
            return
        self._due_at, scale = state
        self._scale = np.frombuffer(scale, dtype="<f8").reshape(2, -1)


def scale_change(before: Vector, now: Vector) -> tuple[Vector, Vector]:
    """How one scale differs from another.

    A feature that is so seldom anything but zero that its values lie beyond the clip has not changed: there, the clip
    is the scale.

    Args:
        before: Means and standard deviations, shape (2, features).
        now: Likewise.

    Returns:
        The new deviations over the old ones, and the new means less the old ones in old deviations.
    """
    counts = _lies_within(before) & _lies_within(now)
    deviations = np.where(counts, before[1], 1.0)
    stretched, moved = now[1] / deviations, (now[0] - before[0]) / deviations
    return np.where(counts, stretched, 1.0), np.where(counts, moved, 0.0)


def _lies_within(scale: Vector) -> NDArray[np.bool_]:
    """Which features vary, and mostly within the clip.

    One that is ``v`` in a small share ``p`` of the answers and zero in all others has the mean ``pv`` and the deviation
    ``v √p``; where it is ``v``, it lies ``1/√p`` deviations out, which is the deviation over the mean.
    """
    means, deviations = scale
    return np.asarray((deviations > 0.0) & (deviations <= CLIP * np.abs(means)), dtype=np.bool_)
