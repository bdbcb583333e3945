"""Linear algebra element by element, whose bits do not depend on the number of threads of BLAS or LAPACK.

What the learner publishes must be the same on every machine of one kind, and larger products of BLAS are shared out to
as many threads as there are processors. For a few hundred rows this takes milliseconds.
"""

import numpy as np

from retention.outcomes.columns import Matrix, Vector


def product(matrix: Matrix, vector: Vector) -> Vector:
    """Return the product of a matrix of shape (n, n) and a vector of shape (n,)."""
    result: Vector = (matrix * vector).sum(axis=1)
    return result


def inverse(matrix: Matrix) -> Matrix:
    """Return the inverse of a symmetric, positive definite matrix, by Gauss and Jordan's elimination in place.

    No pivots are searched for, since all are positive (Golub and Van Loan, "Matrix Computations", chapter 4).

    Args:
        matrix: Shape (n, n).
    """
    result, change = matrix.copy(), np.empty_like(matrix)
    for place in range(len(result)):
        pivot, row, scaled = result[place, place], result[place].copy(), result[:, place] / result[place, place]
        np.multiply(scaled[:, None], row, out=change)
        result -= change
        result[place], result[:, place] = row / pivot, -scaled
        result[place, place] = 1.0 / pivot
    return (result + result.T) / 2.0


def add_squares(sums: Matrix, rows: Matrix) -> None:
    """Add the outer product of each row with itself to sums in place, one row after another.

    Args:
        sums: Shape (n, n).
        rows: Shape (rows, n).
    """
    square = np.empty_like(sums)
    for row in rows:
        np.multiply(row[:, None], row, out=square)
        sums += square
