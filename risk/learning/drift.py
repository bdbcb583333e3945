"""Drift detection: notices that customers are no longer those that the model has learnt."""

from collections.abc import Sequence
from math import inf
from typing import Final

from risk.estimators.log_loss import excess_log_loss

_LOSS_TOLERATED: Final = 0.05
"""Permanent excess log loss per answer that is no drift, nats."""

_DISTANCE_TOLERATED: Final = 0.05
"""Permanent deviation of the features' distance that is no drift, standard deviations."""

_THRESHOLD: Final = 30.0
"""Sum of intolerable deviations, in those units, at which drift is reported."""

_VALUES_NEEDED: Final = 300
"""Values before which none is reported."""

_FADING: Final = 1.0 - 0.0001
"""Weight that a value makes of the sums before it, as in River."""

_WITHOUT_VALUES: Final = (0.0, 0.0, 0.0, 0.0, 0.0, inf, -1.0)

DriftState = tuple[int, int, int, list[float], list[float]]
"""State of a detector as plain data: drifts, feature drifts, ``until``, and the state of both tests."""


class MeanShiftTest:
    """Page-Hinkley test for a shift of a mean in either direction, with a state that can be stored as a few numbers.

    It is River's ``PageHinkley`` to the last bit; that one's module takes longer to import than all else of a learner,
    since it brings data sets and, where it is installed, scikit-learn. Page, "Continuous Inspection Schemes"
    (Biometrika 1954).

    Attributes:
        state: ``[detected, values, mean, increase, decrease, least increase, greatest decrease]`` as plain numbers.
    """

    def __init__(self, tolerated: float) -> None:
        """Start without values.

        Args:
            tolerated: Deviations from the mean up to this are ignored.
        """
        self._tolerated = tolerated
        self.state = [*_WITHOUT_VALUES]

    def update(self, value: float) -> bool:
        """Add a value, and return True if the mean has shifted; the test then starts again."""
        detected, values, mean, increase, decrease, least, greatest = _WITHOUT_VALUES if self.state[0] else self.state
        values += 1.0
        mean += 1.0 / values * (value - mean)
        deviation = value - mean
        increase = _FADING * increase + deviation - self._tolerated
        decrease = _FADING * decrease + deviation + self._tolerated
        least, greatest = min(least, increase), max(greatest, decrease)
        shifted = increase - least > _THRESHOLD or greatest - decrease > _THRESHOLD
        detected = float(values >= _VALUES_NEEDED and shifted)
        self.state = [detected, values, mean, increase, decrease, least, greatest]
        return bool(detected)

    def resume(self, state: Sequence[float]) -> None:
        """Continue from a stored state.

        Raises:
            ValueError: The state has another length.
        """
        if len(state) != len(_WITHOUT_VALUES):
            raise ValueError(f"a test for a shift of a mean has {len(_WITHOUT_VALUES)} numbers, not {len(state)}")
        self.state = [float(number) for number in state]


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
