"""Metrics of the notifier."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class NotifierMetrics:
    """Metrics of the notifier, declared once.

    Attributes:
        delivered: Alerts that a target has taken, by target and state.
        refused: Alerts that a target will never take (4xx), by target; look at its log and its address.
        retries: Deliveries that failed and are tried again, by target; growing means that it is away.
        seconds: Duration of a delivery, by target.
        lag: Alerts not delivered yet, by partition of ``alerts``; it should return to about 0.
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
            "stayline_notifier_lag_messages", "Alerts not delivered yet.", ["topic", "partition"], registry=registry
        )
        self.last_commit = Gauge(
            "stayline_notifier_last_commit_timestamp_seconds", "Unix time of the last commit.", registry=registry
        )

    def expect(self, target: str) -> None:
        """Start a target's counters at zero: Prometheus does not see the first rise of a counter that was absent."""
        self.refused.labels(target)
        self.retries.labels(target)
