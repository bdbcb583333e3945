"""Follows the models of the epochs, and decides for how long scores wait for one."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from threading import Event
from typing import Final

import msgspec
from confluent_kafka import Message

from risk.scoring.epoch_scorer import EpochScorer
from risk.scoring.model.risk_model import ModelRefusedError
from runtime.kafka.offsets import OffsetClient
from runtime.kafka.topic_reader import TopicReader
from schemas.records.model import decode_model
from schemas.settings.connections import KafkaSettings
from schemas.topics import MODEL_EPOCHS
from streams.worker.engine.protocols import Shard

_POLL_SECONDS: Final = 0.1
_BUSY_POLL_SECONDS: Final = 0.004
_BUSY_FOR_SECONDS: Final = 1.0
"""While models arrive one after another, or are waited for, they are looked for more often."""

_MODELS_AHEAD: Final = 64
"""Models held at most, unless more are waited for: each takes a few hundred kilobytes."""

_EPOCHS_BEFORE: Final = 10
"""Epochs before the one of a partition whose models are read: the others of a worker are not all at the same one."""

_log = logging.getLogger(__name__)


class ModelFollower:
    """Hands published models to the scorer.

    Attributes:
        scorer: Has the models.
        waited_seconds: Time in which something was due and awaited its model.
    """

    def __init__(self, kafka: KafkaSettings, scorer: EpochScorer, wait_seconds: float, review_ms: int) -> None:
        """Start without a model.

        Args:
            kafka: Where Kafka is.
            scorer: Gets the models.
            wait_seconds: Time after which scores no longer wait for a model; 0 if they never do.
            review_ms: Time between reviews of a silent customer, ms.
        """
        self.waited_seconds = 0.0
        self.scorer = scorer
        self._kafka = kafka
        self._wait_seconds = wait_seconds
        self._review_ms = review_ms
        self._offsets = OffsetClient(kafka)
        self._reader: TopicReader | None = None
        self._from = 0
        self._arrived_at = self._looked_at = self._waits_since = time.monotonic()
        scorer.waits = wait_seconds > 0.0

    def reach(self, moment: int) -> None:
        """Have the model of an instant and those after it, as far as they are published.

        Args:
            moment: ms since 1970.

        Raises:
            ServerUnreachableError: Kafka does not answer.
        """
        epochs = self.scorer.epochs
        # Stored states do not say that someone waits for the look of a takeover, but are due a review after it at most.
        border = epochs.model_border(moment - self._review_ms)
        if self._reader is not None:
            if border >= self._from:
                return
            self._reader.close()
            self.scorer.start_over()
        place = (MODEL_EPOCHS, 0)
        self._from = border = border - _EPOCHS_BEFORE * epochs.length_ms
        begin = self._offsets.since(place, border) if border > 0 else 0
        self._reader = TopicReader(self._kafka, f"{MODEL_EPOCHS}-follower", MODEL_EPOCHS, [0], {0: begin})
        for messages in self._reader.read_to({0: self._offsets.ends([place], committed=True)[place]}, Event()):
            self._add(messages)
            if self.scorer.models > _MODELS_AHEAD:
                break

    async def run(self, shards: Callable[[], Sequence[Shard]], arrived: Callable[[], None]) -> None:
        """Look for models until the process ends.

        Args:
            shards: Returns the shards of the assigned partitions; none while partitions are being taken.
            arrived: Called after a model has been added.
        """
        while True:
            now = time.monotonic()
            waits = any(shard.waits for shard in shards())
            if self._has_new(shards(), waits=waits):
                self._arrived_at, self.scorer.waits = now, self._wait_seconds > 0.0
                self._forget(shards())
                arrived()
            self._count(now, waits=waits)
            busy = waits or now - self._arrived_at < _BUSY_FOR_SECONDS
            await asyncio.sleep(_BUSY_POLL_SECONDS if busy else _POLL_SECONDS)

    def _has_new(self, shards: Sequence[Shard], *, waits: bool) -> bool:
        if self._reader is None:
            return False
        if self.scorer.models > _MODELS_AHEAD and not waits:
            # Partitions may have passed the epochs of all models held though nobody was due in them. No page is read
            # then before more models are known.
            self._forget(shards)
            if self.scorer.models > _MODELS_AHEAD:
                return False
        return self._add(self._reader.poll())

    def _count(self, now: float, *, waits: bool) -> None:
        """Count the time in which something waits, and let the last model score once that is too long."""
        if waits:
            self.waited_seconds += now - self._looked_at
        else:
            self._waits_since = now
        self._looked_at = now
        waited = now - max(self._waits_since, self._arrived_at)
        if self.scorer.waits and waited > self._wait_seconds:
            self.scorer.waits = False
            version = self.scorer.newest.model_version
            _log.warning("no model for %.0f s: %s scores, and scores are not pinned; see the learner", waited, version)

    def _add(self, messages: Iterable[Message]) -> bool:
        """Add models, and log why one is refused; return True if one was added."""
        added = False
        for message in messages:
            value = message.value()
            if not isinstance(value, bytes) or not value:
                continue
            try:
                self.scorer.add(decode_model(value))
                added = True
            except (ModelRefusedError, msgspec.DecodeError) as error:
                _log.warning("a published model is refused, the one before stays in use: %s", error)
        return added

    def _forget(self, shards: Sequence[Shard]) -> None:
        """Drop the models that no partition needs; one that is taken over later and is behind has them read again."""
        if shards:
            first = min(shard.position for shard in shards)
            border = self.scorer.epochs.model_border(first)
            self.scorer.forget_before(border)
            self._from = max(self._from, border)
