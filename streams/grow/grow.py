"""The steps of a growth; whatever step it dies in, the same command goes on from there."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event
from typing import Final

from confluent_kafka import Message

from runtime.kafka.admin import TopicClient
from runtime.kafka.offsets import CommittedOffset, OffsetClient, Place
from runtime.kafka.topic_reader import read_topic
from runtime.service.signals import Stopped
from schemas.errors import FatalError, UsageError
from schemas.events.raw_events import customer_id_of
from schemas.pages.page import decode_lines_as
from schemas.settings.connections import KafkaSettings
from schemas.settings.processes import WorkerSettings
from schemas.topics import ALERTS, DECISIONS, INTERACTIONS, RISK_SCORES, changelog_topic, intake_group
from streams.grow.census import Census, Plan, misplaced, partitioner, take_census
from streams.grow.changelog import Changelog
from streams.grow.positions import CommittedPositions, Growth

_ALSO_BY_CUSTOMER: Final = (RISK_SCORES, ALERTS, DECISIONS)
_PATIENCE_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.2
_WAIT_TRANSACTIONS: Final = 2.0
"""The wait for an open transaction, in multiples of what the broker allows one."""

Report = Callable[[int], None]
"""Called with the number of customers moved so far."""


class Grower:
    """Grows the number of customer partitions while intakes and workers are stopped."""

    def __init__(self, kafka: KafkaSettings, worker: WorkerSettings, to: int, stop: Event) -> None:
        """Start without a connection.

        Args:
            kafka: Where Kafka is.
            worker: Names the groups and the changelog.
            to: Customer partitions that there shall be.
            stop: Set when the process must end.

        Raises:
            UsageError: The broker has no transactions.
        """
        if not kafka.transactions:
            raise UsageError("without transactions (kafka.transactions) customers cannot be moved safely")
        self._kafka, self._to, self._stop = kafka, to, stop
        self._group = worker.application_id
        self._topics = (INTERACTIONS, changelog_topic(self._group))
        self._topic_client = TopicClient(kafka)
        self._offsets = OffsetClient(kafka, patience_seconds=_PATIENCE_SECONDS)
        self.changelog = Changelog(kafka, changelog_topic(self._group), self._group, self._offsets, stop)
        self._partition_of = partitioner(to)

    def plan(self) -> Plan:
        """Find out what would be done; all that is changed is that a mark is taken back which nothing has followed.

        Raises:
            UsageError: A process runs, pages wait, or the number cannot be grown to.
            FatalError: A customer lies where it should not, or the process was told to end.
            ServerUnreachableError: Kafka does not answer.
        """
        with _told_to_end():
            return self._plan()

    def _plan(self) -> Plan:
        counts, positions = self._look()
        present, growth = counts[INTERACTIONS], positions.growth
        if growth is not None and growth.to != self._to:
            raise UsageError(
                f"a growth to {growth.to} was begun; finish it first: stayline grow --partitions {growth.to}"
            )
        if present > self._to:
            raise UsageError(f"there are {present} customer partitions; they can grow, never shrink to {self._to}")
        if growth is None and all(counts[topic] >= self._to for topic in (*self._topics, *_ALSO_BY_CUSTOMER)):
            return Plan(present, self._to, Census(), done=True)
        self._require_stopped()
        under_way = growth is not None and present == self._to
        if not under_way:
            if growth is not None:
                self._commit(positions.unmarked())
            self._require_folded(counts, positions)
        before = growth.before if growth is not None else present
        return Plan(before, self._to, self._survey(counts, None if under_way else present), begun=under_way)

    def grow(self, plan: Plan, report: Report) -> int:
        """Do it, and return how many customers were moved.

        Args:
            plan: What was found out just now.
            report: Told how many customers were moved so far.

        Raises:
            UsageError: A process was started meanwhile.
            FatalError: Something was lost, or the process was told to end, or Kafka refuses.
            ServerUnreachableError: Kafka does not answer.
        """
        with _told_to_end():
            return self._grow(plan, report)

    def _grow(self, plan: Plan, report: Report) -> int:
        counts, positions = self._look()
        growth = positions.growth
        if not plan.begun or growth is None:
            growth = Growth(plan.before, plan.to, plan.census.customers, plan.census.checksum)
        if positions.offsets:
            positions = self._fence(plan, growth, positions)
        elif plan.census.customers:
            raise UsageError(f"group {self._group} has no offsets, but there are customers; let workers run first")
        for topic in (INTERACTIONS, self.changelog.topic, *_ALSO_BY_CUSTOMER):
            if counts[topic] < self._to:
                self._topic_client.add_partitions(topic, self._to)
            if topic == INTERACTIONS and positions.offsets:
                self._commit(positions.marked(self._to, growth))
        if not positions.offsets:
            return 0
        self._require_pages_in_place(positions)
        moved = 0
        for some in self.changelog.move(self._to, self._partition_of):
            moved += some
            report(moved)
        self.changelog.copy_feed(plan.before, self._to)
        self._require_whole(growth)
        self._commit(positions.finished(growth))
        return moved

    def _fence(self, plan: Plan, growth: Growth, positions: CommittedPositions) -> CommittedPositions:
        """Keep workers away from here on; take that back where a process was quicker."""
        if plan.begun:
            return positions
        positions = CommittedPositions.of(positions.unmarked())
        self._commit(positions.marked(plan.before, growth))
        try:
            self._require_stopped()
            self._require_folded(self._topic_client.partition_counts(), positions)
        except UsageError:
            self._commit(positions.unmarked())
            raise
        return positions

    def _look(self) -> tuple[dict[str, int], CommittedPositions]:
        counts = self._topic_client.partition_counts((*self._topics, *_ALSO_BY_CUSTOMER))
        committed = self._offsets.stable(self._group, _partitions_of({INTERACTIONS: counts[INTERACTIONS]}))
        positions = CommittedPositions.of({number: one for (_, number), one in committed.items()})
        if positions.growth is None and positions.offsets and counts[INTERACTIONS] != counts[self.changelog.topic]:
            found = " and ".join(f"{topic} has {counts[topic]}" for topic in self._topics)
            raise UsageError(f"topic {found} partitions, which somebody else has made; nothing can be grown from there")
        return counts, positions

    def _require_stopped(self) -> None:
        groups = {"intake": intake_group(self._group), "worker": self._group}
        running = {kind: self._offsets.members(group) for kind, group in groups.items()}
        if any(running.values()):
            told = " and ".join(f"{number} {kind}(s)" for kind, number in running.items() if number)
            raise UsageError(
                f"{told} still in their groups; stop every intake and worker first "
                f"(a killed one counts for another {self._kafka.session_timeout_seconds:g} s)"
            )

    def _require_folded(self, counts: dict[str, int], positions: CommittedPositions) -> None:
        self._require_resolved({topic: counts[topic] for topic in self._topics})
        waiting = next(self._unfolded(positions), None)
        if waiting is not None:
            raise UsageError(
                f"pages wait on {INTERACTIONS}, partition {waiting.partition()}, from offset {waiting.offset()} on; "
                "start the workers with the settings as they were, without an intake, until none does"
            )

    def _require_pages_in_place(self, positions: CommittedPositions) -> None:
        """Only intakes with the new setting may have written pages since no worker folds any."""
        for page in self._unfolded(positions):
            value = page.value()
            customer_ids = decode_lines_as(value, customer_id_of) if isinstance(value, bytes) else []
            strange = misplaced(
                page.partition() or 0, (customer_id.encode() for customer_id in customer_ids), self._partition_of
            )
            if strange:
                raise FatalError(
                    f"an intake with the old setting wrote {INTERACTIONS}, partition {page.partition()}, offset "
                    f"{page.offset()}, while partitions were added; no customer has been moved yet"
                )

    def _require_resolved(self, counts: Mapping[str, int]) -> None:
        """Wait until nothing is written on some topics that is neither committed nor aborted."""
        deadline = time.monotonic() + self._kafka.transaction_timeout_seconds * _WAIT_TRANSACTIONS
        watched = _partitions_of(counts)
        while self._offsets.ends(watched, committed=True) != self._offsets.ends(watched):
            if time.monotonic() > deadline:
                raise UsageError(f"a transaction is open on {' or '.join(counts)}; stop intakes and workers, and wait")
            time.sleep(_LOOK_SECONDS)

    def _commit(self, positions: Mapping[int, CommittedOffset]) -> None:
        """Set the offsets of the workers' group, all of them or none."""
        try:
            self._offsets.set_committed(self._group, {(INTERACTIONS, number): one for number, one in positions.items()})
        except UsageError:
            raise UsageError(
                f"a worker (group {self._group}) was started meanwhile; stop it, then run this again"
            ) from None

    def _unfolded(self, positions: CommittedPositions) -> Iterator[Message]:
        counts = self._topic_client.partition_counts([INTERACTIONS])
        ends = {number: end for (_, number), end in self._offsets.ends(_partitions_of(counts)).items()}
        return read_topic(self._kafka, f"{self._group}-grow", INTERACTIONS, ends, self._stop, positions.offsets)

    def _survey(self, counts: dict[str, int], home: int | None) -> Census:
        """Count all customers, each of whom must lie at home where none has been moved yet."""
        census = Census()
        partition_before = partitioner(home) if home is not None else None
        for number, states in self.changelog.partitions(counts[self.changelog.topic]):
            strange = misplaced(number, states, partition_before) if partition_before else []
            if strange:
                raise FatalError(
                    f"customer {strange[0].decode()} lies on partition {number} of {self.changelog.topic}, where it "
                    f"does not belong among {home}; compare first: stayline audit --once"
                )
            census += take_census(number, states, self._partition_of)
        return census

    def _require_whole(self, growth: Growth) -> None:
        found = self._survey({self.changelog.topic: self._to}, self._to)
        expected = (growth.customers, growth.checksum)
        if (found.customers, found.checksum) != expected:
            raise FatalError(
                f"{found.customers} customers lie in {self.changelog.topic} (checksum {found.checksum:x}), not the "
                f"{growth.customers} (checksum {growth.checksum:x}) of before; no worker will start on them"
            )


@contextmanager
def _told_to_end() -> Iterator[None]:
    try:
        yield
    except Stopped:
        raise FatalError("told to end before all was done; the same command goes on from here") from None


def _partitions_of(counts: Mapping[str, int]) -> list[Place]:
    return [(topic, number) for topic, count in counts.items() for number in range(count)]
