"""Names for the fingerprints of a difference, so that a person can look at them."""

from collections.abc import Callable, Iterable
from contextlib import closing
from itertools import islice
from threading import Event

from confluent_kafka import Message

from runtime.kafka.offsets import OffsetClient, Place
from runtime.kafka.topic_reader import read_topic
from schemas.settings.connections import KafkaSettings
from schemas.topics import DEAD_LETTERS, INTERACTIONS
from streams.audit.compare import Gap
from streams.audit.decode import customer_names, dead_letter_names, event_names, state_names
from streams.audit.fingerprint import Prints, fingerprints
from streams.audit.result import Names

AskTable = Callable[[list[int]], dict[int, str]]
"""Asks ClickHouse for the names of rows."""


class NameResolver:
    """Reads a partition again for the names, and remembers those found: a difference usually stays for some rounds."""

    def __init__(
        self, kafka: KafkaSettings, group: str, offsets: OffsetClient, changelog: str, examples: int, stop: Event
    ) -> None:
        """Know nothing yet.

        Args:
            kafka: Where Kafka is.
            group: A name for access lists.
            offsets: Says where topics end.
            changelog: Topic of the states.
            examples: How many are named at most.
            stop: Set when the process must end.
        """
        self._kafka, self._group, self._stop = kafka, group, stop
        self._offsets = offsets
        self._changelog = changelog
        self._examples = examples
        self._names: dict[int, str] = {}

    def events(self, part: str, gap: Gap, ask: AskTable) -> Names:
        """Event ids: of missing and shared ones from the log, of others from the table."""
        read = self._again((INTERACTIONS, int(part)), event_names)
        missing, shared = self._some(gap.missing_prints, read), self._some(gap.shared_prints, read)
        return missing, self._some(gap.extra_prints, ask), shared

    def dead_letters(self, _: str, gap: Gap, ask: AskTable) -> Names:
        """Dead letters: missing ones from the topic, others from the table."""
        missing = self._some(gap.missing_prints, self._again((DEAD_LETTERS, 0), dead_letter_names))
        return missing, self._some(gap.extra_prints, ask), ()

    def customers(self, partition: int, gap: Gap, unreadable: Iterable[str]) -> Names:
        """Customers: those whose states cannot be read or lack events from the log, others from the changelog."""
        short = self._some(gap.missing_prints, self._again((INTERACTIONS, partition), customer_names))
        over = self._some(gap.extra_prints, self._again((self._changelog, partition), state_names))
        return (*islice(unreadable, self._examples), *short)[: self._examples], over, ()

    def _again(self, place: Place, names_of: Callable[[Message], Iterable[str]]) -> AskTable:
        def read(wanted: list[int]) -> dict[int, str]:
            end = self._offsets.ends([place])[place]
            return find_names(self._kafka, self._group, place, end, names_of, set(wanted), self._stop)

        return read

    def _some(self, prints: Prints, find: AskTable) -> tuple[str, ...]:
        wanted = prints[: self._examples].tolist()
        unknown = [number for number in wanted if number not in self._names]
        if unknown:
            self._names |= find(unknown)
        return tuple(self._names[number] for number in wanted if number in self._names)


def find_names(
    kafka: KafkaSettings,
    group: str,
    place: tuple[str, int],
    end: int,
    names_of: Callable[[Message], Iterable[str]],
    wanted: set[int],
    stop: Event,
) -> dict[int, str]:
    """Read a partition again for the names behind some fingerprints, until all are found or it ends.

    Args:
        kafka: Where Kafka is.
        group: A name for access lists.
        place: Topic and partition.
        end: Up to where.
        names_of: The names that stand in a record.
        wanted: Fingerprints.
        stop: Set when the process must end.

    Raises:
        Stopped: ``stop`` was set.
        ServerUnreachableError: Nothing came for a minute.
    """
    found: dict[int, str] = {}
    with closing(read_topic(kafka, group, place[0], {place[1]: end}, stop)) as messages:
        for message in messages:
            names = list(names_of(message))
            prints = fingerprints(name.encode() for name in names).tolist()
            found |= {number: name for number, name in zip(prints, names, strict=True) if number in wanted}
            if len(found) == len(wanted):
                break
    return found
