"""Metrics of intake: each with its meaning, and what an operator does about it."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from schemas.events.dead_letter import REASONS
from schemas.events.raw_events import RAW_TOPICS
from streams.intake.outgoing_batch import OutgoingBatch

_SECONDS: Final = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2.5, 10)


class IntakeMetrics:
    """The metrics of one intake; labels are bounded by topics, partitions and published reasons."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Declare them.

        Args:
            registry: This process's own.
        """
        self._count_messages(registry)
        self._count_pages(registry)
        self._time_commits(registry)
        self._watch_progress(registry)

    def _count_messages(self, registry: CollectorRegistry) -> None:
        self._events = Counter(
            "stayline_intake_events",
            "Raw messages committed. Zero with lag above zero: intake is stuck.",
            ["topic"],
            registry=registry,
        )
        self._refusals = Counter(
            "stayline_intake_refused",
            "Raw messages that became dead letters. Rising: a publisher breaks the contract; read dead_letters.",
            ["reason"],
            registry=registry,
        )
        # A rise from nothing at all is not seen as one, so zeros are shown from the start.
        for topic in RAW_TOPICS:
            self._events.labels(topic)
        for reason in REASONS:
            self._refusals.labels(reason)

    def _count_pages(self, registry: CollectorRegistry) -> None:
        self._pages = Counter("stayline_intake_pages", "Pages with lines committed.", registry=registry)
        self._lines = Counter(
            "stayline_intake_lines", "Validated lines committed; by pages, how full pages are.", registry=registry
        )
        self._heartbeats = Counter(
            "stayline_intake_heartbeats", "Pages without lines committed; they carry the clock.", registry=registry
        )

    def _time_commits(self, registry: CollectorRegistry) -> None:
        self.transaction = Histogram(
            "stayline_intake_transaction_seconds",
            "Time to commit pages, dead letters and offsets. Above 0.1: the brokers are slow or far.",
            buckets=_SECONDS,
            registry=registry,
        )
        self.undone = Counter(
            "stayline_intake_undone_transactions",
            "Batches given up and read again. A few at a rebalance are normal; a steady rise is not.",
            registry=registry,
        )
        self._last_commit = Gauge(
            "stayline_intake_last_commit_timestamp_seconds", "When this intake last committed.", registry=registry
        )

    def _watch_progress(self, registry: CollectorRegistry) -> None:
        self._lag = Gauge(
            "stayline_intake_lag_messages",
            "Raw messages not yet committed. Rising: start another intake.",
            ["topic", "partition"],
            registry=registry,
        )
        self._clock = Gauge(
            "stayline_intake_clock_timestamp_seconds",
            "The watermark as this intake sees it. Standing still with lag at zero: a partition is not read.",
            registry=registry,
        )
        self.queued = Gauge(
            "stayline_intake_queued_messages",
            "Messages and pages handed to the producer and not yet delivered.",
            registry=registry,
        )

    def committed(self, batch: OutgoingBatch, now_ms: int) -> None:
        """Count a batch.

        Args:
            batch: What was committed.
            now_ms: The wall clock.
        """
        for topic, number in batch.events.items():
            self._events.labels(topic).inc(number)
        for reason, number in batch.refusals.items():
            self._refusals.labels(reason).inc(number)
        heartbeats = batch.heartbeats
        self._pages.inc(len(batch.pages) - heartbeats)
        self._heartbeats.inc(heartbeats)
        self._lines.inc(batch.lines)
        self._clock.set(batch.clock / 1000)
        self._last_commit.set(now_ms / 1000)

    def lags(self, lags: dict[tuple[str, int], int]) -> None:
        """Show how far behind each owned partition is, and forget those that are no longer owned.

        Args:
            lags: Messages not yet read, by raw topic and partition.
        """
        self._lag.clear()
        for (topic, partition), lag in lags.items():
            self._lag.labels(topic, partition).set(lag)
