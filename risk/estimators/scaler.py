"""A River transformer that standardises by running means and variances, and bounds what comes out."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Final

import numpy as np
from river import base

from risk.estimators.feature_index import FeatureIndex, Indices, Vector, padded, values_of

_NOTHING: Final = np.array(0.0)
_ONE: Final = np.array(1.0)
"""Numbers that numpy need not convert every time."""


class RunningScaler(base.Transformer):
    """River's ``StandardScaler`` with clipping, kept in arrays.

    Whoever has all features at hand in their order spares the dictionaries: ``learn_and_transform_ordered`` does the
    same, to the last bit, at a fraction of the cost.

    Means and variances are updated after Welford, "Note on a Method for Calculating Corrected Sums of Squares and
    Products" (Technometrics 1962).

    Args:
        bound: Standardised values further out than this are brought back to it.
    """

    def __init__(self, bound: float = 6.0) -> None:
        self.bound = bound
        self._columns = FeatureIndex()
        self._counts = np.zeros(0)
        self._means = np.zeros(0)
        self._variances = np.zeros(0)
        self._upper, self._lower = np.array(bound), np.array(-bound)

    def expect(self, features: Iterable[Hashable]) -> Indices:
        """Give features their places, those first that have none yet.

        Returns:
            The place of each.
        """
        places = self._columns.meet(features)
        if (length := len(self._columns)) > len(self._means):
            self._counts = padded(self._counts, length)
            self._means = padded(self._means, length)
            self._variances = padded(self._variances, length)
        return places

    @property
    def means(self) -> list[float]:
        """Running mean of each feature, in the order of first sight."""
        means: list[float] = self._means.tolist()
        return means

    @property
    def variances(self) -> list[float]:
        """Running population variance of each feature, in the order of first sight."""
        variances: list[float] = self._variances.tolist()
        return variances

    def resume(self, count: int, means: Sequence[float], variances: Sequence[float]) -> None:
        """Go on from what was learnt before.

        Args:
            count: Examples learnt, each with every feature.
            means: One a feature, in the order of first sight.
            variances: Likewise.
        """
        self._counts[:] = count
        self._means[:] = means
        self._variances[:] = variances

    def learn_one(self, x: dict[Hashable, Any]) -> None:
        """Update the means and variances of the features that are there."""
        places = self.expect(x)
        values, counts = values_of(x), self._counts[places] + 1.0
        before, variances = self._means[places], self._variances[places]
        means = before + (values - before) / counts
        self._counts[places], self._means[places] = counts, means
        self._variances[places] = variances + ((values - before) * (values - means) - variances) / counts

    def transform_one(self, x: dict[Hashable, Any]) -> dict[Hashable, Any]:
        """Standardise; what never varied becomes zero."""
        places = self._columns.find(x)
        known = places >= 0
        standardised = np.zeros(len(places))
        places = places[known]
        standardised[known] = self._bounded(values_of(x)[known] - self._means[places], self._variances[places])
        return dict(zip(x, standardised.tolist(), strict=True))

    def learn_and_transform_ordered(self, values: Vector) -> Vector:
        """As ``learn_one``, then ``transform_one``.

        Args:
            values: Every feature known, in order, shape (features,).
        """
        counts, variances = self._counts, self._variances
        counts += _ONE
        change = values - self._means
        self._means += change / counts
        off = values - self._means
        change *= off
        change -= variances
        change /= counts
        variances += change
        return self._bounded(off, variances)

    def _bounded(self, off: Vector, variances: Vector) -> Vector:
        """Standardise in place what lies off the means."""
        spread = np.sqrt(variances)
        spread[spread == _NOTHING] = np.inf
        off /= spread
        np.minimum(off, self._upper, out=off)
        bounded: Vector = np.maximum(off, self._lower, out=off)
        return bounded
