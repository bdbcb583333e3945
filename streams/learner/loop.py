"""The learner's loop: examples in, and a model out for each border that every customer partition has passed.

It starts where its last published model says, not where the group has committed: so nothing is learnt twice and nothing
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

from retention.catalogue.compiled import CompiledPlaybook
from risk.scoring.model.risk_model import ModelRefusedError
from runtime.kafka.producer import PlainProducer
from schemas.errors import CommitFailedError, FatalError, ServerUnreachableError
from schemas.records.model import Model
from schemas.topics import TRAINING_EXAMPLES
from streams.faust.app import FaustApp
from streams.faust.protocol import Failure, FetchedRecord, Membership
from streams.faust.run import run_app
from streams.learner.model_topic import newest_model, publish_model
from streams.learner.trainer import Trainer
from streams.settings import Settings

_COMMIT_SECONDS: Final = 1.0
"""The group's offsets only show how far the learner is."""

_PARTITION: Final = 0
_log = logging.getLogger(__name__)


class LearnerLoop:
    """Learns the examples of one topic (see :class:`streams.faust.protocol.RecordHandler`).

    Attributes:
        failure: The reason to end the process.
        trainer: What has been learnt.
        published_at: When a model was published last, seconds since 1970; 0 before the first.
    """

    def __init__(self, settings: Settings, instance: str, book: CompiledPlaybook | None) -> None:
        """Put the parts together; nothing is connected yet.

        Args:
            settings: All of them.
            instance: Tells this learner from others running at the same time.
            book: Playbook that decisions follow; None if there is no deciding.
        """
        self._settings = settings
        self._book = book
        self.failure = Failure()
        self.trainer = Trainer(settings.risk, settings.learner, book)
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
            tasks=[self._commit_now_and_then],
        )
        self._needed_from = 0
        self._committed = 0

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
                self.trainer = Trainer(self._settings.risk, self._settings.learner, self._book)
        except (ModelRefusedError, msgspec.DecodeError) as error:
            _log.warning("the published model is refused, learning starts over: %s", error)
        except Exception as error:  # noqa: BLE001 - without knowing where to go on, going on would learn twice
            self.failure.set(FatalError(f"the newest model could not be read: {error!r}"))
        self._position = self._needed_from = self.trainer.offset

    async def start_offsets(self, partitions: set[int]) -> Mapping[int, int]:
        """Return the offset of the first record that the newest model does not cover."""
        return dict.fromkeys(partitions, self._position)

    async def page(self, record: FetchedRecord) -> None:
        """Read one record, unless it does not follow the one read last; learn where that closes a border."""
        if record.follows != self._position or self.failure.raised:
            where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
            _log.info("passed over %s, which was fetched before the partition was assigned again", record, extra=where)
            return
        self._position = record.offset + 1
        try:
            self.trainer.read(record.headers, record.value, record.offset)
        except msgspec.DecodeError as error:
            self.failure.set(FatalError(f"no training example, outcome, bids or border at {record}: {error}"))
            return
        if self.trainer.is_due:
            await self._close(record)

    async def _close(self, record: FetchedRecord) -> None:
        """Learn up to the border that was passed, and publish the models on the way."""
        learner = self.trainer.learner
        champions = (learner.between_purchases, learner.at_purchase)
        before = [(champion.changes, champion.drift.drifts) for champion in champions]
        stopped = set(self.trainer.stopped)
        for model in self.trainer.close(datetime.now(UTC)):
            if not await self._publish(model):
                return
        for name, line in self.trainer.stopped.items():
            if name not in stopped:
                _log.warning("switched off: %s", line, extra={"action": name})
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
        """Return the offsets between the last record read and the end of the topic."""
        return max((self._app.end_offset(_PARTITION) or 0) - self.trainer.offset, 0)

    async def _publish(self, model: Model) -> bool:
        """Publish a model durably; return False if that failed."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._executor, publish_model, self._producer, model)
        except ServerUnreachableError as error:
            self.failure.set(CommitFailedError(str(error)))
            return False
        self.published_at = time.time()
        self._needed_from = model.learnt_until
        return True

    async def _commit_now_and_then(self) -> None:
        """Show the group how far the learner is."""
        while not self._app.should_stop:
            await asyncio.sleep(_COMMIT_SECONDS)
            if self._needed_from != self._committed and not self.failure.raised:
                self._committed = self._needed_from
                await self._app.commit_offsets(dict.fromkeys(self._app.owned(), (self._committed, "")))
