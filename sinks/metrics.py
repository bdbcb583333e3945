"""What an operator sees of the sink and the notifier: their figures, and whether they are well."""

from collections.abc import Callable
from time import monotonic
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from runtime.service.freshness import Freshness
from sinks.load.batch import Portion

STALL_SECONDS: Final = 60.0
"""A process that should move and has not for so long is not alive."""

_FAST: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_SLOW: Final = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200)


class SinkMetrics:
    """The sink's figures, declared once.

    Attributes:
        rows: Rows stored, by table; compare with the lines that intake writes.
        batches: Inserts that succeeded, by table; very many small ones make ClickHouse merge more.
        insert_seconds: How long an insert takes; growing means that ClickHouse is short of something.
        retries: Inserts that failed and are tried again; growing means that ClickHouse is away or overloaded.
        commit_failures: Commits that Kafka refused; a few at a rebalance are harmless.
        lag: Messages that Kafka has and ClickHouse has not, by topic and partition; it should return to about 0.
        delay_seconds: From Kafka's timestamp of a record until it is stored.
        freshness: From an event's publication until its row is in ClickHouse: what analysts are promised.
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
            table: Where to.
            portion: What.
            seconds: How long it took.
            now: Wall clock, seconds since 1970.
        """
        self.rows.labels(table).inc(portion.rows)
        self.batches.labels(table).inc()
        self.insert_seconds.labels(table).observe(seconds)
        delays = self.delay_seconds.labels(table)
        for stamp in portion.stamps:
            delays.observe(max(0.0, now - stamp / 1000))
        self.freshness.arrived(portion.published, now * 1000)


class NotifierMetrics:
    """The notifier's figures, declared once.

    Attributes:
        delivered: Alerts that a target has taken, by target and state.
        refused: Alerts that a target will never take (4xx), by target; look at its log and its address.
        retries: Deliveries that failed and are tried again, by target; growing means that it is away.
        seconds: How long a delivery takes, by target.
        lag: Alerts that are not told yet, by partition of ``alerts``; it should return to about 0.
        last_commit: Unix time of the last commit; it should not stand still while there is lag.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.delivered = Counter(
            "stayline_notifier_delivered", "Alerts taken by a target.", ["target", "state"], registry=registry
        )
        self.refused = Counter("stayline_notifier_refused", "Alerts refused for good.", ["target"], registry=registry)
        self.retries = Counter("stayline_notifier_retries", "Deliveries tried again.", ["target"], registry=registry)
        self.seconds = Histogram(
            "stayline_notifier_delivery_seconds", "Seconds a delivery takes.", ["target"], registry=registry
        )
        self.lag = Gauge(
            "stayline_notifier_lag_messages", "Alerts not told yet.", ["topic", "partition"], registry=registry
        )
        self.last_commit = Gauge(
            "stayline_notifier_last_commit_timestamp_seconds", "Unix time of the last commit.", registry=registry
        )

    def expect(self, target: str) -> None:
        """Show zeros of a target before it is told anything: a rise from nothing at all is not seen as one."""
        self.refused.labels(target)
        self.retries.labels(target)


class Health:
    """Whether a process that carries records from Kafka to a server is alive, and whether it does its work.

    The loop writes and the server of ``/live`` and ``/ready`` reads; each field is written whole, by the loop alone.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        """Begin as a process without partitions.

        Args:
            clock: Seconds that only run forward.
        """
        self._clock = clock
        self._turned = self._moved = clock()
        self.assigned = 0
        """Partitions that this process owns."""
        self.away: str | None = None
        """What is away and since when it is known, or None."""

    def turn(self) -> None:
        """Say that the loop has come round."""
        self._turned = self._clock()

    def move(self) -> None:
        """Say that something was committed, or that there is nothing to commit."""
        self._moved = self._clock()

    def live(self) -> str | None:
        """Why the process should be restarted. Waiting for a server that is away is no reason: it would wait again."""
        now = self._clock()
        if now - self._turned > STALL_SECONDS:
            return f"the loop stands still for {now - self._turned:.0f} s"
        if self.away is None and now - self._moved > STALL_SECONDS:
            return f"nothing was committed for {now - self._moved:.0f} s although there is lag"
        return None

    def ready(self) -> str | None:
        """Why the process does not do its work."""
        if self.away is not None:
            return self.away
        return None if self.assigned else "no partitions are assigned"
