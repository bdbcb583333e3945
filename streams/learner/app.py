"""The learner's Faust app: one agent over the settled questions, one model topic.

Its place in the topic is what its last published model says, not what the group has committed: so nothing is
learnt twice and nothing is left out, whenever it dies.
"""

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Final, cast

import faust
import msgspec
from faust.transport.consumer import RecordMap
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, StreamT
from faust.types import Message as FaustMessage
from faust.types.transports import TPorTopicSet

from customers.features import FEATURE_SET
from risk.scoring.model import ModelRefusedError
from runtime.kafka.latest_value import LatestValue
from runtime.kafka.producer import PlainProducer
from schemas.errors import CommitFailedError, FatalError, StaylineError
from schemas.model import Model, decode_model
from schemas.records import encode_record
from streams.faust.credentials import credentials_of
from streams.faust.gap_detector import Sequence
from streams.faust.transport import ConsumerThread
from streams.learner.trainer import Study
from streams.settings import Settings
from streams.topics import MODELS, TRAINING_EXAMPLES
from streams.worker.failure import Failure

_CHECK_SECONDS: Final = 0.1
_MODEL_KEY: Final = FEATURE_SET.encode()
_log = logging.getLogger(__name__)


class LearnerConsumer(driver.Consumer):
    """Faust's consumer: it reads what is committed, and starts where the model left off."""

    app: "LearnerApp"
    _thread: ConsumerThread

    def __post_init__(self) -> None:
        """Start with nothing fetched."""
        super().__post_init__()
        self.sequence = Sequence()

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def commit(
        self,
        topics: TPorTopicSet | None = None,  # noqa: ARG002 - Faust's signature
        start_new_transaction: bool = True,  # noqa: ARG002 - Faust's signature
    ) -> bool:
        """Commit nothing: a model names the offset that it covers."""
        return False

    def ack(self, message: FaustMessage) -> bool:
        """Note nothing: see ``commit``."""
        message.acked = True
        self._unacked_messages.discard(message)
        return True

    async def verify_all_partitions_active(self) -> None:
        """Do nothing: this watchdog looks at commits."""

    async def seek_to_committed(self) -> Mapping[TP, int | None]:  # type: ignore[override]
        """Seek to the offset after the last example that the newest model has learnt."""
        start = await self.app.resume()
        ours = dict.fromkeys(self.assignment(), start)
        if ours:
            await self._thread.seek_wait(ours)
        self.sequence.restart({tp.partition: start for tp in ours})
        return dict(ours)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> RecordMap:  # noqa: ASYNC109
        generation = self.app.consumer_generation_id
        fetched = await super()._getmany(active_partitions, timeout)
        if not self.flow_active or generation != self.app.consumer_generation_id:
            return {}  # another assignment has begun; it seeks
        for tp, records in fetched.items():
            self.sequence.fetched(tp.partition, [record.offset for record in records])
        return fetched

    async def commit_progress(self, offset: int) -> None:
        """Show the group how far the published model is, for whoever watches its lag."""
        await self._thread.commit(dict.fromkeys(self.assignment(), offset))

    def end_offset(self) -> int:
        """End of the topic as of the last fetch."""
        ends = [self._thread.end_offset(tp) for tp in self.assignment()]
        return max((end for end in ends if end is not None), default=0)


class LearnerTransport(driver.Transport):
    """Makes our consumer."""

    Consumer = LearnerConsumer


