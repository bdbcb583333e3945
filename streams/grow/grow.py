"""The growth, step by step; whatever step it dies in, the same command goes on from there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event
from typing import Final

import msgspec
from confluent_kafka import IsolationLevel, Message

from schemas.errors import FatalError, UsageError
from schemas.pages import decode_lines_as
from schemas.settings import KafkaSettings, WorkerSettings
from streams.grow.census import Census, leaving, placed_among, take_census
from streams.grow.mark import Growth
from streams.grow.move import Changelog
from streams.grow.places import Places
from streams.grow.read import read
from streams.grow.standing import Standing
from streams.topics import INTERACTIONS, changelog_of

_ALSO_BY_CUSTOMER: Final = ("risk_scores", "alerts")
_WAIT_TRANSACTIONS: Final = 2.0
"""How long an open transaction is waited for, in times of what the broker allows one."""

Report = Callable[[int], None]
"""Told how many customers were moved so far."""


class _Line(msgspec.Struct, frozen=True, gc=False):
    customer_id: str


_decode_line: Final = msgspec.json.Decoder(_Line).decode


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is, and what would be done.

    Attributes:
        before: Customer partitions before the growth.
        to: Customer partitions after it.
        census: Of all customers; ``moving`` are those who have to move still.
        begun: Whether an earlier run died on its way.
        done: Whether nothing is left to do.
    """

    before: int
    to: int
    census: Census
    begun: bool = False
    done: bool = False


