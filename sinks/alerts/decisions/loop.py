"""The loop that delivers decisions: read alerts, keep the journal, deliver what is due.

The member of the group that is assigned the first partition of ``alerts`` reads all of them: capacity is one for all
customers. Others wait to take over.
"""

import logging
from collections.abc import Callable, Sequence
from threading import Event
from typing import Final

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from runtime.kafka.ask import unreachable
from runtime.kafka.consumer_errors import note_consumer_error
from runtime.kafka.delivery import BatchError
from runtime.kafka.lag import LagGauge
from runtime.service.backoff import Backoff
from runtime.service.clock import Clock
from runtime.service.signals import Stopped
from schemas.errors import ServerUnreachableError
from schemas.moments import to_ms
from schemas.topics import ALERTS
from sinks.alerts.decisions.attempts import Attempts
from sinks.alerts.decisions.delivery import Delivery
from sinks.alerts.decisions.journal import Journal
from sinks.alerts.decisions.records import take_record
from sinks.alerts.decisions.schedule import Capacity, Schedule
from sinks.alerts.metrics import DecisionMetrics, NotifierMetrics
from sinks.alerts.targets.deliver import Target
from sinks.health import Health

_POLL_SECONDS: Final = 0.1
_MESSAGES_A_POLL: Final = 500
_DELIVERIES_A_TURN: Final = 32
_LONGEST_TURN_SECONDS: Final = 2.0
"""After it alerts are read again, however slow a target is: some may have ended, and Kafka removes silent members."""

_LONGEST_PAUSE_SECONDS: Final = 30.0
_ANSWER_SECONDS: Final = 10.0
_MEASURE_SECONDS: Final = 2.0
_OWNER: Final = 0
"""Partition of ``alerts`` whose owner reads all of them."""

_LOG: Final = logging.getLogger(__name__)


