"""Wait out an outage of ClickHouse: pause the consumer, lose nothing, and retry with backoff."""

import logging
import time
from typing import Final

from confluent_kafka import Consumer

from runtime.service.backoff import Backoff
from schemas.errors import ServerUnreachableError
from sinks.health import Health
from sinks.load.metrics import SinkMetrics

_LOG: Final = logging.getLogger(__name__)


class Outage:
    """State of an outage: if ClickHouse is away, and when the next try is due; the consumer is paused meanwhile."""

    def __init__(self, consumer: Consumer, metrics: SinkMetrics, health: Health, *, max_pause_seconds: float) -> None:
        """Start with ClickHouse available.

        Args:
            consumer: Paused and resumed.
            metrics: Counts every retry.
            health: Shows the outage.
            max_pause_seconds: Longest time between two tries.
        """
        self._consumer = consumer
        self._metrics = metrics
        self._health = health
        self._backoff = Backoff(max_pause_seconds)
        self._try_at: float | None = None
        self._since = 0.0

    @property
    def lasts(self) -> bool:
        """True if the last try failed."""
        return self._try_at is not None

    @property
    def may_try(self) -> bool:
        """True if ClickHouse was available last, or the next try is due."""
        return self._try_at is None or time.monotonic() >= self._try_at

    def wait(self, error: ServerUnreachableError) -> None:
        """Stop fetching and set the time of the next try; the consumer is still polled, and so keeps its partitions.

        Args:
            error: Cause of the failure.
        """
        now = time.monotonic()
        if self._try_at is None:
            self._since = now
            self._consumer.pause(self._consumer.assignment())
        pause = self._backoff.take()
        self._try_at = now + pause
        self._metrics.retries.inc()
        self._health.away = str(error)
        _LOG.warning("%s; next try in %.1f s, nothing is lost meanwhile", error, pause)

    def end(self) -> None:
        """Resume fetching after a successful try."""
        self._backoff.reset()
        if self._try_at is None:
            return
        _LOG.warning("ClickHouse is back after %.1f s", time.monotonic() - self._since)
        self.clear()
        self._consumer.resume(self._consumer.assignment())

    def clear(self) -> None:
        """Take ClickHouse as available: with nothing held there is nothing to retry, and the next insert finds out."""
        self._try_at = self._health.away = None
