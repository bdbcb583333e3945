"""A snapshot of what was read of Kafka so far, by partition and by reason."""

from collections.abc import Iterable
from itertools import groupby
from typing import Final

import numpy as np
from confluent_kafka import Message

from streams.audit.decode import PartitionNumbers, States, dead_letters_of, lines_of, states_of
from streams.audit.fingerprint import Numbers, Prints, fingerprints
from streams.audit.index import CustomerCounts, FingerprintIndex, Lines, join
from streams.intake.partition import caching_partitioner

_CHUNK: Final = 200_000
"""Lines or states held before they are counted; what counts is copied each time."""


class EventIndex:
    """Events of the customers of one partition, and how many each of them has."""

    def __init__(self) -> None:
        """Start empty."""
        self.index = FingerprintIndex()
        self.distinct = CustomerCounts()
        self.lines = CustomerCounts()
        self._waiting: list[Lines] = []
        self._touched: list[Prints] = []
        self._until: Numbers = np.empty(0, np.int64)

    def begin_round(self, until: Numbers) -> None:
        """Start a round: no customer has had events after the end of the log yet.

        Args:
            until: For each raw partition, the offset before which everything counts.
        """
        self._touched = []
        self._until = until

    def take(self, lines: Lines, end: int) -> None:
        """Take in what was read next.

        Args:
            lines: In the order of the log.
            end: Where the log ended when the round began: a customer with events after it is touched.
        """
        self._waiting.append(lines)
        self._touched.append(lines.owners[lines.logged >= end])
        if sum(map(len, self._waiting)) >= _CHUNK:
            self.settle()

    def forget(self, owner: Prints, *, late: bool) -> None:
        """Expect nothing any more of what was read so far of a customer.

        Args:
            owner: The customer's fingerprint.
            late: Whether it was asked for after the log ended when the round began.
        """
        self.settle()
        self.index.forget(owner)
        for known in (self.distinct, self.lines):
            known.put(owner, np.zeros(1, np.int64))
        if late:
            self._touched.append(owner)

    def settle(self) -> None:
        """Count the lines or states that wait."""
        lines = join(self._waiting)
        self._waiting = []
        self.lines.add(lines.owners)
        self.distinct.add(self.index.take(lines).owners)
        self.index.settle_below(self._until)

    def touched(self) -> Prints:
        """Customers who had events after the end of the log."""
        return np.unique(np.concatenate([np.empty(0, np.uint64), *self._touched]))


class StateIndex:
    """Number of events that the latest state of each customer of one partition has seen."""

    def __init__(self) -> None:
        """Start empty."""
        self.seen = CustomerCounts()
        self.unreadable: dict[int, str] = {}
        """Customers whose latest state cannot be read, where it lies and why, by fingerprint."""
        self._waiting: list[States] = []

    def take(self, states: States) -> None:
        """Take in what was read next, in the order of the changelog."""
        self._waiting.append(states)
        for key in self.unreadable.keys() & set(states.keys.tolist()) if self.unreadable else ():
            del self.unreadable[key]
        self.unreadable.update(states.unreadable)
        if sum(len(some.keys) for some in self._waiting) >= _CHUNK:
            self.settle()

    def settle(self) -> None:
        """Count the lines or states that wait."""
        if self._waiting:
            self.seen.put(
                np.concatenate([some.keys for some in self._waiting]),
                np.concatenate([some.seen for some in self._waiting]),
            )
        self._waiting = []


class Snapshot:
    """All that was read."""

    def __init__(self, places: PartitionNumbers, partitions: int) -> None:
        """Start empty.

        Args:
            places: Raw partitions.
            partitions: How many customer partitions there are.
        """
        self.places = places
        self._home_of = caching_partitioner(partitions)
        self.events = {number: EventIndex() for number in range(partitions)}
        self.states = {number: StateIndex() for number in range(partitions)}
        self.dead_letters: dict[str, FingerprintIndex] = {}
        self.late_forgettings = 0
        """Number of customers forgotten behind the end of the logs as of the round's begin."""

    def begin_round(self, until: Numbers) -> None:
        """Start another round; by ``until``, an offset for each raw partition, origins are forgotten while it reads."""
        self.late_forgettings = 0
        for events in self.events.values():
            events.begin_round(until)

    def add_pages(self, messages: list[Message], ends: dict[int, int]) -> None:
        """Take in records of ``interactions``; ``ends`` are those of the log when the round began."""
        for number, pages in _by_partition(messages):
            for some, forgotten in _until_each_forgetting(pages):
                for home, lines in lines_of(some, self.places, self._home_of):
                    self.events[home].take(lines, ends[number])
                if forgotten is not None:
                    late = self._note(forgotten, ends[number])
                    self.events[self._home_of(_key(forgotten).decode())].forget(
                        fingerprints([_key(forgotten)]), late=late
                    )

    def add_states(self, messages: list[Message]) -> None:
        """Take in records of the changelog."""
        for number, records in _by_partition(messages):
            self.states[number].take(states_of(records))

    def add_dead_letters(self, messages: list[Message], ends: dict[int, int]) -> None:
        """Take in records of ``dead_letters``; ``ends`` are those of the log when the round began."""
        for some, forgotten in _until_each_forgetting(messages):
            for reason, lines in dead_letters_of(some, self.places).items():
                self.dead_letters.setdefault(reason, FingerprintIndex()).take(lines)
            if forgotten is not None:
                self._note(forgotten, ends[forgotten.partition() or 0])
                for index in self.dead_letters.values():
                    index.forget(fingerprints([_key(forgotten)]))

    def settle(self, until: Numbers) -> None:
        """Count what was read, and let count elsewhere what lies below a cut."""
        for events in self.events.values():
            events.settle()
            events.index.settle_below(until)
        for state in self.states.values():
            state.settle()
        for index in self.dead_letters.values():
            index.settle_below(until)

    def _note(self, forgotten: Message, end: int) -> bool:
        late = (forgotten.offset() or 0) >= end
        self.late_forgettings += late
        return late

    def indexes(self) -> dict[str, FingerprintIndex]:
        """The indexes of events by partition."""
        return {str(number): events.index for number, events in self.events.items()}


def _by_partition(messages: Iterable[Message]) -> Iterable[tuple[int, list[Message]]]:
    ordered = sorted(messages, key=_partition)
    return ((number, list(some)) for number, some in groupby(ordered, key=_partition))


def _until_each_forgetting(messages: Iterable[Message]) -> Iterable[tuple[list[Message], Message | None]]:
    """Records up to each one that takes back what came before it, with that one; then the rest."""
    some: list[Message] = []
    for message in messages:
        if message.key() and not message.value():
            yield some, message
            some = []
        else:
            some.append(message)
    yield some, None


def _key(message: Message) -> bytes:
    return message.key() or b""


def _partition(message: Message) -> int:
    return message.partition() or 0
