"""Drift detection: notices that customers are no longer those that the model has learnt, by River's detectors."""

from collections.abc import Sequence
from typing import Any, Final

from river.drift import PageHinkley

from risk.estimators.log_loss import excess_log_loss

_LOSS_TOLERATED: Final = 0.05
"""Permanent excess log loss per answer that is no drift, nats."""

_DISTANCE_TOLERATED: Final = 0.05
"""Permanent deviation of the features' distance that is no drift, standard deviations."""

_THRESHOLD: Final = 30.0
"""Sum of intolerable deviations, in those units, at which drift is reported."""

DriftState = tuple[int, int, int, list[float], list[float]]
"""State of a detector as plain data: drifts, feature drifts, ``until``, and the state of both tests."""


class MeanShiftTest:
    """River's Page-Hinkley test, with a state that can be stored as a few numbers.

    Page, "Continuous Inspection Schemes" (Biometrika 1954).
    """

    def __init__(self, tolerated: float) -> None:
        """Start without values.

        Args:
            tolerated: Deviations from the mean up to this are ignored.
        """
        self._test: Any = PageHinkley(min_instances=300, delta=tolerated, threshold=_THRESHOLD)

    def update(self, value: float) -> bool:
        """Add a value, and return True if the mean has shifted; the test then starts again."""
        self._test.update(value)
        return bool(self._test.drift_detected)

    @property
    def state(self) -> list[float]:
        """State as plain numbers."""
        test = self._test
        sums = (test._sum_increase, test._sum_decrease, test._min_increase, test._max_decrease)  # noqa: SLF001
        seen = (float(test.drift_detected), float(test._x_mean.n), test._x_mean._mean, *sums)  # noqa: SLF001
        return [float(number) for number in seen]

    def resume(self, state: Sequence[float]) -> None:
        """Continue from a stored state.

        Raises:
            ValueError: The state has another length.
        """
        test = self._test
        detected, test._x_mean.n, test._x_mean._mean, *sums = state  # noqa: SLF001 - River offers no other way in
        test._sum_increase, test._sum_decrease, test._min_increase, test._max_decrease = sums  # noqa: SLF001
        test._drift_detected = bool(detected)  # noqa: SLF001


class DriftDetector:
    """Tests the excess log loss of answers and the distance of features for a shift of their means.

    A model that is right about its own certainty has no excess log loss on average, whatever the questions; so a
    changed mix of easy and hard questions is no drift, and changed answers are.

    Attributes:
        drifts: Number of changes of the answers noticed so far.
        feature_drifts: Number of changes of the features noticed so far.
        until: Answers to questions asked before this moment, ms since 1970, are ignored.
    """

    def __init__(self) -> None:
        """Start without answers."""
        self.drifts = 0
        self.feature_drifts = 0
        self.until = 0
        self._loss_test = MeanShiftTest(_LOSS_TOLERATED)
        self._distance_test = MeanShiftTest(_DISTANCE_TOLERATED)

    def update(self, log_odds: float, left: bool, distance: float, asked_at: int, now: int) -> bool:
        """Add an answer.

        Args:
            log_odds: Log-odds of leaving predicted at the question.
            left: The answer.
            distance: Mean distance of the features from their means, standard deviations.
            asked_at: Time of the question, ms since 1970.
            now: Time of the answer, ms since 1970.

        Returns:
            True if the answers have changed. Answers to questions asked before now are then ignored, since their
            predictions were made without knowing of the change.
        """
        if self._distance_test.update(distance):
            self.feature_drifts += 1
        if asked_at < self.until or not self._loss_test.update(excess_log_loss(log_odds, left)):
            return False
        self.drifts += 1
        self.until = now
        return True

    @property
    def state(self) -> DriftState:
        """State as plain data."""
        return self.drifts, self.feature_drifts, self.until, self._loss_test.state, self._distance_test.state

    def resume(self, state: DriftState) -> None:
        """Continue from a stored state.

        Raises:
            ValueError: It is not the state of a detector.
        """
        self.drifts, self.feature_drifts, self.until, loss_state, distance_state = state
        self._loss_test.resume(loss_state)
        self._distance_test.resume(distance_state)
