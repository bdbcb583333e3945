"""Linear algebra on a few dozen numbers, in place, where the call costs more than the arithmetic.

BLAS's wrappers are called by position: reading names takes them as long again as everything else.
"""

from scipy.linalg.blas import daxpy, dcopy, ddot, dscal, dsymv, dsyr

from risk.estimators.feature_index import Vector


def times_symmetric(matrix: Vector, vector: Vector, out: Vector) -> None:
    """Multiply a symmetric matrix by a vector.

    Args:
        matrix: Of which only the lower triangle counts, in columns (Fortran's order).
        vector: By which.
        out: Gets the product.
    """
    dsymv(1.0, matrix, vector, 0.0, out, 0, 1, 0, 1, 1, 1)


def add_square(matrix: Vector, scale: float, vector: Vector) -> None:
    """Add a multiple of a vector's product with itself to a symmetric matrix.

    Args:
        matrix: Of which only the lower triangle is kept, in columns (Fortran's order).
        scale: The multiple.
        vector: The vector.
    """
    dsyr(scale, vector, 1, 1, 0, len(vector), matrix, 1)


def add_scaled(target: Vector, scale: float, vector: Vector) -> None:
    """Add a multiple of a vector to another."""
    daxpy(vector, target, len(vector), scale)


def move_towards(target: Vector, share: float, vector: Vector) -> None:
    """Bring a vector nearer to another by a share of the way."""
    dscal(1.0 - share, target)
    daxpy(vector, target, len(vector), share)


def copy_after_first(target: Vector, vector: Vector) -> None:
    """Copy a vector into one that is longer by a first number, which stays."""
    dcopy(vector, target, len(vector), 0, 1, 1)


def dot_after_first(longer: Vector, vector: Vector) -> float:
    """Multiply a vector by one that is longer by a first number, which does not count."""
    return float(ddot(longer, vector, len(vector), 1))