class Grower:
    """Grows the number of customer partitions while intakes and workers are stopped."""

    def __init__(self, kafka: KafkaSettings, worker: WorkerSettings, to: int, stop: Event) -> None:
        """Look at nothing yet.

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
        self._topics = (INTERACTIONS, changelog_of(worker))
        self._standing = Standing(kafka, self._group)
        self.changelog = Changelog(kafka, changelog_of(worker), self._group, self._standing, stop)
        self._place_of = placed_among(to)

    def plan(self) -> Plan:
        """Find out what would be done; all that is changed is that a mark is taken back which nothing has followed.

        Raises:
            UsageError: Somebody runs, pages wait, or the number cannot be grown to.
            FatalError: A customer lies where it should not, or the process was told to end.
            ServerUnreachableError: Kafka does not answer.
        """
        counts, places = self._look()
        present, growth = counts[INTERACTIONS], places.growth
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
                self._standing.commit(places.unmarked())
            self._require_folded(counts, places)
        before = growth.before if growth is not None else present
        return Plan(before, self._to, self._survey(counts, None if under_way else present), begun=under_way)

    def grow(self, plan: Plan, report: Report) -> int:
        """Do it, and return how many customers were moved.

        Args:
            plan: What was found out just now.
            report: Told how many customers were moved so far.

        Raises:
            UsageError: Somebody was started meanwhile.
            FatalError: Something was lost, or the process was told to end, or Kafka refuses.
            ServerUnreachableError: Kafka does not answer.
        """
        counts, places = self._look()
        growth = places.growth
        if not plan.begun or growth is None:
            growth = Growth(plan.before, plan.to, plan.census.customers, plan.census.checksum)
        if places.offsets:
            places = self._fence(plan, growth, places)
        elif plan.census.customers:
            raise UsageError(f"group {self._group} has no offsets, but there are customers; let workers run first")
        for topic in (INTERACTIONS, self.changelog.topic, *_ALSO_BY_CUSTOMER):
            if counts[topic] < self._to:
                self._standing.add_partitions(topic, self._to)
            if topic == INTERACTIONS and places.offsets:
                self._standing.commit(places.marked(self._to, growth))
        if not places.offsets:
            return 0
        self._require_pages_in_place(places)
        moved = 0
        for some in self.changelog.move(self._to, self._place_of):
            moved += some
            report(moved)
        self._require_whole(growth)
        self._standing.commit(places.finished(growth))
        return moved

    def _fence(self, plan: Plan, growth: Growth, places: Places) -> Places:
        """Keep workers away from here on; where somebody was quicker, take it back."""
        if plan.begun:
            return places
        places = Places.of(places.unmarked())
        self._standing.commit(places.marked(plan.before, growth))
        try:
            self._require_stopped()
            self._require_folded(self._standing.counts(), places)
        except UsageError:
            self._standing.commit(places.unmarked())
            raise
        return places

    def _look(self) -> tuple[dict[str, int], Places]:
        counts = self._standing.counts()
        missing = [topic for topic in (*self._topics, *_ALSO_BY_CUSTOMER) if topic not in counts]
        if missing:
            raise UsageError(f"Kafka has no topic {', '.join(missing)}; create the topics with: stayline topics")
        places = Places.of(self._standing.positions(counts[INTERACTIONS]))
        if places.growth is None and places.offsets and counts[INTERACTIONS] != counts[self.changelog.topic]:
            found = " and ".join(f"{topic} has {counts[topic]}" for topic in self._topics)
            raise UsageError(f"topic {found} partitions, which somebody else has made; nothing can be grown from there")
        return counts, places

    def _require_stopped(self) -> None:
        groups = {"intake": f"{self._group}-intake", "worker": self._group}
        running = {kind: self._standing.members(group) for kind, group in groups.items()}
        if any(running.values()):
            told = " and ".join(f"{number} {kind}(s)" for kind, number in running.items() if number)
            raise UsageError(
                f"{told} still in their groups; stop every intake and worker first "
                f"(a killed one counts for another {self._kafka.session_timeout_seconds:g} s)"
            )

    def _require_folded(self, counts: dict[str, int], places: Places) -> None:
        watched = {topic: counts[topic] for topic in self._topics}
        self._standing.wait_for_transactions(watched, self._kafka.transaction_timeout_seconds * _WAIT_TRANSACTIONS)
        waiting = next(self._unfolded(places), None)
        if waiting is not None:
            raise UsageError(
                f"pages wait on {INTERACTIONS}, partition {waiting.partition()}, from offset {waiting.offset()} on; "
                "start the workers with the settings as they were, without an intake, until none does"
            )

    def _require_pages_in_place(self, places: Places) -> None:
        """Only intakes with the new setting may have written pages since no worker folds any."""
        for page in self._unfolded(places):
            value = page.value()
            lines = decode_lines_as(value, _decode_line) if isinstance(value, bytes) else []
            strange = leaving(page.partition() or 0, (line.customer_id.encode() for line in lines), self._place_of)
            if strange:
                raise FatalError(
                    f"an intake with the old setting wrote {INTERACTIONS}, partition {page.partition()}, offset "
                    f"{page.offset()}, while partitions were added; no customer has been moved yet"
                )

    def _unfolded(self, places: Places) -> Iterator[Message]:
        ends = self._standing.ends(
            {INTERACTIONS: self._standing.counts()[INTERACTIONS]}, IsolationLevel.READ_UNCOMMITTED
        )
        by_number = {place.partition: end for place, end in ends.items()}
        return read(self._kafka, f"{self._group}-grow", INTERACTIONS, places.offsets, by_number, self._stop)

    def _survey(self, counts: dict[str, int], home: int | None) -> Census:
        """Count all customers, each of whom must lie at home where nobody has moved yet."""
        census = Census()
        place_before = placed_among(home) if home is not None else None
        for number, states in self.changelog.partitions(counts[self.changelog.topic]):
            strange = leaving(number, states, place_before) if place_before else []
            if strange:
                raise FatalError(
                    f"customer {strange[0].decode()} lies on partition {number} of {self.changelog.topic}, where it "
                    f"does not belong among {home}; compare first: stayline audit --once"
                )
            census += take_census(number, states, self._place_of)
        return census

    def _require_whole(self, growth: Growth) -> None:
        found = self._survey({self.changelog.topic: self._to}, self._to)
        expected = (growth.customers, growth.checksum)
        if (found.customers, found.checksum) != expected:
            raise FatalError(
                f"{found.customers} customers lie in {self.changelog.topic} (checksum {found.checksum:x}), not the "
                f"{growth.customers} (checksum {growth.checksum:x}) of before; no worker will start on them"
            )
