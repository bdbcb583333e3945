"""Examples, outcomes, bids and markers in, models out; it knows neither Kafka nor Faust, and time is an argument."""

from collections.abc import Collection, Iterator
from datetime import datetime

import msgspec

from customers.features.feature_names import FEATURE_SET
from retention.catalogue.compiled import CompiledPlaybook
from retention.learning.policy_learner import PolicyLearner
from risk.learning.bias import Bias
from risk.learning.epoch_learner import EpochLearner
from risk.learning.learner import Learner
from risk.scoring.epochs import Epochs
from risk.scoring.model.risk_model import ModelRefusedError, RiskModel
from risk.scoring.outlook import Bounds
from schemas.moments import to_ms
from schemas.records.decisions import decode_bid_counts, decode_outcome
from schemas.records.learner_notes import BIDS, BORDER, OUTCOME, decode_border_marker
from schemas.records.learnt_policy import LearntPolicy
from schemas.records.model import Model
from schemas.records.training_example import decode_training_example
from schemas.settings.processes import LearnerSettings
from schemas.settings.risk import RiskSettings


class Trainer:
    """Holds examples until every customer partition has passed their border, then learns them, each once.

    Attributes:
        epochs: Learns the examples of a border together.
        offset: Offset after the last record read.
        policy: Learns from decisions; None if there is no deciding.
        passed_over: Examples that were learnt before, came after their border was closed, or belong to another horizon
            or list of features.
        bias: Calibration in the large, by the answers since the start.
    """

    def __init__(self, risk: RiskSettings, settings: LearnerSettings, book: CompiledPlaybook | None = None) -> None:
        """Begin with nothing learnt.

        Args:
            risk: Settings of questions and epochs.
            settings: Settings of the learner.
            book: Playbook that decisions follow; None if there is no deciding.
        """
        self._risk = risk
        self._settings = settings
        self._book = book
        self.offset = 0
        self.passed_over = 0
        self.bias = Bias()
        self._start(Learner(risk.horizon_days, settings.drift, Bounds.of(risk)), 0, None)

    def _start(self, learner: Learner, border: int, learnt: LearntPolicy | None) -> None:
        epochs = Epochs.of(self._risk)
        self.policy = None if self._book is None else PolicyLearner(self._book, epochs, learnt, border)
        self.epochs = EpochLearner(learner, epochs, border, self.policy, learnt)
        self._partitions = 0
        self._passed: dict[int, tuple[int, int]] = {}

    @property
    def learner(self) -> Learner:
        """The models as learnt so far."""
        return self.epochs.learner

    @property
    def stopped(self) -> dict[str, str]:
        """Actions that are switched off, each with the sentence that says why."""
        return {} if self.policy is None else self.policy.stopped

    @property
    def epoch_seconds(self) -> float:
        """Length of an epoch, seconds of log time."""
        return Epochs.of(self._risk).length_ms / 1000

    def resume(self, model: Model) -> None:
        """Go on from a published model.

        Raises:
            ModelRefusedError: It was learnt on other features or for another horizon.
        """
        RiskModel(model, self._risk.horizon_days)
        learner = Learner.resume(model, self._settings.drift, Bounds.of(self._risk))
        try:
            self._start(learner, to_ms(model.border), model.policy)
        except ValueError as error:
            raise ModelRefusedError(f"the policy of model {model.version} cannot be gone on from: {error}") from error
        self.offset = model.learnt_until

    def read(self, headers: Collection[str], value: bytes, offset: int) -> bool:
        """Read the record at an offset, whichever it is.

        Args:
            headers: Names of its headers.
            value: Its value.
            offset: Its offset.

        Returns:
            True if it was an example, outcome or count of bids that was taken.

        Raises:
            msgspec.DecodeError: It is not what its headers say.
        """
        if BORDER in headers:
            self.read_marker(value, offset)
            return False
        if OUTCOME in headers or BIDS in headers:
            return self._read_decided(headers, value, offset)
        return self.read_example(value, offset)

    def _read_decided(self, headers: Collection[str], value: bytes, offset: int) -> bool:
        self.offset = offset + 1
        if self.policy is None:
            return False
        if OUTCOME in headers:
            return self.policy.add_outcome(decode_outcome(value), offset)
        return self.policy.add_bids(decode_bid_counts(value), offset)

    def read_example(self, value: bytes, offset: int) -> bool:
        """Read the example at an offset, unless it has been learnt before, or there is none.

        Returns:
            True if it was taken.

        Raises:
            msgspec.DecodeError: It is no training example.
        """
        self.offset = offset + 1
        if not value:  # a customer was erased; no single weight holds what was learnt of them
            return False
        example = decode_training_example(value)
        fits = example.feature_set == FEATURE_SET and example.horizon_days == self._risk.horizon_days
        if not fits or not self.epochs.add(example, offset):
            self.passed_over += 1
            return False
        if not example.void:
            self.bias.add(risk=example.risk, left=example.left)
        return True

    def read_marker(self, value: bytes, offset: int) -> None:
        """Read the marker of a border at an offset.

        Raises:
            msgspec.DecodeError: It is none.
        """
        self.offset = offset + 1
        marker = decode_border_marker(value)
        if marker.partitions != self._partitions:  # customers have moved to other partitions: each reports anew
            self._partitions = marker.partitions
            self._passed = {}
        border = to_ms(marker.border)
        if border >= self._passed.get(marker.partition, (0, 0))[0]:
            self._passed[marker.partition] = (border, offset)

    @property
    def passed(self) -> int:
        """Last border that every customer partition has passed, ms since 1970; 0 where one has not reported yet."""
        closed = (self.epochs.border, 0)
        return min((self._passed.get(number, closed)[0] for number in range(self._partitions)), default=0)

    @property
    def is_due(self) -> bool:
        """True if a border can be closed."""
        return self.passed > self.epochs.border

    def close(self, published_at: datetime) -> Iterator[Model]:
        """Learn up to the border that every partition has passed, and yield the models on the way.

        Args:
            published_at: Wall clock.
        """
        for model in self.epochs.close(self.passed, published_at):
            yield msgspec.structs.replace(model, learnt_until=self._needed_from())

    def _needed_from(self) -> int:
        """Return the offset of the first record that a learner needs which goes on from the border just closed."""
        first = self.epochs.first_offset
        ahead = [offset for border, offset in self._passed.values() if border > self.epochs.border]
        return min(self.offset if first is None else first, *ahead, self.offset)
