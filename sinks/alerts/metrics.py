"""Metrics of the notifier."""

from collections.abc import Iterable

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


class DecisionMetrics:
    """Metrics of delivering decisions, declared once.

    Attributes:
        delivered: Decisions that every target has taken or refused, by action.
        lapsed: Decisions that were not delivered, by action and cause: no capacity within their time (fewer are to be
            decided, or more can be done), their time passed while a target was away, it had passed when they were read
            (a history, or a notifier that was away), or they ended before their turn.
        waiting: Decisions that wait for their day or hour, by action.
        overdue: Raisings and ends that should be delivered by now; above 0 for minutes a target is away.
        delay: Seconds from the instant for which a decision was placed to its delivery.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.delivered = Counter(
            "stayline_notifier_decisions_delivered", "Decisions delivered.", ["action"], registry=registry
        )
        self.lapsed = Counter(
            "stayline_notifier_decisions_lapsed", "Decisions not delivered.", ["action", "by"], registry=registry
        )
        self.waiting = Gauge(
            "stayline_notifier_decisions_waiting", "Decisions that wait for their time.", ["action"], registry=registry
        )
        self.overdue = Gauge(
            "stayline_notifier_decisions_overdue", "Deliveries that no target has taken in time.", registry=registry
        )
        self.delay = Histogram(
            "stayline_notifier_decision_delay_seconds",
            "Seconds from the placed instant to the delivery.",
            buckets=(1, 5, 30, 120, 600, 3600, 6 * 3600, 24 * 3600),
            registry=registry,
        )

    def expect(self, actions: Iterable[str]) -> None:
        """Start the counters of actions at zero: Prometheus does not see the first rise of one that was absent."""
        for action in actions:
            self.delivered.labels(action)
            self.waiting.labels(action)
            for cause in ("capacity", "time", "past", "ended"):
                self.lapsed.labels(action, cause)
