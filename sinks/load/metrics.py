"""Metrics of the sink."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from runtime.service.freshness import Freshness
from sinks.load.batch import Portion

_FAST: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_SLOW: Final = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200)


class SinkMetrics:
    """Metrics of the sink, declared once.

    Attributes:
        rows: Rows stored, by table; compare with the lines that intake writes.
        batches: Inserts that succeeded, by table; many small ones make ClickHouse merge more.
        insert_seconds: Duration of an insert; growing means that ClickHouse is short of something.
        retries: Inserts that failed and are tried again; growing means that ClickHouse is away or overloaded.
        commit_failures: Commits that Kafka refused; a few at a rebalance are harmless.
        lag: Messages not stored yet, by topic and partition; it should return to about 0.
        delay_seconds: Time from Kafka's timestamp of a record until it is stored.
        freshness: Time from an event's publication until its row is in ClickHouse, which is promised to analysts.
        last_commit: Unix time of the last commit; it should not stand still while there is lag.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.rows = Counter("stayline_sink_rows", "Rows stored.", ["table"], registry=registry)
        self.batches = Counter("stayline_sink_batches", "Inserts that succeeded.", ["table"], registry=registry)
        self.insert_seconds = Histogram(
            "stayline_sink_insert_seconds", "Seconds an insert takes.", ["table"], buckets=_FAST, registry=registry
        )
        self.retries = Counter("stayline_sink_retries", "Inserts that failed and are tried again.", registry=registry)
        self.commit_failures = Counter("stayline_sink_commit_failures", "Commits that were refused.", registry=registry)
        self.lag = Gauge(
            "stayline_sink_lag_messages", "Messages not stored yet.", ["topic", "partition"], registry=registry
        )
        self.delay_seconds = Histogram(
            "stayline_sink_delay_seconds",
            "Seconds from Kafka's timestamp until stored.",
            ["table"],
            buckets=_SLOW,
            registry=registry,
        )
        self.freshness = Freshness(
            "stayline_sink_freshness_seconds", "Seconds from an event's publication until its row is stored.", registry
        )
        self.last_commit = Gauge(
            "stayline_sink_last_commit_timestamp_seconds", "Unix time of the last commit.", registry=registry
        )

    def stored(self, table: str, portion: Portion, seconds: float, now: float) -> None:
        """Count an insert.

        Args:
            table: Target of the insert.
            portion: Its lines.
            seconds: Its duration.
            now: Wall clock, seconds since 1970.
        """
        self.rows.labels(table).inc(portion.rows)
        self.batches.labels(table).inc()
        self.insert_seconds.labels(table).observe(seconds)
        delays = self.delay_seconds.labels(table)
        for stamp in portion.stamps:
            delays.observe(max(0.0, now - stamp / 1000))
        self.freshness.arrived(portion.published, now * 1000)
