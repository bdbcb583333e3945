"""The loop of intake: read raw messages, turn them into pages, send a batch with its offsets, and again."""

import logging
from threading import Event
from typing import Final

from runtime.kafka.admin import TopicClient
from runtime.kafka.delivery import BatchError
from runtime.service.clock import Clock
from runtime.service.liveness import Liveness
from schemas.errors import FatalError
from schemas.topics import INTERACTIONS
from streams.intake.intake import Intake
from streams.intake.metrics import IntakeMetrics
from streams.intake.outgoing_batch import OutgoingBatch
from streams.intake.publisher import PagePublisher
from streams.intake.source import Source

_READ_MESSAGES: Final = 500
# Behind, a longer batch spreads the cost of its commit; none takes longer than about 0.1 s to gather.
_BATCH_MESSAGES: Final = 4_000
_BATCH_BYTES: Final = 16 * 1024 * 1024

# librdkafka waits for whole milliseconds; less would be asked for over and over.
_LEAST_WAIT_SECONDS: Final = 0.001

# A transaction costs the same whatever is in it: where it takes longer than a page's time, pages wait as long as it
# took, so that a busy machine has fewer and larger ones.
_LONGEST_PAGE_SECONDS: Final = 0.1

_FAILURES_IN_A_ROW: Final = 20
_LAG_SECONDS: Final = 1.0

# A supervisor that asks whether this process is ready waits for 4 s, and a broker may be busy.
_ANSWER_SECONDS: Final = 3.0

_log = logging.getLogger(__name__)


class IntakeLoop:
    """Reads for a page's time, sends what became of it, and again."""

    def __init__(
        self, intake: Intake, source: Source, publisher: PagePublisher, metrics: IntakeMetrics, clock: Clock
    ) -> None:
        """Start with nothing read.

        Args:
            intake: Turns messages into pages and dead letters.
            source: Reads the raw topics.
            publisher: Sends batches.
            metrics: Counts what is committed.
            clock: Wall clock and steady clock.
        """
        self._intake = intake
        self._source = source
        self._publisher = publisher
        self._metrics = metrics
        self._clock = clock
        self._failures = 0
        self._lag = 0
        self._sending = False
        self._transaction_seconds = 0.0
        self._lag_shown_at = float("-inf")
        self._liveness = Liveness(clock.seconds())

    def run(self, stop: Event, page_seconds: float) -> None:
        """Go on until told to stop, then send once more.

        Args:
            stop: Set when the process must end.
            page_seconds: The longest that a line waits for its page to fill.

        Raises:
            FatalError: Going on would lose or double something.
        """
        while not stop.is_set():
            self._gather(max(page_seconds, min(self._transaction_seconds, _LONGEST_PAGE_SECONDS)))
            self._send()
        self._send(final=True)

    def _gather(self, seconds: float) -> None:
        """Read for a page's time or, where more is waiting than comes in, until a batch is full."""
        deadline = self._clock.seconds() + seconds
        taken, full = 0, True
        while taken < _BATCH_MESSAGES and self._intake.held_bytes < _BATCH_BYTES:
            left = deadline - self._clock.seconds()
            if left < _LEAST_WAIT_SECONDS and not full:
                return
            messages = self._source.read(_READ_MESSAGES, max(left, 0))
            full = len(messages) == _READ_MESSAGES
            taken += len(messages)
            self._intake.take(messages, self._clock.now_ms())

    def _send(self, *, final: bool = False) -> None:
        """Send what waits in one transaction with the offsets that it was read up to."""
        self._source.look_for_ends()
        self._show_lag()
        batch = self._intake.cut_batch(self._clock.now_ms(), final=final)
        if batch is None:
            return
        self._sending = True
        began = self._clock.seconds()
        try:
            with self._metrics.transaction.time():
                self._publisher.send(batch, self._source.membership)
        except BatchError as cause:
            self._read_again(cause, final=final)
        else:
            self._committed(batch)
        self._transaction_seconds = self._clock.seconds() - began
        self._sending = False

    def _committed(self, batch: OutgoingBatch) -> None:
        self._intake.batch_committed()
        self._failures = 0
        self._liveness.progress(self._clock.seconds())
        self._metrics.committed(batch, self._clock.now_ms())

    def _read_again(self, cause: BatchError, *, final: bool) -> None:
        """Go back to the last commit, unless the process ends anyway."""
        self._failures += 1
        self._metrics.undone.inc()
        _log.warning("a batch was given up and is read again: %s", cause)
        if final:
            return
        if self._failures >= _FAILURES_IN_A_ROW:
            raise FatalError(f"{self._failures} batches in a row could not be committed; the last one because: {cause}")
        self._source.rewind(self._intake.rewind())

    def _show_lag(self) -> None:
        now = self._clock.seconds()
        if now - self._lag_shown_at < _LAG_SECONDS:
            return
        self._lag_shown_at = now
        lags = {key: raw.lag for key, raw in self._intake.clock.owned.items()}
        self._lag = sum(lags.values())
        if not self._lag:
            self._liveness.progress(now)
        self._metrics.lags(lags)
        self._metrics.queued.set(self._publisher.queued)

    def stuck(self) -> str | None:
        """Return why this process should be restarted, if it should."""
        seconds = self._liveness.stuck_for(self._clock.seconds())
        if seconds is None or not (self._lag or self._sending):
            return None
        return f"nothing was committed for {seconds:.0f} s while {self._lag} raw messages wait"

    def unready(self, topics: TopicClient) -> str | None:
        """Return why no events are taken in now, if so.

        Args:
            topics: Asks the broker over a connection of its own.
        """
        if not self._source.assigned:
            return "the consumer group has not assigned any partitions yet"
        return topics.trouble(INTERACTIONS, _ANSWER_SECONDS)
