"""Gather records of one table for one insert. Pure: bytes and times are arguments."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from runtime.kafka.offsets import Place
from schemas.moments import Publication
from schemas.settings.processes import SinkSettings

_LARGE: Final = 16 * 1024
"""Mean size in bytes above which sending each value separately costs less than joining them first."""


class Tombstone(msgspec.Struct, frozen=True):
    """A record without a value: it voids the earlier records of its key.

    Attributes:
        key: As it lies on the topic.
        place: Where it was read.
        offset: Its offset there.
        stamp: Kafka's timestamp, milliseconds since 1970.
    """

    key: str
    place: Place
    offset: int
    stamp: int


class Portion(msgspec.Struct, frozen=True):
    """The lines of one insert, and the tombstone that follows them.

    Attributes:
        lines: NDJSON in consecutive pieces, every line with its end; none if there were only heartbeats.
        rows: Number of lines.
        stamps: Kafka's timestamps of the records with lines, milliseconds since 1970.
        published: Publications of the first event of each page.
        tombstone: Applied after these lines and before the next.
    """

    lines: Sequence[bytes]
    rows: int
    stamps: Sequence[int]
    published: Sequence[Publication] = ()
    tombstone: Tombstone | None = None


class Block(msgspec.Struct, frozen=True):
    """Portions that are stored together, and the offsets that may be committed after it.

    Attributes:
        portions: One after the other; nearly always a single one.
        offsets: The offset after the last record, by place.
    """

    portions: Sequence[Portion]
    offsets: Mapping[Place, int]


class TableBatch:
    """The records of one table in order of arrival, until there are enough or the first has waited long enough."""

    def __init__(self, settings: SinkSettings) -> None:
        self._settings = settings
        self._before: list[Portion] = []
        self._pieces: list[bytes] = []
        self._offsets: dict[Place, int] = {}
        self._stamps: list[int] = []
        self._published: list[Publication] = []
        self._began: float | None = None
        self.rows = 0
        """Lines held."""
        self.size = 0
        """Bytes held."""

    def add(self, place: Place, offset: int, value: bytes | None, *, stamp: int, now: float) -> None:
        """Add one record.

        Args:
            place: Where it was read.
            offset: Its offset there.
            value: One line or a page of them; empty for a heartbeat, of which only the offset counts.
            stamp: Kafka's timestamp, milliseconds since 1970.
            now: Seconds of a monotonic clock.
        """
        self.pass_by(place, offset + 1, now)
        if not value:
            return
        self._pieces.append(value)
        self.rows += value.count(b"\n")
        self.size += len(value)
        if not value.endswith(b"\n"):
            self._pieces.append(b"\n")
            self.rows += 1
        self._stamps.append(stamp)

    def add_tombstone(self, record: Tombstone, now: float) -> None:
        """Add a tombstone: earlier records are stored before it is applied, later ones after it."""
        self.pass_by(record.place, record.offset + 1, now)
        self._before.append(self._portion(record))
        self._pieces, self._stamps, self._published = [], [], []

    def note_published(self, publication: Publication | None) -> None:
        """Note the publication of the first event of the record added last, if it has one."""
        if publication is not None:
            self._published.append(publication)

    def pass_by(self, place: Place, next_offset: int, now: float) -> None:
        """Note that a partition was read up to an offset."""
        self._offsets[place] = next_offset
        if self._began is None:
            self._began = now

    @property
    def full(self) -> bool:
        """True if it holds as much as an insert takes, or a tombstone."""
        return bool(self._before) or self.rows >= self._settings.batch_rows or self.size >= self._settings.batch_bytes

    def due(self, now: float) -> bool:
        """Return True if it is full or its first record has waited long enough."""
        return self.full or (self._began is not None and now - self._began >= self._settings.batch_seconds)

    @property
    def empty(self) -> bool:
        """True if nothing has been read since it was cleared."""
        return self._began is None

    def block(self) -> Block:
        """Return everything added so far; it stays here until cleared."""
        return Block((*self._before, self._portion(None)), dict(self._offsets))

    def _portion(self, tombstone: Tombstone | None) -> Portion:
        rows = self.rows - sum(portion.rows for portion in self._before)
        return Portion(self._lines(), rows, tuple(self._stamps), tuple(self._published), tombstone)

    def _lines(self) -> tuple[bytes, ...]:
        """Return pages as they came, and many small records as one piece."""
        if not self._pieces or sum(map(len, self._pieces)) >= len(self._pieces) * _LARGE:
            return tuple(self._pieces)
        return (b"".join(self._pieces),)

    def clear(self) -> None:
        """Drop everything: it is being inserted, or its partitions were revoked."""
        self._before, self._pieces, self._offsets, self._stamps, self._published = [], [], {}, [], []
        self._began = None
        self.rows = self.size = 0
