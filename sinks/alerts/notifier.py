"""The notifier's process: tells people of decisions, or of risks where nothing is decided."""

import logging
from collections.abc import Callable
from threading import Event
from typing import Final

import httpx
from confluent_kafka import Consumer

from runtime.kafka.admin import TopicClient, require_kafka
from runtime.kafka.options import consumer_options
from runtime.service.graceful_shutdown import run_bounded
from runtime.service.health_server import new_registry, serve_health
from schemas.settings.connections import KafkaSettings
from schemas.settings.processes import NotifierSettings, ObserveSettings
from schemas.topics import ALERTS, deliveries_topic, notifier_group
from sinks.alerts.decisions.journal import Journal
from sinks.alerts.decisions.loop import DecisionNotifier
from sinks.alerts.decisions.schedule import Capacity
from sinks.alerts.metrics import DecisionMetrics, NotifierMetrics
from sinks.alerts.risk_notifier import RiskNotifier
from sinks.alerts.targets.deliver import Target, targets_of
from sinks.health import Health

_HTTP_LOG: Final = logging.getLogger("httpx")


def run_notifier(
    kafka: KafkaSettings,
    notifier: NotifierSettings,
    observe: ObserveSettings,
    *,
    application_id: str,
    new_capacity: Callable[[], Capacity] | None,
    stop: Event,
) -> None:
    """Deliver alerts until told to stop.

    Args:
        kafka: Where the alerts are.
        notifier: Addresses of the targets; without any, alerts go to the log.
        observe: Address of /metrics, /live and /ready.
        application_id: The consumer group is this and ``-notifier``.
        new_capacity: Makes the plan of what can be done on each day, with nothing used; decisions are delivered then.
            None where nothing is decided: then the alerts of risks are.
        stop: Set when the process must end, which it does within 8 seconds.

    Raises:
        ServerUnreachableError: Kafka does not answer at the start; later it is waited for, like the targets.
        FatalError: Kafka fails for good.
        UsageError: An address or the secret is invalid, the folder cannot be written to, or a topic is missing.
    """
    require_kafka(kafka)
    # httpx writes every address it asks to the log, and a webhook's may hold its secret.
    _HTTP_LOG.setLevel(logging.WARNING)
    registry, health = new_registry(), Health()
    metrics = NotifierMetrics(registry)
    consumer = Consumer(consumer_options(kafka, notifier_group(application_id)))

    def work() -> None:
        with httpx.Client(timeout=notifier.timeout_seconds) as client:
            if new_capacity is None:
                RiskNotifier(consumer, targets_of(notifier, client), metrics, health).run(stop)
                return
            local_ms = new_capacity().local_ms

            def new_targets() -> list[Target]:
                return targets_of(notifier, client, local_ms=local_ms)

            TopicClient(kafka).partition_counts([ALERTS, deliveries_topic(application_id)])
            journal = Journal(kafka, application_id, consumer, stop)
            told = DecisionMetrics(registry)
            DecisionNotifier(consumer, journal, new_capacity, new_targets, metrics, told, health).run(stop)

    with serve_health(registry, observe, "notifier", live=health.live, ready=health.ready):
        run_bounded(work, stop, "notifier")
