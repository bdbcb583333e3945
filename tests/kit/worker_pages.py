"""A history as sources would have cut it into pages, and a shard's store and batch in memory."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from zlib import crc32

from schemas.events.interaction import Interaction, encode_interaction
from schemas.events.raw_events import RAW_TOPICS
from schemas.moments import HOUR_MS, to_ms
from schemas.pages.hourly_counts import HourlyCounts
from schemas.pages.page import Page, encode_headers, encode_lines
from schemas.pages.watermark import PartitionProgress, Progress
from schemas.records.learner_notes import BORDER, is_learner_note
from schemas.trace import Header


@dataclass(frozen=True)
class Sent:
    """A page as it lies on ``interactions``."""

    value: bytes
    headers: dict[str, bytes]


@dataclass
class MemoryStore:
    """A partition's customers."""

    values: dict[bytes, bytes] = field(default_factory=dict)

    def get(self, key: bytes) -> bytes | None:
        """The newest value."""
        return self.values.get(key)

    def put(self, key: bytes, value: bytes) -> None:
        """Change a customer."""
        self.values[key] = value

    def delete(self, key: bytes) -> None:
        """Forget a customer."""
        self.values.pop(key, None)

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """All customers."""
        return iter(list(self.values.items()))


@dataclass
class Recording:
    """Everything that was emitted, by topic: key, value and partition; and keys that were taken back."""

    records: dict[str, list[tuple[bytes | None, bytes, int | None]]] = field(default_factory=lambda: defaultdict(list))
    taken_back: list[tuple[str, bytes | None]] = field(default_factory=list)
    headers: dict[str, list[Header | None]] = field(default_factory=lambda: defaultdict(list))
    markers: list[bytes] = field(default_factory=list)
    notes: list[bytes] = field(default_factory=list)

    def emit(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int | None = None,
        header: Header | None = None,
    ) -> None:
        """Note a record; markers of borders and other notes for the learner apart from the answers beside them."""
        if value and header is not None and header[0] == BORDER:
            self.markers.append(value)
            return
        if value and is_learner_note([] if header is None else [header]):
            self.notes.append(value)
            return
        if not value:
            self.taken_back.append((topic, key))
            return
        self.headers[topic].append(header)
        self.records[topic].append((key, value, partition))

    def values(self, topic: str) -> list[bytes]:
        """The values on a topic."""
        return [value for _, value, _ in self.records[topic]]


def page_of(
    lines: Sequence[Interaction],
    progress: Progress,
    source: str = "one",
    hours: HourlyCounts | None = None,
    parts: HourlyCounts | None = None,
) -> Sent:
    """One page."""
    value = encode_lines([encode_interaction(line) for line in lines])
    page = Page(source=source, lines=len(lines), clock=0, progress=progress, hours=hours or {}, parts=parts or {})
    return Sent(value, dict(encode_headers(page)))


def read_until(until: int) -> Progress:
    """Return the progress of the only source, which has read all its raw partitions so far."""
    return {"purchases": [PartitionProgress(until, idle=False)]}


def partition_of(customer_id: str, partitions: int) -> int:
    """Return the partition of a customer's pages."""
    return crc32(customer_id.encode()) % partitions


class Sources:
    """Reads raw partitions, each at its own pace, and cuts what it reads into pages at random places."""

    def __init__(
        self, history: Sequence[Interaction], random: Random, *, sources: int, raw_partitions: int, partitions: int
    ) -> None:
        """Lay out the raw log, and give each of its partitions to a source.

        Args:
            history: In the order of the stamps, with the raw partition of each line.
            random: Draws the paces, the owners and the cuts.
            sources: Number of sources.
            raw_partitions: Partitions of each raw topic.
            partitions: Partitions of ``interactions``.
        """
        self._random = random
        self._end = to_ms(history[-1].stamped_at)
        self._raw_partitions = raw_partitions
        places = [(topic, number) for topic in RAW_TOPICS for number in range(raw_partitions)]
        self._logs: dict[tuple[str, int], list[Interaction]] = {place: [] for place in places}
        for line in history:
            self._logs[line.source_topic, line.source_partition].append(line)
        self._read = dict.fromkeys(places, 0)
        self._counted = dict.fromkeys(places, 0)
        self._owner = {place: random.randrange(sources) for place in places}
        self._sources = sources
        self.sent: list[list[Sent]] = [[] for _ in range(partitions)]

    def run(self) -> list[list[Sent]]:
        """Read all there is; the pages of each partition of ``interactions``, in their order."""
        while unread := [place for place, log in self._logs.items() if self._read[place] < len(log)]:
            self._read_some(self._owner[self._random.choice(unread)])
            if self._random.random() < 0.1:
                self._owner[self._random.choice(unread)] = self._random.randrange(self._sources)
        for source in range(self._sources):
            self._ship(source, [], self._progress(source))
        return self.sent

    def _read_some(self, source: int) -> None:
        before = self._progress(source)
        lines: list[Interaction] = []
        for place, owner in self._owner.items():
            if owner == source and self._random.random() < 0.7:
                start = self._read[place]
                taken = self._logs[place][start : start + self._random.randrange(40)]
                self._read[place] += len(taken)
                lines += taken
        self._ship(source, lines, before)

    def _ship(self, source: int, lines: list[Interaction], before: Progress) -> None:
        """Send each partition its lines; only its last page may say how far the source has now read."""
        after, hours = self._progress(source), self._complete_hours(source)
        for number, log in enumerate(self.sent):
            own = [line for line in lines if partition_of(line.customer_id, len(self.sent)) == number]
            if lines and not own and not hours and self._random.random() < 0.5:
                continue
            cuts = sorted(self._random.randint(0, len(own)) for _ in range(self._random.randrange(3)))
            bounds = [0, *cuts, len(own)]
            parts = [own[start:end] for start, end in pairwise(bounds)]
            log += [page_of(part, before, str(source)) for part in parts[:-1]]
            log.append(page_of(parts[-1], after, str(source), hours))

    def _complete_hours(self, source: int) -> HourlyCounts:
        """Events of the hours that the source has completed since it was asked last."""
        hours: HourlyCounts = {}
        for place, owner in self._owner.items():
            reading = self._reading(place)
            complete = (reading.until + (not reading.idle)) // HOUR_MS
            while owner == source and self._counted[place] < self._read[place]:
                hour = to_ms(self._logs[place][self._counted[place]].stamped_at) // HOUR_MS
                if hour >= complete:
                    break
                by_hour = hours.setdefault(place[0], {})
                by_hour[hour] = by_hour.get(hour, 0) + 1
                self._counted[place] += 1
        return hours

    def _progress(self, source: int) -> Progress:
        return {
            topic: [
                self._reading((topic, number)) if self._owner[topic, number] == source else None
                for number in range(self._raw_partitions)
            ]
            for topic in RAW_TOPICS
        }

    def _reading(self, place: tuple[str, int]) -> PartitionProgress:
        """Read until just before the next stamp; at its end a partition holds nothing back."""
        log, read = self._logs[place], self._read[place]
        if read == len(log):
            return PartitionProgress(self._end, idle=True)
        return PartitionProgress(to_ms(log[read].stamped_at) - 1, idle=False)
