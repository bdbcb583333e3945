"""Consume topics, insert their records into the tables of the same name, and commit offsets after the insert."""

import logging
import time
from threading import Event
from typing import Final

from clickhouse_connect.driver.client import Client
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from runtime.kafka.consumer_errors import note_consumer_error
from runtime.kafka.lag import LagGauge
from runtime.kafka.options import consumer_options
from runtime.kafka.topic_identity import check_committed, check_ids, recreated, topic_ids
from schemas.errors import ServerUnreachableError
from schemas.pages.page import first_publication
from schemas.records.learner_notes import is_learner_note
from schemas.settings.connections import ClickHouseSettings, KafkaSettings
from schemas.settings.processes import SinkSettings
from schemas.topics import INTERACTIONS, STORED_TOPICS, TRAINING_EXAMPLES
from sinks.health import Health
from sinks.load.batch import Portion, TableBatch, Tombstone
from sinks.load.erase import erase
from sinks.load.inflight import InFlightInserts
from sinks.load.insert import insert
from sinks.load.metrics import SinkMetrics
from sinks.load.offsets import Offsets
from sinks.load.outage import Outage

_FETCH_BYTES: Final = 1024 * 1024
_FETCH_SHARE: Final = 0.5
_LONGEST_FETCH_SECONDS: Final = 0.25
_POLL_SECONDS: Final = 0.05
_MESSAGES_A_POLL: Final = 64
_CHECK_SECONDS: Final = 10.0

_LOG: Final = logging.getLogger(__name__)


