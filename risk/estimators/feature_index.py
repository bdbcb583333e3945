"""Positions of named features, so that River's dictionaries can be kept as arrays."""

from collections.abc import Hashable, Iterable

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Indices = NDArray[np.intp]


class FeatureIndex:
    """Numbers names in the order in which they are first met."""

    def __init__(self) -> None:
        """Start without names."""
        self._index_of: dict[Hashable, int] = {}

    def __len__(self) -> int:
        return len(self._index_of)

    @property
    def names(self) -> tuple[Hashable, ...]:
        """Every name, in order."""
        return tuple(self._index_of)

    def add(self, names: Iterable[Hashable]) -> Indices:
        """Return the indices of names; new names get the next ones."""
        index_of = self._index_of
        return np.array([index_of.setdefault(name, len(index_of)) for name in names], dtype=np.intp)

    def find(self, names: Iterable[Hashable]) -> Indices:
        """Return the indices of names; -1 for unknown names."""
        return np.array([self._index_of.get(name, -1) for name in names], dtype=np.intp)


def padded(vector: Vector, length: int) -> Vector:
    """Return a copy of a vector, extended with zeros to a length."""
    longer: Vector = np.zeros(length)
    longer[: len(vector)] = vector
    return longer


def values_of(x: dict[Hashable, float]) -> Vector:
    """Return the values of a dictionary in its own order, shape (len(x),)."""
    return np.fromiter(x.values(), dtype=np.float64, count=len(x))
