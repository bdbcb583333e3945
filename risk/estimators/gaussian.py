"""Gaussian distributions of weights with a dense covariance, and how their covariance is stored."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from risk.estimators.feature_index import Vector

Gaussian = tuple[Vector, Vector]
"""Mean, shape (n,), and covariance, shape (n, n), with both triangles filled."""


def pack_lower(covariance: Vector) -> bytes:
    """Encode the lower triangle of a symmetric matrix, row by row, as little-endian float64."""
    return covariance[_lower(len(covariance))].astype("<f8").tobytes()


def unpack_lower(packed: bytes, size: int) -> Vector:
    """Decode a packed covariance.

    Args:
        packed: Output of ``pack_lower``.
        size: Number of rows expected.

    Returns:
        The lower triangle, with zeros above it, in Fortran order, shape (size, size).

    Raises:
        ValueError: The bytes have the wrong length.
    """
    lower = np.frombuffer(packed, dtype="<f8")
    if len(lower) != size * (size + 1) // 2:
        raise ValueError(f"the covariance is not that of {size - 1} weights")
    covariance = np.zeros((size, size), order="F")
    covariance[_lower(size)] = lower
    return covariance


@cache
def _lower(size: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows and columns of a lower triangle, row by row; finding them takes longer than using them."""
    return np.tril_indices(size)


def symmetric(covariance: Vector) -> Vector:
    """Return the whole of a symmetric matrix of which only the lower triangle is filled."""
    lower = np.tril(covariance)
    return np.asarray(lower + np.tril(lower, -1).T)


def with_precision_added(distribution: Gaussian, added: Vector) -> Gaussian:
    """Return the product with a Gaussian around zero whose weights are independent: precisions add up.

    Args:
        distribution: Mean and covariance.
        added: Precision to add to each weight; negative to remove some, shape (n,).
    """
    mean, covariance = distribution
    # The new covariance is the inverse of (the inverse of the old one plus what is added).
    change = np.eye(len(mean)) + covariance * added
    solved = np.linalg.solve(change, np.column_stack((mean, covariance)))
    return np.array(solved[:, 0]), np.array(solved[:, 1:], order="F")


def reparameterized(weights: Vector, stretched: Vector, moved: Vector) -> Vector:
    """Express weights for features that are standardised by new means and deviations; predictions stay the same.

    Args:
        weights: The intercept, then one per feature, shape (n + 1,).
        stretched: New standard deviation of each feature divided by the old one, shape (n,).
        moved: New mean minus the old one, in old standard deviations, shape (n,).
    """
    changed = weights.copy()
    changed[0] += moved @ weights[1:]
    changed[1:] *= stretched
    return changed


def reparameterized_gaussian(distribution: Gaussian, stretched: Vector, moved: Vector) -> Gaussian:
    """Express a distribution of weights for newly standardised features; see ``reparameterized``.

    Args:
        distribution: Mean and covariance of the intercept and the weights.
        stretched: New standard deviation of each feature divided by the old one, shape (n,).
        moved: New mean minus the old one, in old standard deviations, shape (n,).
    """
    mean, covariance = distribution
    changed = covariance.copy()
    changed[0] += moved @ covariance[1:]
    changed[:, 0] += changed[:, 1:] @ moved
    changed[1:] *= stretched[:, None]
    changed[:, 1:] *= stretched
    return reparameterized(mean, stretched, moved), changed
