"""Bias of the risks: calibration in the large, the mean risk given beside the share that left."""

from risk.estimators.fading_mean import FadingMean


class Bias:
    """Compares predicted risks with answers over about the latest thousand; told each answer once, in order."""

    def __init__(self) -> None:
        self._predicted = FadingMean()
        self._left = FadingMean()

    @property
    def predicted(self) -> float:
        """Mean of the risks given."""
        return self._predicted.mean

    @property
    def left(self) -> float:
        """Share of those customers who left."""
        return self._left.mean

    def add(self, *, risk: float, left: bool) -> None:
        """Add an answer.

        Args:
            risk: Probability of leaving that was given when the question was asked.
            left: True if the customer left.
        """
        self._predicted.add(risk)
        self._left.add(left)
