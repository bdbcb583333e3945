"""Whether risks lie at the height of what happens: the mean risk given beside the share that left."""

from typing import Final

_FADING: Final = 0.999


class Bias:
    """Told every answer once, in the order in which they are learnt.

    Attributes:
        predicted: Mean of the risks given, over about the last thousand answers.
        left: Share of those customers who left.
    """

    def __init__(self) -> None:
        self._answers = 0
        self.predicted = 0.0
        self.left = 0.0

    def note(self, *, risk: float, left: bool) -> None:
        """Take in one answer.

        Args:
            risk: The probability of leaving that was given when the question was asked.
            left: Whether the customer left.
        """
        self._answers += 1
        weight = max(1.0 - _FADING, 1.0 / self._answers)
        self.predicted += weight * (risk - self.predicted)
        self.left += weight * (left - self.left)
