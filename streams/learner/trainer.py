"""Examples in, models out; it knows neither Kafka nor Faust, and time is an argument."""

from datetime import datetime

from customers.features import FEATURE_SET
from risk.learning.bias import Bias
from risk.learning.learner import Learner
from risk.scoring.model import RiskModel
from risk.scoring.outlook import Bounds
from schemas.model import Model
from schemas.records import decode_training_example
from schemas.settings import LearnerSettings, RiskSettings


class Trainer:
    """Learns examples in order, each once, and knows when a model is due.

    Attributes:
        learner: The models as learnt so far.
        trained_offset: Offset after the last example learnt.
        passed_over: Examples that were learnt before, or belong to another horizon or list of features.
        bias: Calibration in the large, by the answers since the start.
    """

    def __init__(self, risk: RiskSettings, settings: LearnerSettings) -> None:
        """Begin with nothing learnt."""
        self._risk = risk
        self._settings = settings
        self.learner = Learner(risk.horizon_days, settings.drift, Bounds.of(risk))
        self.trained_offset = 0
        self.passed_over = 0
        self.bias = Bias()
        self._published_examples = 0
        self._published_at = 0.0

    def resume(self, model: Model) -> None:
        """Go on from a published model.

        Raises:
            ModelRefusedError: It was learnt on other features or for another horizon.
        """
        RiskModel(model, self._risk.horizon_days)
        self.learner = Learner.resume(model, self._settings.drift, Bounds.of(self._risk))
        self.trained_offset = model.learnt_until
        self._published_examples = model.examples

    def learn(self, value: bytes, offset: int) -> bool:
        """Learn the example at an offset, unless it has been learnt before, or there is none.

        Returns:
            True if it was learnt.

        Raises:
            msgspec.DecodeError: It is no training example.
        """
        if offset < self.trained_offset:
            self.passed_over += 1
            return False
        if not value:  # a customer was erased; no single weight holds what was learnt of them
            self.trained_offset = offset + 1
            return False
        example = decode_training_example(value)
        self.trained_offset = offset + 1
        if example.feature_set != FEATURE_SET or example.horizon_days != self._risk.horizon_days:
            self.passed_over += 1
            return False
        if example.void:
            return False
        self.learner.learn(example)
        self.bias.add(risk=example.risk, left=example.left)
        return True

    @property
    def unpublished(self) -> int:
        """Examples learnt since the last model."""
        return self.learner.examples - self._published_examples

    def is_due(self, now: float) -> bool:
        """Return True if a model should be published.

        Args:
            now: Seconds of any steady clock.
        """
        if not self.unpublished:
            return False
        return (
            self.unpublished >= self._settings.publish_examples
            or now - self._published_at >= self._settings.publish_seconds
        )

    def publish(self, now: float, published_at: datetime) -> Model:
        """Return the model as it stands.

        Args:
            now: Seconds of the clock of ``is_due``.
            published_at: Wall clock.
        """
        model = self.learner.publish(self.trained_offset, published_at)
        self._published_examples = model.examples
        self._published_at = now
        return model
