"""Names get places, in the order in which they are first met, so that River's dictionaries can be kept as arrays."""

from collections.abc import Hashable, Iterable

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Indices = NDArray[np.intp]


class FeatureIndex:
    """The places of names.

    Attributes:
        names: Every name met, in order.
    """

    def __init__(self) -> None:
        """Begin with no name."""
        self._place_of: dict[Hashable, int] = {}

    def __len__(self) -> int:
        return len(self._place_of)

    @property
    def names(self) -> tuple[Hashable, ...]:
        """Every name met, in order."""
        return tuple(self._place_of)

    def meet(self, names: Iterable[Hashable]) -> Indices:
        """The places of names; new ones get the next places."""
        place_of = self._place_of
        return np.array([place_of.setdefault(name, len(place_of)) for name in names], dtype=np.intp)

    def find(self, names: Iterable[Hashable]) -> Indices:
        """The places of names; -1 for those never met."""
        return np.array([self._place_of.get(name, -1) for name in names], dtype=np.intp)


def padded(vector: Vector, length: int) -> Vector:
    """A vector with as many places as wanted: the old ones, then zeros."""
    longer: Vector = np.zeros(length)
    longer[: len(vector)] = vector
    return longer


def values_of(x: dict[Hashable, float]) -> Vector:
    """The values of a dictionary in its own order."""
    return np.fromiter(x.values(), dtype=np.float64, count=len(x))
