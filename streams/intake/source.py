"""Reads the raw topics as a member of the consumer group, and finds where each partition ends."""

import logging
import time
from collections.abc import Callable, Mapping
from threading import Event
from typing import Final

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from runtime.kafka.admin import TopicClient
from runtime.kafka.options import consumer_options
from runtime.service.signals import Stopped
from schemas.errors import FatalError, ServerUnreachableError, UsageError
from schemas.events.forgetting import Forgettings
from schemas.settings.connections import KafkaSettings
from schemas.topics import DEAD_LETTERS, INTERACTIONS, RAW_TOPICS
from streams.intake.clock import SourcePosition, decode_checkpoint
from streams.intake.intake import Intake

_CALL_SECONDS: Final = 5.0

_FETCHED_BYTES: Final = 64 * 1024
_FETCH_WAITS_MS: Final = 15
"""Upstream writes event by event. A fetch that waits a part of a page's time spares the broker three fetches in four:
the 99th percentile of latency at 5,000 events a second on two full cores fell to a third to a half."""
_HOPELESS: Final = frozenset(
    {
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError._FATAL,  # noqa: SLF001 - its public name
    }
)

_log = logging.getLogger(__name__)


def require_topics(settings: KafkaSettings) -> dict[str, int]:
    """Return once all topics of intake are there.

    Args:
        settings: Where Kafka is, and how many customer partitions it should have.

    Returns:
        How many partitions each raw topic has.

    Raises:
        UsageError: A topic is missing, or ``interactions`` has another number of partitions than the settings say.
        ServerUnreachableError: Kafka does not answer.
    """
    counts = TopicClient(settings).partition_counts((*RAW_TOPICS, INTERACTIONS, DEAD_LETTERS))
    found = counts[INTERACTIONS]
    if found != settings.interactions_partitions:
        raise UsageError(
            f"topic {INTERACTIONS} has {found} partitions, but STAYLINE_KAFKA__INTERACTIONS_PARTITIONS is "
            f"{settings.interactions_partitions}: customers would move to other partitions than their states"
        )
    return {name: counts[name] for name in RAW_TOPICS}


def open_consumer(settings: KafkaSettings, group: str, raw_partitions: Mapping[str, int], queued: int) -> Consumer:
    """Return a consumer of the raw topics, not subscribed yet.

    Args:
        settings: Where Kafka is.
        group: The consumer group of all intakes.
        raw_partitions: How many partitions each raw topic has.
        queued: Messages that librdkafka may hold in memory.
    """
    own = {
        "enable.partition.eof": True,
        "fetch.min.bytes": _FETCHED_BYTES,
        "fetch.wait.max.ms": _FETCH_WAITS_MS,
        "queued.min.messages": max(100, queued // sum(raw_partitions.values())),
    }
    return Consumer(consumer_options(settings, group, own))


class Source:
    """Reads the raw partitions that this member of the group owns, and tells an intake of gains and losses."""

    def __init__(
        self, consumer: Consumer, intake: Intake, stop: Event, read_forgettings: Callable[[], Forgettings]
    ) -> None:
        """Join the group.

        Args:
            consumer: Not subscribed yet.
            intake: Told of partitions gained, lost and read to their end.
            stop: Once set, an absent broker is no longer waited for.
            read_forgettings: Reads who was forgotten so far.
        """
        self._consumer = consumer
        self._read_forgettings = read_forgettings
        self._intake = intake
        self._stop = stop
        self.assigned = False
        # Kept from the assignment on, since a member that was thrown out forgets its generation, and the broker lets
        # transactions without a member pass: the old one fences a process that slept through a rebalance.
        self.membership: object = None
        self._reached: list[tuple[str, int, int]] = []
        consumer.subscribe(list(RAW_TOPICS), on_assign=self._assign, on_revoke=self._release, on_lost=self._release)

    def read(self, most: int, seconds: float) -> list[Message]:
        """Wait for messages.

        Args:
            most: Return at once with this many.
            seconds: Return after these in any case.

        Raises:
            FatalError: Kafka gives an error that waiting does not mend.
        """
        generation = self.membership
        messages = []
        batch = self._consumer.consume(most, seconds)
        if batch and self.membership is not generation:
            # What was fetched before a rebalance may lie among what was fetched after it.
            self.rewind(list(self._intake.clock.positions()))
            return []
        for message in batch:
            error = message.error()
            if error is None:
                messages.append(message)
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its public name
                self._reached.append((message.topic() or "", message.partition() or 0, message.offset() or 0))
            elif error.fatal() or error.code() in _HOPELESS:
                raise FatalError(f"the raw topics cannot be read: {error.str()}")
            else:
                _log.warning("reading the raw topics: %s", error.str())
        return messages

    def look_for_ends(self) -> None:
        """Give the clock the ends of the owned partitions, by the latest fetch, open transactions included.

        To be called when all messages that were read have been taken, since an end lies after them.
        """
        clock = self._intake.clock
        for topic, partition, position in self._reached:
            clock.reach(topic, partition, position)
        self._reached.clear()
        for topic, partition in clock.owned:
            _, end = self._consumer.get_watermark_offsets(TopicPartition(topic, partition), cached=True)
            if end >= 0:
                clock.see_end(topic, partition, end)

    def rewind(self, positions: list[SourcePosition]) -> None:
        """Read on from earlier positions.

        Args:
            positions: Of all partitions that are owned.
        """
        self._reached.clear()
        self._consumer.assign([TopicPartition(one.topic, one.partition, _offset_of(one.position)) for one in positions])

    def _assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        committed = self._committed(partitions)
        # ``stayline forget`` writes whom, then looks for members of the group: each knows from here, or is waited for.
        forgettings = self._forgotten()
        if forgettings is None:
            return
        self._intake.forgettings = forgettings
        for place in committed:
            position = place.offset if place.offset >= 0 else None
            self._intake.clock.assign(place.topic, place.partition, position, decode_checkpoint(place.metadata))
            where = {"topic": place.topic, "partition": place.partition, "offset": position}
            _log.info("reading %s/%d from %s", place.topic, place.partition, position, extra=where)
        self.rewind(list(self._intake.clock.positions()))
        self.membership = consumer.consumer_group_metadata()
        self.assigned = True

    def _release(self, consumer: Consumer, _partitions: list[TopicPartition]) -> None:
        """Drop what was read and not sent: the next owner begins at the last commit anyway."""
        self.assigned = False
        self._reached.clear()
        self._intake.release()
        consumer.unassign()

    def _forgotten(self) -> Forgettings | None:
        """Wait until it is known who was forgotten; None once this process must end."""
        while not self._stop.is_set():
            try:
                return self._read_forgettings()
            except ServerUnreachableError as problem:
                _log.warning("waiting to hear who was forgotten: %s", problem)
                time.sleep(0.1)
            except Stopped:
                break
        return None

    def _committed(self, partitions: list[TopicPartition]) -> list[TopicPartition]:
        """Wait for the committed offsets; those in a dead member's transaction are known once it has timed out."""
        while partitions:
            try:
                found = self._consumer.committed(partitions, timeout=_CALL_SECONDS)
            except KafkaException as failure:
                problem = failure.args[0]
            else:
                problem = next((place.error for place in found if place.error is not None), None)
                if problem is None:
                    return found
            if self._stop.is_set():
                return []
            if problem.code() in _HOPELESS:
                raise FatalError(f"committed offsets cannot be read: {problem.str()}")
            _log.warning("waiting for committed offsets: %s", problem.str())
            time.sleep(0.1)
        return []


def _offset_of(position: int | None) -> int:
    return OFFSET_BEGINNING if position is None else position
