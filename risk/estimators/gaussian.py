"""Updates of normally distributed weights with a dense covariance (in place: ``risk.estimators.blas``)."""

import numpy as np

from risk.estimators.feature_index import Vector

Gaussian = tuple[Vector, Vector]
"""Mean, shape (n,), and covariance, shape (n, n), whole."""


def symmetric(covariance: Vector) -> Vector:
    """A symmetric matrix of which only the lower triangle was kept."""
    lower = np.tril(covariance)
    return np.asarray(lower + np.tril(lower, -1).T)


def with_precision_added(normal: Gaussian, added: Vector) -> Gaussian:
    """The distribution with each weight known better, or less well, around zero: precisions add up.

    Args:
        normal: Mean and covariance.
        added: To the precision of each weight, negative for less, shape (n,).
    """
    mean, covariance = normal
    # The new covariance is the inverse of the old one's inverse plus what is added.
    change = np.eye(len(mean)) + covariance * added
    solved = np.linalg.solve(change, np.column_stack((mean, covariance)))
    return np.array(solved[:, 0]), np.array(solved[:, 1:], order="F")


def reparameterized(weights: Vector, stretched: Vector, moved: Vector) -> Vector:
    """The weights, the intercept first, that say of features standardised anew what these said of the old ones.

    Args:
        weights: Shape (n + 1,).
        stretched: New standard deviation of each feature over the old one, shape (n,).
        moved: New mean less the old one, in old standard deviations, shape (n,).
    """
    carried = weights.copy()
    carried[0] += moved @ weights[1:]
    carried[1:] *= stretched
    return carried


def reparameterized_gaussian(normal: Gaussian, stretched: Vector, moved: Vector) -> Gaussian:
    """``reparameterized`` for all that the weights may be.

    Args:
        normal: Mean and covariance.
        stretched: As there.
        moved: As there.
    """
    mean, covariance = normal
    carried = covariance.copy()
    carried[0] += moved @ covariance[1:]
    carried[:, 0] += carried[:, 1:] @ moved
    carried[1:] *= stretched[:, None]
    carried[:, 1:] *= stretched
    return reparameterized(mean, stretched, moved), carried