class LearnerApp(faust.App):
    """A Faust app that learns."""

    def __init__(self, settings: Settings, instance: str) -> None:
        """Use ``create_learner``."""
        super().__init__(f"{settings.worker.application_id}-learner", **_faust_settings(settings, instance))
        self.boot_strategy.enable_kafka_producer = False
        self.settings = settings
        self.failure = Failure()
        self.executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="publish")
        self.study = Study(settings.risk, settings.learner)
        self.published_at = 0.0
        self._position = 0
        self._models = PlainProducer(settings.kafka)

    def _new_transport(self) -> LearnerTransport:
        return LearnerTransport(self.conf.broker_consumer, self)

    @property
    def examples_consumer(self) -> LearnerConsumer:
        """Faust's consumer, which is ours."""
        return cast("LearnerConsumer", self.consumer)

    def connect(self) -> None:
        """Do nothing: ``serve_learner`` has reached the broker already."""

    async def on_first_start(self) -> None:
        """Publish beside the learning."""
        self.settings.worker.data_folder.mkdir(parents=True, exist_ok=True)
        await super().on_first_start()
        self.add_future(self._publish_when_due())

    async def resume(self) -> int:
        """Go on from the newest published model, and return the offset to read from."""
        try:
            model = await self.loop.run_in_executor(self.executor, self._newest_model)
            if model is not None:
                self.study.resume(model)
            else:
                self.study = Study(self.settings.risk, self.settings.learner)
        except (ModelRefusedError, msgspec.DecodeError) as error:
            _log.warning("the published model is refused, learning begins anew: %s", error)
        except Exception as error:  # noqa: BLE001 - without knowing where to go on, going on would learn twice
            self.failure.set(FatalError(f"the newest model could not be read: {error!r}"))
        self._position = self.study.learnt_until
        return self._position

    def learn(self, message: FaustMessage) -> None:
        """Learn one settled question, unless another stands between it and the one learnt last."""
        place = f"{message.topic}, partition {message.partition}, offset {message.offset}"
        if self.examples_consumer.sequence.begin(message.partition, message.offset) != self._position:
            where = {"topic": message.topic, "partition": message.partition, "offset": message.offset}
            _log.info("passed over %s, which was fetched before the partition was assigned anew", place, extra=where)
            return
        self._position = message.offset + 1
        contests = (self.study.learner.contest, self.study.learner.at_purchase)
        before = [(contest.changes, contest.watch.drifts) for contest in contests]
        try:
            self.study.take(message.value or b"", message.offset)
        except msgspec.DecodeError as error:
            self.failure.set(FatalError(f"no training example at {place}: {error}"))
        for contest, (changes, drifts) in zip(contests, before, strict=True):
            if contest.changes > changes:
                _log.info("champion: %s", contest.change)
            if contest.watch.drifts > drifts:
                _log.warning(
                    "drift: the answers are no longer what was learnt; weights may move faster from %s on", place
                )

    def lag(self) -> int:
        """Offsets between what was learnt and the end of the topic."""
        return max(self.examples_consumer.end_offset() - self.study.learnt_until, 0)

    async def publish(self) -> None:
        """Publish the model as it stands, durably."""
        model = self.study.publish(time.monotonic(), datetime.now(UTC))
        try:
            await self.loop.run_in_executor(self.executor, self._send, model)
        except StaylineError as error:
            self.failure.set(error)
            return
        self.published_at = time.time()
        await self.examples_consumer.commit_progress(model.learnt_until)

    async def _publish_when_due(self) -> None:
        while not self.should_stop:
            await asyncio.sleep(_CHECK_SECONDS)
            if self.study.is_due(time.monotonic()) and not self.failure.raised:
                await self.publish()

    def _newest_model(self) -> Model | None:
        kafka = self.settings.kafka
        follower = LatestValue(kafka, MODELS)
        try:
            newest = follower.catch_up()
        finally:
            follower.close()
        return None if newest is None else decode_model(newest)

    def _send(self, model: Model) -> None:
        try:
            self._models.write(MODELS, encode_record(model), _MODEL_KEY)
        except StaylineError as error:
            raise CommitFailedError(f"model {model.version} could not be published: {error}") from None


def create_learner(settings: Settings, instance: str) -> LearnerApp:
    """Make the learner's app; nothing is connected yet.

    Args:
        settings: All of them.
        instance: Tells this learner from others running at the same time.
    """
    app = LearnerApp(settings, instance)
    examples = app.topic(TRAINING_EXAMPLES, key_serializer="raw", value_serializer="raw")

    @app.agent(examples, name="learn", concurrency=1)
    async def learn(stream: StreamT[bytes]) -> None:
        async for event in stream.events():
            app.learn(event.message)

    return app


def _faust_settings(settings: Settings, instance: str) -> dict[str, Any]:
    kafka = settings.kafka
    servers: Iterable[str] = kafka.bootstrap_servers.split(",")
    return {
        "broker": [f"kafka://{server.strip()}" for server in servers],
        "broker_credentials": credentials_of(kafka),
        "datadir": settings.worker.data_folder / f"learner-{instance}",
        "store": "memory://",
        "web_enabled": False,
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        "stream_wait_empty": False,
        "consumer_auto_offset_reset": "earliest",
        "broker_session_timeout": kafka.session_timeout_seconds,
        "broker_heartbeat_interval": kafka.session_timeout_seconds / 6,
        "broker_request_timeout": max(40.0, kafka.session_timeout_seconds + 5),
        "broker_rebalance_timeout": 60.0,
    }
