"""Compares round by round, each at a cut that worker and sink have passed."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event
from typing import Final

from runtime.kafka.admin import TopicClient
from runtime.kafka.offsets import OffsetClient, Place
from runtime.kafka.topic_reader import TopicReader
from schemas.events.dead_letter import CUSTOMERS
from schemas.settings.connections import ClickHouseSettings, KafkaSettings
from schemas.topics import DEAD_LETTERS, INTERACTIONS, RAW_TOPICS, changelog_topic, intake_group, sink_group
from sinks.clickhouse.client import open_client
from sinks.queries.checksums import DEAD_LETTER_TABLE, EVENT_TABLE, StoredCut
from sinks.queries.sample_ratio import sample_ratios
from streams.audit.compare import Between, compare_states
from streams.audit.decode import PartitionNumbers
from streams.audit.fingerprint import Numbers
from streams.audit.resolver import NameResolver
from streams.audit.result import Comparison, Round, not_compared
from streams.audit.snapshot import Snapshot
from streams.audit.stored import compare_stored

_TRIMMED: Final = "the log no longer begins at its first page, so the events of customers cannot be counted"
_SLOW_WORKER: Final = "the worker has not folded it yet"
_MORE_ROUNDS: Final = 3
_SLOW_SINK: Final = "the sink has not stored it yet"


@dataclass(frozen=True, slots=True)
class _Cut:
    """The consistent cut at which a round compares.

    Attributes:
        until: For each raw partition, the offset before which events and letters count.
        slow_worker: Partitions that the worker has not folded so far.
        slow_sink: Partitions of topics that the sink has not stored so far.
    """

    until: Numbers
    slow_worker: set[Place]
    slow_sink: set[Place]


class Auditor:
    """Keeps what it has read of Kafka, and compares it with states and ClickHouse whenever asked.

    It takes 16 bytes for each distinct event and about 50 for each customer.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        clickhouse: ClickHouseSettings,
        application_id: str,
        *,
        patience_seconds: float,
        examples: int,
        stop: Event,
    ) -> None:
        """Connect, and find the topics.

        Args:
            kafka: Where Kafka is.
            clickhouse: Where ClickHouse is.
            application_id: The consumer groups and the changelog are named after it.
            patience_seconds: How long worker and sink are waited for.
            examples: How many things of a difference are named at most.
            stop: Set when the process must end.

        Raises:
            ServerUnreachableError: Kafka does not answer.
            UsageError: A topic is missing.
        """
        self._clickhouse = clickhouse
        self._worker, self._patience, self._stop = application_id, patience_seconds, stop
        self._offsets = OffsetClient(kafka)
        changelog = changelog_topic(application_id)
        counts = TopicClient(kafka).partition_counts([*RAW_TOPICS, INTERACTIONS, DEAD_LETTERS, changelog])
        self._raw = [(topic, number) for topic in RAW_TOPICS for number in range(counts[topic])]
        self._partitions = counts[INTERACTIONS]
        width = max(counts[topic] for topic in (*RAW_TOPICS, INTERACTIONS))
        self._snapshot = Snapshot(PartitionNumbers((*RAW_TOPICS, INTERACTIONS, CUSTOMERS), width), self._partitions)
        group = f"{application_id}-audit"
        read = {topic: TopicReader(kafka, group, topic, range(counts[topic])) for topic in (INTERACTIONS, changelog)}
        self._log, self._states = read[INTERACTIONS], read[changelog]
        self._dead_letters = TopicReader(kafka, group, DEAD_LETTERS, range(counts[DEAD_LETTERS]))
        self._places = {
            topic: [(topic, number) for number in range(counts[topic])]
            for topic in (INTERACTIONS, DEAD_LETTERS, changelog)
        }
        self._names = NameResolver(kafka, group, self._offsets, changelog, examples, stop)
        self._trimmed = self._find_trimmed()
        self._began_at: tuple[dict[int, int], dict[int, int]] = ({}, {})

    def compare(self) -> Round:
        """Read what is new, wait for worker and sink, and compare.

        Raises:
            ServerUnreachableError: Kafka or ClickHouse does not answer.
            FatalError: A record cannot be read, or ClickHouse refuses a question.
            Stopped: The process was told to end.
        """
        done = self._compare()
        for _ in range(_MORE_ROUNDS):
            if not done.differences or not self._is_somebody_forgotten():
                break
            done = self._compare()
        return done

    def _compare(self) -> Round:
        began = time.monotonic()
        cut = self._read()
        self._snapshot.settle(cut.until)
        comparisons = [*self._compare_events(cut), *self._compare_dead_letters(cut), *self._compare_states(cut)]
        events = sum(len(events.index.prints) for events in self._snapshot.events.values())
        with open_client(self._clickhouse) as client:
            ratios = sample_ratios(client)
        return Round(tuple(comparisons), events, time.monotonic() - began, ratios)

    def close(self) -> None:
        """Give up the connections."""
        for reader in (self._log, self._states, self._dead_letters):
            reader.close()
        self._offsets.close()

    def _read(self) -> _Cut:
        """Read the log to its end, the states once the worker has passed it, the log up to these, and the letters."""
        raw = self._offsets.committed(intake_group(self._worker), self._raw)
        ends = self._ends(INTERACTIONS)
        self._snapshot.begin_round(self._snapshot.places.until(raw.items()))
        self._read_log(ends, ends)
        logged = self._needed(self._log, ends)
        slow_worker = self._wait_for(self._worker, logged)
        for messages in self._states.read_to(self._ends(self._states.topic), self._stop):
            self._snapshot.add_states(messages)
        folded = self._offsets.committed(self._worker, self._places[INTERACTIONS])
        self._read_log({number: offset for (_, number), offset in folded.items()}, ends)
        dead_letter_ends = self._ends(DEAD_LETTERS)
        self._read_dead_letters(dead_letter_ends, dead_letter_ends)
        self._began_at = ends, dead_letter_ends
        slow_sink = self._wait_for(
            sink_group(self._worker), logged | self._needed(self._dead_letters, dead_letter_ends)
        )
        return _Cut(self._snapshot.places.until([*raw.items(), *folded.items()]), slow_worker, slow_sink)

    def _read_log(self, upto: dict[int, int], ends: dict[int, int]) -> None:
        for messages in self._log.read_to(upto, self._stop):
            self._snapshot.add_pages(messages, ends)

    def _read_dead_letters(self, upto: dict[int, int], ends: dict[int, int]) -> None:
        for messages in self._dead_letters.read_to(upto, self._stop):
            self._snapshot.add_dead_letters(messages, ends)

    def _is_somebody_forgotten(self) -> bool:
        """Return True if a customer was forgotten since the round began: the sink may know before this has read it."""
        ends, dead_letter_ends = self._began_at
        self._read_log(self._ends(INTERACTIONS), ends)
        self._read_dead_letters(self._ends(DEAD_LETTERS), dead_letter_ends)
        return bool(self._snapshot.late_forgettings)

    def _compare_events(self, cut: _Cut) -> Iterator[Comparison]:
        late = {str(number) for topic, number in cut.slow_sink if topic == INTERACTIONS}
        trimmed = {str(number) for topic, number in self._trimmed if topic == INTERACTIONS}
        indexes = self._snapshot.indexes()
        stored = self._stored_cut(cut)
        between: Between = "kafka_clickhouse"
        yield from (not_compared(between, part, _SLOW_SINK) for part in sorted(late, key=int))
        yield from compare_stored(
            self._clickhouse, between, EVENT_TABLE, indexes, stored, late, trimmed, self._names.events
        )

    def _compare_dead_letters(self, cut: _Cut) -> Iterator[Comparison]:
        between: Between = "dead_letters"
        if any(topic == DEAD_LETTERS for topic, _ in cut.slow_sink):
            yield not_compared(between, "all", _SLOW_SINK)
            return
        indexes = self._snapshot.dead_letters
        trimmed = set(indexes) if any(topic == DEAD_LETTERS for topic, _ in self._trimmed) else set()
        yield from compare_stored(
            self._clickhouse,
            between,
            DEAD_LETTER_TABLE,
            indexes,
            self._stored_cut(cut),
            set(),
            trimmed,
            self._names.dead_letters,
        )

    def _compare_states(self, cut: _Cut) -> Iterator[Comparison]:
        between: Between = "kafka_state"
        for number, events in self._snapshot.events.items():
            if (INTERACTIONS, number) in cut.slow_worker:
                yield not_compared(between, str(number), _SLOW_WORKER)
            elif (INTERACTIONS, number) in self._trimmed:
                yield not_compared(between, str(number), _TRIMMED, for_good=True)
            else:
                states, unreadable = self._snapshot.states[number].seen, self._snapshot.states[number].unreadable
                touched = events.touched()
                gap = compare_states(events.distinct, events.lines, states, touched, unreadable)
                expected = int(events.distinct.of(events.distinct.keys).sum())
                found = int(states.of(states.keys).sum())
                names = self._names.customers(number, gap, unreadable.values())
                remark = _remark(len(touched), 0 if gap.missing or gap.extra else found - expected)
                yield Comparison.of(between, str(number), expected, found, gap, names, remark)

    def _ends(self, topic: str) -> dict[int, int]:
        return {number: offset for (_, number), offset in self._offsets.ends(self._places[topic]).items()}

    def _needed(self, reader: TopicReader, ends: dict[int, int]) -> dict[Place, int]:
        return {(reader.topic, number): reader.needed(number, end) for number, end in ends.items()}

    def _wait_for(self, group: str, needed: dict[Place, int]) -> set[Place]:
        return self._offsets.wait_for(group, needed, self._patience, self._stop)

    def _stored_cut(self, cut: _Cut) -> StoredCut:
        places = self._snapshot.places
        return StoredCut(places.topics, places.width, cut.until.tolist(), self._partitions)

    def _find_trimmed(self) -> set[Place]:
        beginnings = self._offsets.beginnings([*self._places[INTERACTIONS], *self._places[DEAD_LETTERS]])
        return {place for place, offset in beginnings.items() if offset > 0}


def _remark(touched: int, more: int) -> str:
    """Return why states are not compared, or have counted more events than are distinct."""
    if touched:
        return f"{touched} customers left to the next round"
    return f"{more:+,}: repeats older than states remember, or ids of several customers" if more else ""
