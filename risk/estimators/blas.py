"""Linear algebra in place on a few dozen numbers, where the call costs more than the arithmetic.

BLAS's wrappers are called by position: parsing keyword arguments would double the time of a call.
"""

from scipy.linalg.blas import daxpy, dcopy, ddot, dscal, dsymv, dsyr

from risk.estimators.feature_index import Vector


def times_symmetric(matrix: Vector, vector: Vector, out: Vector) -> None:
    """Multiply a symmetric matrix by a vector.

    Args:
        matrix: In Fortran order; only the lower triangle is read, shape (n, n).
        vector: Shape (n,).
        out: Receives the product, shape (n,).
    """
    dsymv(1.0, matrix, vector, 0.0, out, 0, 1, 0, 1, 1, 1)


def add_square(matrix: Vector, scale: float, vector: Vector) -> None:
    """Add a multiple of a vector's outer product with itself to a symmetric matrix, in place.

    Args:
        matrix: In Fortran order; only the lower triangle is changed, shape (n, n).
        scale: The multiple.
        vector: Shape (n,).
    """
    dsyr(scale, vector, 1, 1, 0, len(vector), matrix, 1)


def add_scaled(target: Vector, scale: float, vector: Vector) -> None:
    """Add a multiple of a vector to another of the same shape, in place."""
    daxpy(vector, target, len(vector), scale)


def move_towards(target: Vector, share: float, vector: Vector) -> None:
    """Move a vector towards another of the same shape by a share of the distance, in place."""
    dscal(1.0 - share, target)
    daxpy(vector, target, len(vector), share)


def copy_after_first(target: Vector, vector: Vector) -> None:
    """Copy a vector, shape (n,), into ``target[1:]`` of shape (n + 1,)."""
    dcopy(vector, target, len(vector), 0, 1, 1)


def dot_after_first(longer: Vector, vector: Vector) -> float:
    """Return the dot product of ``longer[1:]`` and a vector; the shapes are (n + 1,) and (n,)."""
    return float(ddot(longer, vector, len(vector), 1))
