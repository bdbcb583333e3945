"""Means that fade: about the latest thousand values count, the older the less."""

from typing import Final

_KEPT: Final = 0.999
"""Weight that a value keeps with each later one."""


def fading_weight(count: int) -> float:
    """Return the weight of the newest of ``count`` values; early means are plain averages.

    Args:
        count: Number of values including the newest, at least 1.
    """
    return max(1.0 - _KEPT, 1.0 / count)


class FadingMean:
    """A plain average of the first thousand values, and an exponentially fading one from then on.

    Attributes:
        mean: The mean so far.
        count: Number of values in it.
    """

    __slots__ = ("count", "mean")

    def __init__(self, mean: float = 0.0, count: int = 0) -> None:
        """Start empty, or continue from an earlier mean.

        Args:
            mean: The earlier mean, or a prior mean.
            count: Number of values that it stands for.
        """
        self.mean = mean
        self.count = count

    def add(self, value: float) -> None:
        """Add a value."""
        self.count += 1
        self.mean += fading_weight(self.count) * (value - self.mean)
