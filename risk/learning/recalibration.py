"""Recalibration: learns the calibration map that corrects what adding up features cannot express.

The contributions of features are added up, but the truth is often not additive: customers with two reasons to leave
then get too high or too low a risk, by the same amount for all with such a risk. So offsets at a few knots are learnt
from the same answers, each with a prior around zero; between knots the map is linear, and it never falls, like the
calibration of Zadrozny and Elkan, "Transforming Classifier Scores into Accurate Multiclass Probability Estimates"
(KDD 2002).

Only its nonlinear part is used. The level and the spread of all risks are left to the weights, which learn them from
the same answers: correcting them here as well would correct them twice.
"""

from math import exp
from typing import Final

from risk.scoring.model.calibration_map import KNOT_SPACING, KNOTS, CalibrationMap
from schemas.records.model import Bend

_LAST: Final = len(KNOTS) - 1

_PRIOR_INFORMATION: Final = 10.0
"""Information of the prior of each offset: that of 40 answers at even odds."""

_MOST_INFORMATION: Final = 100.0
"""Information beyond which an offset forgets: about a thousand answers between two knots around even odds."""

_FAR: Final = 30.0
"""Log-odds below the negative of this count as probability zero."""


class Recalibration:
    """Learns the offsets of the calibration map.

    Attributes:
        offsets: Log-odds to add at each knot, including the straight part that is removed in use; knots numbers.
        information: Fisher information at each knot of the answers learnt; knots numbers.
    """

    def __init__(self) -> None:
        """Start with offsets of zero."""
        self.offsets = [0.0] * len(KNOTS)
        self.information = [0.0] * len(KNOTS)

    def learn(self, log_odds: float, left: bool) -> None:
        """Learn one answer by a Newton step at each of the two knots around it, weighted by nearness.

        Args:
            log_odds: Prediction of the weights before they learn the answer.
            left: The answer.
        """
        along = (log_odds - KNOTS[0]) / KNOT_SPACING
        lower = 0 if along <= 0.0 else min(int(along), _LAST - 1)
        part = 0.0 if along <= 0.0 else 1.0 if along >= _LAST else along - lower
        other = 1.0 - part
        offsets, information = self.offsets, self.information
        corrected = log_odds + other * offsets[lower] + part * offsets[lower + 1]
        expected = 1.0 / (1.0 + exp(-corrected)) if corrected > -_FAR else 0.0
        error, gained = left - expected, expected * (1.0 - expected)
        # Written out twice, since a loop or a call would take half as long again.
        information[lower] = known = min(information[lower] + other * gained, _MOST_INFORMATION)
        offsets[lower] += other * error / (_PRIOR_INFORMATION + known)
        information[lower + 1] = known = min(information[lower + 1] + part * gained, _MOST_INFORMATION)
        offsets[lower + 1] += part * error / (_PRIOR_INFORMATION + known)

    @property
    def state(self) -> Bend:
        """Everything learnt, in the form of the published model."""
        return Bend(tuple(self.offsets), tuple(self.information))

    def resume(self, bend: Bend | None) -> None:
        """Continue from a published calibration; None, as in old models, leaves the offsets at zero.

        Raises:
            ValueError: It has other knots.
        """
        if bend is not None:
            CalibrationMap(bend)
            self.offsets, self.information = list(bend.offsets), list(bend.information)
