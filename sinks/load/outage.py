"""What a carrier does while ClickHouse is away: it fetches nothing, loses nothing, and tries again and again."""

import logging
import time
from typing import Final

from confluent_kafka import Consumer

from runtime.service.backoff import Backoff
from schemas.errors import ServerUnreachableError
from sinks.metrics import Health, SinkMetrics

_LOG: Final = logging.getLogger(__name__)


class Outage:
    """Whether ClickHouse is away, and when to try again; the consumer is paused meanwhile."""

    def __init__(self, consumer: Consumer, metrics: SinkMetrics, health: Health, *, max_pause_seconds: float) -> None:
        """Begin with ClickHouse there.

        Args:
            consumer: Paused and resumed.
            metrics: Told of every try.
            health: Told who is away.
            max_pause_seconds: Longest time between two tries.
        """
        self._consumer = consumer
        self._metrics = metrics
        self._health = health
        self._pauses = Backoff(max_pause_seconds)
        self._try_at: float | None = None
        self._since = 0.0

    @property
    def lasts(self) -> bool:
        """Whether the last try failed."""
        return self._try_at is not None

    @property
    def may_try(self) -> bool:
        """Whether ClickHouse is there, as far as is known, or the next try is due."""
        return self._try_at is None or time.monotonic() >= self._try_at

    def wait(self, error: ServerUnreachableError) -> None:
        """Stop fetching and set the time of the next try; the consumer is still polled, and so keeps its partitions.

        Args:
            error: How the try failed.
        """
        now = time.monotonic()
        if self._try_at is None:
            self._since = now
            self._consumer.pause(self._consumer.assignment())
        pause = self._pauses.take()
        self._try_at = now + pause
        self._metrics.retries.inc()
        self._health.away = str(error)
        _LOG.warning("%s; next try in %.1f s, nothing is lost meanwhile", error, pause)

    def end(self) -> None:
        """Fetch again, after a try that went well."""
        self._pauses.reset()
        if self._try_at is None:
            return
        _LOG.warning("ClickHouse is back after %.1f s", time.monotonic() - self._since)
        self.forget()
        self._consumer.resume(self._consumer.assignment())

    def forget(self) -> None:
        """Take ClickHouse to be there: with nothing held there is nothing to try, and the next insert finds out."""
        self._try_at = self._health.away = None
