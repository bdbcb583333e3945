"""Linear algebra element by element against LAPACK."""

import numpy as np
import pytest

from retention.learning.elementwise import inverse, product


@pytest.mark.parametrize("size", [1, 2, 40])
def test_the_inverse_is_that_of_lapack(size: int) -> None:
    root = np.random.default_rng(size).normal(size=(size, size + 2))
    matrix = root @ root.T

    assert inverse(matrix) == pytest.approx(np.linalg.inv(matrix), rel=1e-6, abs=1e-9)


def test_the_product_is_that_of_blas() -> None:
    random = np.random.default_rng(1)
    matrix, vector = random.normal(size=(30, 30)), random.normal(size=30)

    assert product(matrix, vector) == pytest.approx(matrix @ vector)