class SinkConsumer:
    """One consumer, a batch for each table, inserts in flight; all but the inserts runs in the thread of ``run``."""

    def __init__(
        self,
        kafka: KafkaSettings,
        clickhouse: ClickHouseSettings,
        sink: SinkSettings,
        *,
        group: str,
        client: Client,
        metrics: SinkMetrics,
        health: Health,
    ) -> None:
        """Set up, without joining the group yet.

        Args:
            kafka: Where the records are.
            clickhouse: Where they go, for messages.
            sink: Limits of a batch.
            group: Consumer group.
            client: A connection to the database.
            metrics: Updated with every insert and commit.
            health: Updated with progress and outages.
        """
        options = consumer_options(kafka, group)
        # With an eager strategy a rebalance takes every partition at once, so no batch ever holds another's records.
        options |= {"enable.partition.eof": True, "partition.assignment.strategy": "roundrobin"}
        # Rows wait for others anyway, and each answer costs the broker as much as many rows.
        options |= {"fetch.min.bytes": _FETCH_BYTES, "fetch.wait.max.ms": _fetch_milliseconds(sink)}
        self._consumer = Consumer({**options, "topic.metadata.refresh.interval.ms": 10_000})
        self._clickhouse = clickhouse
        self._client = client
        self._metrics = metrics
        self._health = health
        self._lag = LagGauge(self._consumer, metrics.lag)
        self._kafka = kafka
        self._group = group
        self._ids = topic_ids(kafka, STORED_TOPICS)
        self._batches = {table: TableBatch(sink) for table in STORED_TOPICS}
        self._in_flight = InFlightInserts(self._put)
        self._offsets = Offsets()
        self._outage = Outage(self._consumer, metrics, health, max_pause_seconds=sink.max_pause_seconds)
        self._next_check = time.monotonic() + _CHECK_SECONDS

    def run(self, stop: Event) -> None:
        """Store records until ``stop`` is set; then store and commit what was read, and leave the group."""
        self._consumer.subscribe(
            list(STORED_TOPICS), on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost
        )
        try:
            while not stop.is_set():
                self.step()
            self._flush(everything=True)
        finally:
            self._drop()
            self._in_flight.close()
            self._consumer.close()

    def step(self) -> None:
        """Read messages once, and insert and commit what is due."""
        for message in self._consumer.consume(_MESSAGES_A_POLL, _POLL_SECONDS):
            self._add(message)
        if self._outage.may_try:
            self._flush(everything=False)
        self._health.turn()
        if self._offsets.caught_up and self._in_flight.empty and all(batch.empty for batch in self._batches.values()):
            self._health.move()
        # A paused consumer learns of new messages only by asking.
        self._lag.update(self._offsets.committed, ask=self._outage.lasts)
        if time.monotonic() >= self._next_check:
            self._check_topic_ids()

    def _add(self, message: Message) -> None:
        error, topic, partition, offset = message.error(), message.topic(), message.partition(), message.offset()
        if error is not None and error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001 - its public name
            return note_consumer_error(error, "sink")
        if topic is None or partition is None or offset is None:
            return None
        batch, place = self._batches[topic], (topic, partition)
        if error is not None:
            if self._offsets.reach_end(place, offset):
                batch.pass_by(place, offset, time.monotonic())
            return None
        if not self._offsets.read(place, offset):
            raise recreated(topic, self._group, f"starts again at offset {offset} in partition {partition}")
        key, value, stamp = message.key(), message.value(), message.timestamp()[1]
        if topic == TRAINING_EXAMPLES and is_learner_note(message.headers()):
            batch.pass_by(place, offset + 1, time.monotonic())
        elif key and not value:
            batch.add_tombstone(Tombstone(key.decode(), place, offset, stamp), time.monotonic())
        else:
            batch.add(place, offset, value, stamp=stamp, now=time.monotonic())
            if topic == INTERACTIONS:
                batch.note_published(first_publication(value or b""))
        if batch.full and not self._outage.lasts:
            self._store(topic, batch)
        return None

    def _flush(self, *, everything: bool) -> None:
        now = time.monotonic()
        if self._finish_inserts(everything=everything):
            for table, batch in self._batches.items():
                wanted = batch.due(now) or (everything and not batch.empty)
                if wanted and not self._store(table, batch):
                    break
            else:
                self._finish_inserts(everything=everything)
        self._commit()

    def _store(self, table: str, batch: TableBatch) -> bool:
        """Start to insert a batch; return False if ClickHouse is away."""
        block = batch.block()
        # A tombstone needs all earlier rows stored, and no later one.
        alone = any(portion.tombstone is not None for portion in block.portions)
        while self._in_flight.full or (alone and not self._in_flight.empty):
            if not self._finish_insert():
                return False
        self._in_flight.start(table, block)
        batch.clear()
        return self._finish_insert() if alone else True

    def _put(self, table: str, portion: Portion) -> None:
        if portion.rows:
            insert(self._client, self._clickhouse, table, *portion.lines)
        if portion.tombstone is not None:
            erase(self._client, self._clickhouse, table, portion.tombstone)

    def _finish_inserts(self, *, everything: bool) -> bool:
        """Finish the inserts that have ended, or all; return False if ClickHouse is away."""
        while not self._in_flight.empty and (everything or self._outage.lasts or self._in_flight.ended):
            self._in_flight.retry_first()
            if not self._finish_insert():
                return False
        return True

    def _finish_insert(self) -> bool:
        try:
            stored = self._in_flight.finish_first()
        except ServerUnreachableError as error:
            self._outage.wait(error)
            return False
        self._outage.end()
        for portion, seconds in zip(stored.block.portions, stored.seconds, strict=True):
            if portion.rows:
                self._metrics.stored(stored.table, portion, seconds, time.time())
        self._offsets.store(stored.block.offsets)
        return True

    def _commit(self) -> None:
        """Commit the offsets of what is stored; if Kafka refuses, they go with the next commit."""
        ids = self._ids
        waiting = [
            TopicPartition(*place, offset, ids.get(place[0], "")) for place, offset in self._offsets.waiting.items()
        ]
        if not waiting:
            return
        try:
            self._consumer.commit(offsets=waiting, asynchronous=False)
        except KafkaException as error:
            self._metrics.commit_failures.inc()
            _LOG.info("Kafka refused a commit (%s); it is retried", error.args[0].str())
            return
        self._offsets.commit()
        self._metrics.last_commit.set_to_current_time()
        self._health.move()

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._check_topic_ids()
        check_committed(consumer, partitions, self._ids, self._group)
        consumer.assign(partitions)
        consumer.resume(partitions)
        self._offsets.assign((place.topic, place.partition) for place in partitions)
        self._health.assigned = len(partitions)
        self._health.move()

    def _revoked(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        if not self._outage.lasts:
            self._flush(everything=True)
        self._lost(consumer, partitions)

    def _lost(self, consumer: Consumer, _: list[TopicPartition]) -> None:
        consumer.unassign()
        self._drop()

    def _drop(self) -> None:
        """Drop what was read and not committed: the next owner of the partitions reads it again."""
        self._in_flight.drop()
        for batch in self._batches.values():
            batch.clear()
        self._offsets.clear()
        self._outage.clear()
        self._health.assigned = 0
        self._lag.clear()

    def _check_topic_ids(self) -> None:
        """Notice a topic that was created again, which librdkafka goes on fetching by its old id, silently."""
        self._next_check = time.monotonic() + _CHECK_SECONDS
        ids = topic_ids(self._kafka, STORED_TOPICS)
        check_ids(self._ids, ids, self._group)
        self._ids |= ids


def _fetch_milliseconds(sink: SinkSettings) -> int:
    """Return the longest wait of a fetch: a part of the time that a row may wait for others."""
    return int(min(sink.batch_seconds * _FETCH_SHARE, _LONGEST_FETCH_SECONDS) * 1000)
