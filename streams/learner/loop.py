"""The learner's loop: examples in, in the order of their topic, and a model out when one is due.

It starts where its last published model ends, not where the group has committed: so nothing is learnt twice and nothing
is left out, whenever it dies.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Final

import msgspec

from risk.scoring.model import ModelRefusedError
from runtime.kafka.producer import PlainProducer
from schemas.errors import CommitFailedError, FatalError, ServerUnreachableError
from schemas.topics import TRAINING_EXAMPLES
from streams.faust.app import FaustApp
from streams.faust.protocol import Failure, FetchedRecord, Membership
from streams.faust.run import run_app
from streams.learner.model_topic import newest_model, publish_model
from streams.learner.trainer import Trainer
from streams.settings import Settings

_CHECK_SECONDS: Final = 0.1
_PARTITION: Final = 0
_log = logging.getLogger(__name__)


class LearnerLoop:
    """Learns the examples of one topic (see :class:`streams.faust.protocol.RecordHandler`).

    Attributes:
        failure: The reason to end the process.
        trainer: What has been learnt.
        published_at: When a model was published last, seconds since 1970; 0 before the first.
    """

    def __init__(self, settings: Settings, instance: str) -> None:
        """Put the parts together; nothing is connected yet.

        Args:
            settings: All of them.
            instance: Tells this learner from others running at the same time.
        """
        self._settings = settings
        self.failure = Failure()
        self.trainer = Trainer(settings.risk, settings.learner)
        self.published_at = 0.0
        self._position = 0
        self._producer = PlainProducer(settings.kafka)
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="publish")
        self._app = FaustApp(
            f"{settings.worker.application_id}-learner",
            settings.kafka,
            self,
            topic=TRAINING_EXAMPLES,
            folder=settings.worker.data_folder / f"learner-{instance}",
            tasks=[self._publish_when_due],
        )

    def run(self) -> int:
        """Run until SIGTERM, SIGINT or a failure, and return the exit code of the process."""
        code = run_app(self._app)
        self._executor.shutdown()
        return code

    @property
    def started(self) -> bool:
        """True once it reads, or waits to take over from another."""
        return bool(self._app.started)

    async def assigned(self, partitions: set[int], membership: Membership, is_current: Callable[[], bool]) -> None:
        """Go on from the newest published model."""
        del partitions, membership, is_current
        try:
            model = await asyncio.get_running_loop().run_in_executor(self._executor, newest_model, self._settings.kafka)
            if model is not None:
                self.trainer.resume(model)
            else:
                self.trainer = Trainer(self._settings.risk, self._settings.learner)
        except (ModelRefusedError, msgspec.DecodeError) as error:
            _log.warning("the published model is refused, learning starts over: %s", error)
        except Exception as error:  # noqa: BLE001 - without knowing where to go on, going on would learn twice
            self.failure.set(FatalError(f"the newest model could not be read: {error!r}"))
        self._position = self.trainer.trained_offset

    async def start_offsets(self, partitions: set[int]) -> Mapping[int, int]:
        """Return the offset after the last example that the model has learnt."""
        return dict.fromkeys(partitions, self._position)

    async def page(self, record: FetchedRecord) -> None:
        """Learn one example, unless it does not follow the one learnt last."""
        if record.follows != self._position:
            where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
            _log.info("passed over %s, which was fetched before the partition was assigned again", record, extra=where)
            return
        self._position = record.offset + 1
        champions = (self.trainer.learner.between_purchases, self.trainer.learner.at_purchase)
        before = [(champion.changes, champion.drift.drifts) for champion in champions]
        try:
            self.trainer.learn(record.value, record.offset)
        except msgspec.DecodeError as error:
            self.failure.set(FatalError(f"no training example at {record}: {error}"))
        for champion, (changes, drifts) in zip(champions, before, strict=True):
            if champion.changes > changes:
                _log.info("champion: %s", champion.change)
            if champion.drift.drifts > drifts:
                _log.warning(
                    "drift: the answers are no longer what was learnt; weights may move faster from %s on", record
                )

    async def commit(self) -> None:
        """Do nothing: a model names the offset that it has learnt up to."""

    def lost(self, why: str) -> None:
        """Do nothing: the next assignment goes on from the newest model."""

    def lag(self) -> int:
        """Return the offsets between the last example learnt and the end of the topic."""
        return max((self._app.end_offset(_PARTITION) or 0) - self.trainer.trained_offset, 0)

    async def publish(self) -> None:
        """Publish the model as it stands, durably, and show the group how far it is."""
        model = self.trainer.publish(time.monotonic(), datetime.now(UTC))
        try:
            await asyncio.get_running_loop().run_in_executor(self._executor, publish_model, self._producer, model)
        except ServerUnreachableError as error:
            self.failure.set(CommitFailedError(str(error)))
            return
        self.published_at = time.time()
        await self._app.commit_offsets(dict.fromkeys(self._app.owned(), (model.learnt_until, "")))

    async def _publish_when_due(self) -> None:
        while not self._app.should_stop:
            await asyncio.sleep(_CHECK_SECONDS)
            if self.trainer.is_due(time.monotonic()) and not self.failure.raised:
                await self.publish()