class DecisionNotifier:
    """Delivers decisions within capacity and time, each raising and each end until every target has taken it."""

    def __init__(
        self,
        consumer: Consumer,
        journal: Journal,
        new_capacity: Callable[[], Capacity],
        new_targets: Callable[[], Sequence[Target]],
        metrics: NotifierMetrics,
        told: DecisionMetrics,
        health: Health,
        clock: Clock = Clock(),  # noqa: B008 - frozen
    ) -> None:
        """Set up without connecting yet.

        Args:
            consumer: Not subscribed yet, without auto-commit.
            journal: Not open yet.
            new_capacity: Makes the plan of what can be done on each day, with nothing used.
            new_targets: Opens the receivers of every decision.
            metrics: Updated with every delivery and commit.
            told: Updated with every decision.
            health: Updated with progress and outages.
            clock: Gives the instants at which decisions are placed and delivered.
        """
        self._consumer, self._journal, self._health = consumer, journal, health
        self._new_capacity, self._new_targets = new_capacity, new_targets
        self._metrics, self._told, self._clock = metrics, told, clock
        self._attempts = Attempts(new_targets(), metrics, health)
        self._backoff = Backoff(_LONGEST_PAUSE_SECONDS)
        self._lag = LagGauge(consumer, metrics.lag)
        self._owns = False
        self._schedule: Schedule | None = None
        self._positions: dict[int, int] = {}
        self._saved: dict[int, int] = {}
        self._retry_at = self._measured_at = 0.0

    def run(self, stop: Event) -> None:
        """Deliver decisions until ``stop`` is set, then leave the group."""
        self._consumer.subscribe([ALERTS], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost)
        try:
            while not stop.is_set():
                messages = self._consumer.consume(_MESSAGES_A_POLL, _POLL_SECONDS)
                self._health.turn()
                if not messages:
                    self._health.move()
                self._turn(messages, stop)
        except Stopped:
            pass
        finally:
            self._consumer.close()

    def _turn(self, messages: Sequence[Message], stop: Event) -> None:
        if self._schedule is None:
            if self._owns and self._clock.seconds() >= self._retry_at:
                self._take_over()
            return
        self._read(messages, self._schedule)
        if self._save(self._schedule) and self._clock.seconds() >= self._retry_at:
            self._deliver(self._schedule, stop)
        self._measure()

    def _take_over(self) -> None:
        """Go on where the journal ends, with all partitions of alerts."""
        try:
            capacity = self._new_capacity()
            schedule = Schedule(capacity)
            schedule.restore(self._journal.open(), self._clock.now_ms())
            places = self._places()
        except ServerUnreachableError as error:
            self._wait(error)
            return
        self._attempts = Attempts(self._new_targets(), self._metrics, self._health)
        self._told.expect(capacity.names)
        self._consumer.assign(places)
        self._schedule, self._positions, self._saved = schedule, {}, {}
        self._health.away = None
        self._health.assigned = len(places)
        _LOG.info("delivering decisions of %d partitions; %d wait", len(places), schedule.waiting.total())

    def _places(self) -> list[TopicPartition]:
        try:
            topic = self._consumer.list_topics(ALERTS, timeout=_ANSWER_SECONDS).topics[ALERTS]
            if topic.error is not None or not topic.partitions:
                raise ServerUnreachableError(f"Kafka does not say which partitions {ALERTS} has: {topic.error}")
            asked = [TopicPartition(ALERTS, number) for number in topic.partitions]
            return self._consumer.committed(asked, timeout=_ANSWER_SECONDS)
        except KafkaException as error:
            raise unreachable(error) from None

    def _read(self, messages: Sequence[Message], schedule: Schedule) -> None:
        for message in messages:
            error, partition, offset = message.error(), message.partition(), message.offset()
            if error is not None:
                note_consumer_error(error, "notifier")
            elif partition is not None and offset is not None:
                take_record(message, schedule, self._metrics, self._clock.now_ms())
                self._positions[partition] = offset + 1

    def _save(self, schedule: Schedule) -> bool:
        """Return True if the journal has everything; nothing may be delivered before."""
        moved = {number: offset for number, offset in self._positions.items() if self._saved.get(number) != offset}
        if not schedule.changes and not moved:
            return True
        try:
            self._journal.save(
                schedule.changes, [TopicPartition(ALERTS, number, offset) for number, offset in moved.items()]
            )
        except BatchError as error:
            _LOG.warning("Kafka did not take the journal (%s); it is tried again", error.reason)
            if error.is_fenced:
                self._let_go()
            return False
        schedule.changes.clear()
        self._saved.update(moved)
        self._metrics.last_commit.set_to_current_time()
        self._health.move()
        return True

    def _deliver(self, schedule: Schedule, stop: Event) -> None:
        """Deliver what is due, each once the journal says that it has begun."""
        most = _DELIVERIES_A_TURN if self._health.away is None else 1
        due = schedule.start(schedule.due(self._clock.now_ms(), most))
        if not due or not self._save(schedule):
            schedule.put_back(due, self._clock.now_ms())
            return
        until = self._clock.seconds() + _LONGEST_TURN_SECONDS
        for number, one in enumerate(due):
            if stop.is_set() or self._clock.seconds() > until or not self._delivered(one, schedule):
                schedule.put_back(due[number:], self._clock.now_ms())
                break
            self._health.turn()
        self._save(schedule)

    def _delivered(self, one: Delivery, schedule: Schedule) -> bool:
        now = self._clock.now_ms()
        if not schedule.is_in_time(one, now):
            return False
        try:
            self._attempts.deliver(one.alert)
        except ServerUnreachableError as error:
            self._wait(error)
            return False
        self._backoff.reset()
        schedule.succeed(one)
        if one.state != "ending":
            self._told.delivered.labels(one.alert.action).inc()
            self._told.delay.observe(max(0, now - to_ms(one.deliver_at)) / 1000)
        return True

    def _wait(self, error: ServerUnreachableError) -> None:
        pause = self._backoff.take()
        self._retry_at = self._clock.seconds() + pause
        self._health.away = str(error)
        _LOG.warning("%s; next try in %.1f s", error, pause)

    def _measure(self) -> None:
        if self._schedule is None or self._clock.seconds() < self._measured_at + _MEASURE_SECONDS:
            return
        self._measured_at = self._clock.seconds()
        now = self._clock.now_ms()
        self._schedule.tidy(now)
        for action, number in self._schedule.waiting.items():
            self._told.waiting.labels(action).set(number)
        self._told.overdue.set(self._schedule.overdue(now))
        self._count_lapsed(self._schedule)
        self._lag.update({(ALERTS, number): offset for number, offset in self._positions.items()}, ask=False)

    def _count_lapsed(self, schedule: Schedule) -> None:
        while schedule.lapsed:
            (action, by), number = schedule.lapsed.popitem()
            self._told.lapsed.labels(action, by).inc(number)

    def _let_go(self) -> None:
        if self._schedule is not None:
            self._count_lapsed(self._schedule)
        self._schedule = None
        self._lag.clear()
        self._told.waiting.clear()
        self._told.overdue.set(0)

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        consumer.assign([])  # all or nothing is read, once the journal is open
        self._owns = any(one.partition == _OWNER for one in partitions)
        self._retry_at = 0.0
        self._health.assigned = len(partitions)

    def _revoked(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        if self._schedule is not None:
            self._save(self._schedule)
        self._lost(consumer, partitions)

    def _lost(self, consumer: Consumer, _: list[TopicPartition]) -> None:
        consumer.unassign()
        self._owns = False
        self._let_go()
        self._health.assigned = 0
