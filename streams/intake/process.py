"""The loop of intake: read, ship, commit, until told to stop."""

import logging
import time
from collections.abc import Callable
from functools import partial
from threading import Event
from typing import Final

from runtime.kafka.admin import TopicClient, require_kafka
from runtime.kafka.delivery import BatchError
from runtime.service.clock import wall_clock_ms
from runtime.service.health_server import new_registry, serve_health
from schemas.errors import FatalError
from schemas.settings import IntakeSettings, KafkaSettings, MoneySettings, ObserveSettings
from schemas.topics import INTERACTIONS, intake_group
from streams.forget.forgotten import read_forgettings
from streams.intake.intake import Intake
from streams.intake.metrics import IntakeMetrics
from streams.intake.outgoing_batch import OutgoingBatch
from streams.intake.publisher import Publisher, open_publisher
from streams.intake.source import Source, open_consumer, require_topics

_READ_MESSAGES: Final = 500
# Behind, a longer batch spreads the cost of its commit; none takes longer than about 0.1 s to gather.
_BATCH_MESSAGES: Final = 4_000
_BATCH_BYTES: Final = 16 * 1024 * 1024

# librdkafka waits for whole milliseconds; less would be asked for over and over.
_LEAST_WAIT_SECONDS: Final = 0.001

# A transaction costs the same whatever is in it: where it takes longer than a page's time, pages wait as long as it
# took, so that a busy machine has fewer and larger ones.
_LONGEST_PAGE_SECONDS: Final = 0.1

_UNDONE_IN_A_ROW: Final = 20
_STUCK_SECONDS: Final = 60.0
_LAG_SECONDS: Final = 1.0

# Whoever asks whether this process is ready waits for 4 s, and a broker may be busy.
_ANSWER_SECONDS: Final = 3.0

_log = logging.getLogger(__name__)


def run_intake(
    *,
    kafka: KafkaSettings,
    money: MoneySettings,
    intake: IntakeSettings,
    observe: ObserveSettings,
    application_id: str,
    instance: str,
    stop: Event,
    now_ms: Callable[[], int] = wall_clock_ms,
) -> None:
    """Turn raw events into pages and dead letters until told to stop.

    Args:
        kafka: Where Kafka is.
        money: Rates of the accepted currencies.
        intake: Limits of events and pages.
        observe: Where metrics and health are served; port 9301 unless one is set.
        application_id: Begins the name of the consumer group, which all intakes share.
        instance: Tells this intake from others running at the same time; the same again after a restart.
        stop: Once set, what was read is committed and the group is left, within 8 s.
        now_ms: The wall clock, milliseconds since 1970.

    Raises:
        ServerUnreachableError: Kafka does not answer at the start.
        UsageError: The topics do not exist, or have another number of partitions than the settings say.
        FatalError: Going on would lose or double something.
    """
    require_kafka(kafka)
    raw_partitions = require_topics(kafka)
    name = intake_group(application_id)
    step = Intake(
        source=f"{name}-{instance}",
        settings=intake,
        rates=money.rates,
        raw_partitions=raw_partitions,
        interactions_partitions=kafka.interactions_partitions,
    )
    registry = new_registry()
    consumer = open_consumer(kafka, name, raw_partitions, intake.max_queued_messages)
    # The consumer's own connection is busy with fetches that wait in the broker.
    topics = TopicClient(kafka)
    try:
        publisher = open_publisher(kafka, f"{name}-{instance}", consumer, stop)
        source = Source(consumer, step, stop, partial(read_forgettings, kafka, name, stop))
        loop = _Loop(step, source, publisher, IntakeMetrics(registry), now_ms)
        with serve_health(registry, observe, "intake", live=loop.stuck, ready=lambda: loop.unready(topics)):
            loop.run(stop, intake.page_milliseconds / 1000)
    finally:
        consumer.close()


class _Loop:
    """Reads for a page's time, ships, and again."""

    def __init__(
        self, step: Intake, source: Source, publisher: Publisher, metrics: IntakeMetrics, now_ms: Callable[[], int]
    ) -> None:
        self._step = step
        self._source = source
        self._publisher = publisher
        self._metrics = metrics
        self._now_ms = now_ms
        self._undone = 0
        self._lag = 0
        self._sending = False
        self._transaction_seconds = 0.0
        self._lag_seen_at = float("-inf")
        self._caught_up_or_committed_at = time.monotonic()

    def run(self, stop: Event, page_seconds: float) -> None:
        """Go on until told to stop, then ship once more."""
        while not stop.is_set():
            self._gather(max(page_seconds, min(self._transaction_seconds, _LONGEST_PAGE_SECONDS)))
            self._ship()
        self._ship(final=True)

    def stuck(self) -> str | None:
        """Say why this process should be restarted."""
        seconds = time.monotonic() - self._caught_up_or_committed_at
        if seconds < _STUCK_SECONDS or not (self._lag or self._sending):
            return None
        return f"nothing was committed for {seconds:.0f} s while {self._lag} raw messages wait"

    def unready(self, topics: TopicClient) -> str | None:
        """Say why no events are taken in now."""
        if not self._source.assigned:
            return "the consumer group has not assigned any partitions yet"
        return topics.trouble(INTERACTIONS, _ANSWER_SECONDS)

    def _gather(self, seconds: float) -> None:
        """Read for a page's time or, where more is waiting than comes in, until a batch is full."""
        deadline = time.monotonic() + seconds
        taken, full = 0, True
        while taken < _BATCH_MESSAGES and self._step.held_bytes < _BATCH_BYTES:
            left = deadline - time.monotonic()
            if left < _LEAST_WAIT_SECONDS and not full:
                return
            messages = self._source.read(_READ_MESSAGES, max(left, 0))
            full = len(messages) == _READ_MESSAGES
            taken += len(messages)
            self._step.take(messages, self._now_ms())

    def _ship(self, *, final: bool = False) -> None:
        self._source.look_for_ends()
        self._show_lag()
        batch = self._step.ship(self._now_ms(), final=final)
        if batch is None:
            return
        self._sending = True
        began = time.monotonic()
        try:
            with self._metrics.transaction.time():
                self._publisher.send(batch, self._source.membership)
        except BatchError as cause:
            self._undo(cause, final=final)
        else:
            self._settle(batch)
        self._transaction_seconds = time.monotonic() - began
        self._sending = False

    def _settle(self, batch: OutgoingBatch) -> None:
        self._step.settle()
        self._undone = 0
        self._caught_up_or_committed_at = time.monotonic()
        self._metrics.committed(batch, self._now_ms())

    def _undo(self, cause: BatchError, *, final: bool) -> None:
        self._undone += 1
        self._metrics.undone.inc()
        _log.warning("a batch was given up and is read again: %s", cause)
        if final:
            return
        if self._undone >= _UNDONE_IN_A_ROW:
            raise FatalError(f"{self._undone} batches in a row could not be committed; the last one because: {cause}")
        self._source.rewind(self._step.rewind())

    def _show_lag(self) -> None:
        if time.monotonic() - self._lag_seen_at < _LAG_SECONDS:
            return
        self._lag_seen_at = time.monotonic()
        lags = {key: raw.lag for key, raw in self._step.clock.owned.items()}
        self._lag = sum(lags.values())
        if not self._lag:
            self._caught_up_or_committed_at = self._lag_seen_at
        self._metrics.lags(lags)
        self._metrics.queued.set(self._publisher.queued)
