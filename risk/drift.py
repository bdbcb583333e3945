"""Notices that customers no longer do what the model has learnt.

The mean absolute error of the risks given is watched by ADWIN (Bifet and Gavaldà, "Learning from Time-Changing Data
with Adaptive Windowing", SDM 2007), which keeps a window as long as its mean stands still and says when it moved.
"""

from typing import Final

from river import drift

_FADING: Final = 0.999
_SURENESS: Final = 0.002


class DriftWatch:
    """Told every answer once, in the order in which they are learnt.

    Attributes:
        changes: How often the error has moved for the worse or the better.
        predicted: Mean of the risks given, over about the last thousand answers.
        left: Share of those customers who left.
    """

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self._adwin = drift.ADWIN(delta=_SURENESS)  # type: ignore[no-untyped-call]
        self._answers = 0
        self.changes = 0
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
        self._adwin.update(abs(left - risk))  # type: ignore[no-untyped-call]
        self.changes += self._adwin.drift_detected
