"""Types of columns: one value, or one row, for each decision."""

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
"""Numbers, shape (decisions,)."""

Matrix = NDArray[np.float64]
"""Numbers, shape (decisions, columns)."""

Integers = NDArray[np.int64]
"""Integers, shape (decisions,)."""

Flags = NDArray[np.bool_]
"""Truth values, shape (decisions,)."""
