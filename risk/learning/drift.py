"""Notices when customers are no longer those that the model has learnt, by River's detectors."""

from collections.abc import Sequence
from math import exp, log, log1p
from typing import Any, Final

from river.drift import PageHinkley

_SURPRISE_TOLERATED: Final = 0.05
"""Nats an answer: so far off may a model be for good."""

_DISTANCE_TOLERATED: Final = 0.05
"""Standard deviations."""

_THRESHOLD: Final = 30.0
"""Sum of what is not tolerated, in those units, before it counts as drift."""


class MeanShiftTest:
    """River's Page-Hinkley test, which can be written down in a few numbers and read back.

    Page, "Continuous Inspection Schemes" (Biometrika 1954).

    Args:
        tolerated: Deviations from the mean no larger than this are nothing.
    """

    def __init__(self, tolerated: float) -> None:
        self._test: Any = PageHinkley(min_instances=300, delta=tolerated, threshold=_THRESHOLD)

    def update(self, value: float) -> bool:
        """Take one more value, and say whether the mean has shifted; it then begins anew."""
        self._test.update(value)
        return bool(self._test.drift_detected)

    @property
    def state(self) -> list[float]:
        """What it has seen, in numbers."""
        test = self._test
        sums = (test._sum_increase, test._sum_decrease, test._min_increase, test._max_decrease)  # noqa: SLF001
        seen = (float(test.drift_detected), float(test._x_mean.n), test._x_mean._mean, *sums)  # noqa: SLF001
        return [float(number) for number in seen]

    def resume(self, state: Sequence[float]) -> None:
        """Go on from such numbers.

        Raises:
            ValueError: There are more or fewer.
        """
        test = self._test
        detected, test._x_mean.n, test._x_mean._mean, *sums = state  # noqa: SLF001 - River offers no other way in
        test._sum_increase, test._sum_decrease, test._min_increase, test._max_decrease = sums  # noqa: SLF001
        test._drift_detected = bool(detected)  # noqa: SLF001


class DriftDetector:
    """Watches how surprising answers are, beyond what the model itself expected, and how unusual the questions.

    A model that is right about how sure it is meets no surprise on average, whoever asks; so a changed mix of easy and
    hard questions is no drift, and changed answers are.

    Attributes:
        drifts: Changes of the answers noticed so far.
        feature_drifts: Changes of the features noticed so far.
        until: Answers to questions asked before this moment, ms since 1970, say nothing more.
    """

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self.drifts = 0
        self.feature_drifts = 0
        self.until = 0
        self._surprise = MeanShiftTest(_SURPRISE_TOLERATED)
        self._distance = MeanShiftTest(_DISTANCE_TOLERATED)

    def look(self, log_odds: float, left: bool, distance: float, asked_at: int, now: int) -> bool:
        """Look at one answer.

        Args:
            log_odds: Of leaving, as it was given at the question.
            left: The answer.
            distance: Of the features from the usual ones, standard deviations.
            asked_at: When it was asked, ms since 1970.
            now: When it is answered.

        Returns:
            Whether the answers have changed. Those of questions asked before now are not looked at again: the model
            that was asked could not know.
        """
        if self._distance.update(distance):
            self.feature_drifts += 1
        if asked_at < self.until or not self._surprise.update(excess_log_loss(log_odds, left)):
            return False
        self.drifts += 1
        self.until = now
        return True

    @property
    def state(self) -> tuple[int, int, int, list[float], list[float]]:
        """All that was seen, as plain data."""
        return self.drifts, self.feature_drifts, self.until, self._surprise.state, self._distance.state

    def resume(self, state: tuple[int, int, int, list[float], list[float]]) -> None:
        """Go on from what was seen before.

        Raises:
            ValueError: It is not what ``state`` gives.
        """
        self.drifts, self.feature_drifts, self.until, surprise_state, distance_state = state
        self._surprise.resume(surprise_state)
        self._distance.resume(distance_state)


def log_loss_of_log_odds(log_odds: float, left: bool) -> float:
    """Log-loss of an answer given as log-odds, in nats."""
    margin = -log_odds if left else log_odds
    return margin + log1p(exp(-margin)) if margin > 0.0 else log1p(exp(margin))


def excess_log_loss(log_odds: float, left: bool) -> float:
    """Log-loss beyond the one that the answer itself led to expect, in nats; zero on average where it was right."""
    probability = 1.0 / (1.0 + exp(-max(min(log_odds, 30.0), -30.0)))
    other = 1.0 - probability
    entropy = -sum(share * log(share) for share in (probability, other) if share > 0.0)
    return log_loss_of_log_odds(log_odds, left) - entropy
