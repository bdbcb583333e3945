"""Round numbers on an axis."""

import math
from collections.abc import Iterable
from typing import Final

_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0, 20.0)
_SLACK: Final = 1e-9
"""Of a step, by which a value may lie outside for its rounding."""


def round_steps(values: Iterable[float], most: int = 5) -> tuple[float, ...]:
    """Return round numbers at equal distances that enclose some values, at least two.

    Args:
        values: What is to lie between the first and the last number; at least one, all finite.
        most: Number of steps between them at most.
    """
    given = list(values)
    low, high = min(given), max(given)
    if low == high:
        low, high = min(0.0, low), max(0.0, high) if low else 1.0
    rough = (high - low) / most
    size = 10.0 ** math.floor(math.log10(rough))
    for factor in _STEPS:
        step = factor * size
        first, last = math.floor(low / step + _SLACK), math.ceil(high / step - _SLACK)
        if last - first <= most:
            break
    return tuple(step * place for place in range(first, max(last, first + 1) + 1))
