"""Delivers the alerts of risks, in order, to every target, and then commits their offsets."""

import logging
import time
from collections.abc import Sequence
from threading import Event
from typing import Final

import msgspec
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from runtime.kafka.consumer_errors import note_consumer_error
from runtime.kafka.lag import LagGauge
from runtime.kafka.offsets import Place
from runtime.service.backoff import Backoff
from schemas.errors import ServerUnreachableError
from schemas.records.alert import Alert, decode_alert
from schemas.topics import ALERTS
from sinks.alerts.metrics import NotifierMetrics
from sinks.alerts.targets.attempt import attempt
from sinks.alerts.targets.deliver import Target
from sinks.health import Health

_POLL_SECONDS: Final = 0.1
_MESSAGES_A_POLL: Final = 32
_LONGEST_PAUSE_SECONDS: Final = 30.0

_LOG: Final = logging.getLogger(__name__)


class RiskNotifier:
    """Delivers alerts one by one, in order, each until every target has accepted or refused it."""

    def __init__(self, consumer: Consumer, targets: Sequence[Target], metrics: NotifierMetrics, health: Health) -> None:
        """Set up without connecting yet.

        Args:
            consumer: Not subscribed yet, without auto-commit.
            targets: Receivers of every alert.
            metrics: Updated with every delivery and commit.
            health: Updated with progress and outages.
        """
        self._consumer = consumer
        self._targets = targets
        self._metrics = metrics
        for target in targets:
            metrics.expect(target.name)
        self._health = health
        self._delivered: dict[int, TopicPartition] = {}
        self._next: dict[Place, int] = {}
        self._lag = LagGauge(consumer, metrics.lag)
        self._assignments = 0
        self._waiting = False

    def run(self, stop: Event) -> None:
        """Deliver alerts until ``stop`` is set, then commit and leave the group."""
        self._consumer.subscribe([ALERTS], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost)
        try:
            while not stop.is_set():
                messages = self._consumer.consume(_MESSAGES_A_POLL, _POLL_SECONDS)
                self._health.turn()
                if not messages:
                    self._health.move()
                self._deliver_all(messages, stop)
                self._commit()
                self._lag.update(self._next, ask=False)
        finally:
            self._consumer.close()

    def _deliver_all(self, messages: Sequence[Message], stop: Event) -> None:
        assignments = self._assignments
        for message in messages:
            error, partition, offset = message.error(), message.partition(), message.offset()
            if error is not None:
                note_consumer_error(error, "notifier")
            elif partition is not None and offset is not None:
                self._next[ALERTS, partition] = offset
                self._deliver(message.value(), stop)
                # Interrupted between targets: the next owner of the partition starts with this alert.
                if stop.is_set() or self._assignments != assignments:
                    return
                self._delivered[partition] = TopicPartition(ALERTS, partition, offset + 1)
                self._next[ALERTS, partition] = offset + 1

    def _deliver(self, value: bytes | None, stop: Event) -> None:
        if not value:  # a customer was forgotten, and a standing alert cleared just before
            return
        try:
            alert = decode_alert(value)
        except msgspec.DecodeError as error:
            self._metrics.refused.labels("decoding").inc()
            _LOG.error("a message on alerts is not an alert (%s); it is skipped", error)
            return
        # Decided before deciding was switched off; whoever was told of it is told of its end.
        if alert.decision_id and alert.state == "raised":
            return
        for target in self._targets:
            self._deliver_to(target, alert, stop)

    def _deliver_to(self, target: Target, alert: Alert, stop: Event) -> None:
        backoff, assignments = Backoff(_LONGEST_PAUSE_SECONDS), self._assignments
        while not stop.is_set() and self._assignments == assignments:
            try:
                attempt(target, alert, self._metrics)
            except ServerUnreachableError as error:
                self._wait(alert, error, backoff.take(), stop)
                continue
            self._health.away = None
            return

    def _wait(self, alert: Alert, error: ServerUnreachableError, pause: float, stop: Event) -> None:
        """Wait, and poll the paused consumer so that it stays in the group."""
        self._health.away = str(error)
        _LOG.warning("alert %s %s waits: %s; next try in %.1f s", alert.alert_id, alert.state, error, pause)
        self._consumer.pause(self._consumer.assignment())
        self._waiting = True
        until = time.monotonic() + pause
        while not stop.is_set() and time.monotonic() < until:
            self._consumer.poll(_POLL_SECONDS)
            self._health.turn()
            self._lag.update(self._next, ask=True)
        self._waiting = False
        self._consumer.resume(self._consumer.assignment())

    def _commit(self) -> None:
        if not self._delivered:
            return
        try:
            self._consumer.commit(offsets=list(self._delivered.values()), asynchronous=False)
        except KafkaException as error:
            _LOG.info("Kafka refused a commit (%s); it is retried", error.args[0].str())
            return
        self._delivered.clear()
        self._metrics.last_commit.set_to_current_time()
        self._health.move()

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        consumer.assign(partitions)
        # What is fetched during a wait would be lost.
        (consumer.pause if self._waiting else consumer.resume)(partitions)
        self._health.assigned = len(partitions)

    def _revoked(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._commit()
        self._lost(consumer, partitions)

    def _lost(self, consumer: Consumer, _: list[TopicPartition]) -> None:
        consumer.unassign()
        self._delivered.clear()
        self._next.clear()
        self._lag.clear()
        self._assignments += 1
        self._health.assigned = 0
