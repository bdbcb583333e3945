"""Log-odds that are bent where the answers say so: what adding up features cannot tell.

Effects of features are added up, and in truth often they are not additive: who has two reasons to leave is then given
too high a risk, or too low a one, by as much for all with such a risk. So a curve maps what the weights say to what is
answered: lines between a few knots, whose heights are learnt from the same answers, each held near zero at first. It
never falls, as in the calibration of Zadrozny and Elkan, "Transforming Classifier Scores into Accurate Multiclass
Probability Estimates" (KDD 2002).

Only the shape is taken from it. How high all risks lie and how far apart is left to the weights: they learn it from the
same answers, and a second one that follows it would follow it twice.
"""

from math import exp
from typing import Final

from risk.scoring.calibration_map import KNOT_SPACING, KNOTS, CalibrationMap
from schemas.model import Bend

_LAST: Final = len(KNOTS) - 1

_FIRMNESS: Final = 10.0
"""What is known of each height beforehand, as information of answers: about that of 40 of even odds."""

_REMEMBERED: Final = 100.0
"""Information beyond which a height forgets: about a thousand answers between two knots around even odds."""

_FAR: Final = 30.0
"""Log-odds below the negative of which nobody leaves."""


class Recalibration:
    """Learns how far off the log-odds are that the weights give.

    Attributes:
        offsets: What is to be added at each knot, the weights' level and slope not yet taken out.
        information: Of the answers that this was learnt from, at each knot.
    """

    def __init__(self) -> None:
        """Begin with nothing learnt."""
        self.offsets = [0.0] * len(KNOTS)
        self.information = [0.0] * len(KNOTS)

    def learn(self, log_odds: float, left: bool) -> None:
        """Learn one answer: both knots that it lies between take a Newton step each, in their parts of it.

        Args:
            log_odds: What the weights say before they learn it.
            left: The answer.
        """
        along = (log_odds - KNOTS[0]) / KNOT_SPACING
        lower = 0 if along <= 0.0 else min(int(along), _LAST - 1)
        part = 0.0 if along <= 0.0 else 1.0 if along >= _LAST else along - lower
        other = 1.0 - part
        offsets, information = self.offsets, self.information
        bent = log_odds + other * offsets[lower] + part * offsets[lower + 1]
        expected = 1.0 / (1.0 + exp(-bent)) if bent > -_FAR else 0.0
        surprise, tells = left - expected, expected * (1.0 - expected)
        # Twice the same, since a loop or a call would take half as long again.
        information[lower] = known = min(information[lower] + other * tells, _REMEMBERED)
        offsets[lower] += other * surprise / (_FIRMNESS + known)
        information[lower + 1] = known = min(information[lower + 1] + part * tells, _REMEMBERED)
        offsets[lower + 1] += part * surprise / (_FIRMNESS + known)

    @property
    def state(self) -> Bend:
        """All that was learnt, as plain data."""
        return Bend(tuple(self.offsets), tuple(self.information))

    def resume(self, bend: Bend | None) -> None:
        """Go on from what was learnt before; nothing was in models of before there was a bend.

        Raises:
            ValueError: It has other knots.
        """
        if bend is not None:
            CalibrationMap(bend)
            self.offsets, self.information = list(bend.offsets), list(bend.information)
