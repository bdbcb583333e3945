"""Stamps raw messages and tells how far each raw partition has been read. Pure: the time is an argument.

Everything rests on one number a partition, its *floor*: the earliest stamp that its next message can get. A reading
below the floor is therefore always true, whatever arrives later and however slowly Kafka tells of it: a message that
turns up after the wall clock was claimed is stamped after the claim.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from schemas.moments import HOUR_MS
from schemas.pages.feed_part import PARTITION, FeedPart
from schemas.pages.hourly_counts import HourlyCounts, add_count
from schemas.pages.watermark import Progress
from streams.intake.part_counts import PartsOfHours, copy_parts, most_frequent, stored_parts
from streams.intake.raw_partition import RawPartition

RawKey = tuple[str, int]
"""A raw topic and a partition of it."""


class Checkpoint(msgspec.Struct, frozen=True):
    """Checkpoint metadata beside a committed raw offset, for the intake that reads on from there.

    Attributes:
        stamp: The earliest stamp that the next message may get, milliseconds since 1970.
        live: Whether the log had caught up with the wall clock.
        events: Number of valid events in each hour that was not complete, by hours since 1970.
        parts: The same by channel and campaign, of the most frequent of them.
    """

    stamp: int
    live: bool
    events: dict[int, int] = {}
    parts: PartsOfHours = {}


_NO_CHECKPOINT: Final = Checkpoint(0, live=False)
_decode_checkpoint: Final = msgspec.json.Decoder(Checkpoint).decode
_encode_checkpoint: Final = msgspec.json.Encoder().encode


def encode_checkpoint(checkpoint: Checkpoint) -> str:
    """Return a checkpoint as the metadata of an offset."""
    return _encode_checkpoint(checkpoint).decode()


def decode_checkpoint(metadata: str | None) -> Checkpoint:
    """Return the checkpoint in the metadata of an offset; an empty one where there is none of ours."""
    try:
        return _decode_checkpoint(metadata) if metadata else _NO_CHECKPOINT
    except msgspec.DecodeError:
        return _NO_CHECKPOINT


class CompleteHours(msgspec.Struct, frozen=True):
    """Events of hours that are complete.

    Attributes:
        topics: By raw topic.
        parts: By the text of each part of a topic.
    """

    topics: HourlyCounts = {}
    parts: HourlyCounts = {}


class SourcePosition(msgspec.Struct, frozen=True):
    """Position up to which a raw partition has been read.

    Attributes:
        topic: Raw topic.
        partition: Raw partition.
        position: Offset of the next message; None before anything is known of the partition.
        checkpoint: Kept beside it.
    """

    topic: str
    partition: int
    position: int | None
    checkpoint: Checkpoint


class SourceClock:
    """Tells the time that the raw partitions owned by one intake allow."""

    def __init__(self, partitions: Mapping[str, int], *, idle_ms: int) -> None:
        """Start without partitions.

        Args:
            partitions: How many partitions each raw topic has.
            idle_ms: While history is read, a partition at its end for so long holds nothing back.
        """
        self._counts = dict(partitions)
        self._idle_ms = idle_ms
        self._owned: dict[RawKey, RawPartition] = {}
        self._live = False

    @property
    def live(self) -> bool:
        """Return True once the log has caught up with the wall clock to within an hour."""
        return self._live

    @property
    def owned(self) -> Mapping[RawKey, RawPartition]:
        """Return the raw partitions that this intake owns."""
        return self._owned

    def assign(self, topic: str, partition: int, position: int | None, checkpoint: Checkpoint) -> None:
        """Take over a partition where its last owner ended.

        Args:
            topic: Raw topic.
            partition: Raw partition.
            position: Committed offset; None where there is none.
            checkpoint: Kept beside it.
        """
        self._counts[topic] = max(self._counts.get(topic, 0), partition + 1)
        self._owned[topic, partition] = RawPartition(
            position, checkpoint.stamp, checkpoint.events, copy_parts(checkpoint.parts)
        )
        self._live = self._live or checkpoint.live

    def release(self) -> None:
        """Give up all partitions; others may read them now."""
        self._owned.clear()

    def stamp(self, topic: str, partition: int, offset: int, timestamp_ms: int, now_ms: int) -> int | None:
        """Stamp a message that was read.

        Args:
            topic: Raw topic.
            partition: Raw partition.
            offset: Raw offset.
            timestamp_ms: Kafka's timestamp; negative where there is none.
            now_ms: The wall clock, which a stamp may pass by five minutes at most.

        Returns:
            The stamp in milliseconds since 1970, never less than an earlier one of the partition; None where the
            message is not this source's to read, or has been read.
        """
        raw = self._owned.get((topic, partition))
        if raw is None:
            return None
        return raw.stamp(offset, timestamp_ms if timestamp_ms >= 0 else now_ms, now_ms)

    def reach(self, topic: str, partition: int, position: int) -> None:
        """Note that all before an offset has been read, be it messages or the markers of transactions."""
        raw = self._owned.get((topic, partition))
        if raw is not None and (raw.position is None or raw.position < position):
            raw.position = position

    def see_end(self, topic: str, partition: int, end: int) -> None:
        """Note where a partition ends now, messages of open transactions included."""
        raw = self._owned.get((topic, partition))
        if raw is not None:
            raw.end = end

    def readings(self, now_ms: int) -> Progress:
        """Return how far every partition has been read; all messages stamped so must have been handed on.

        Args:
            now_ms: The wall clock; once live, a partition read to its end is read up to it.
        """
        if not self._live:
            furthest = max((raw.floor for raw in self._owned.values()), default=0)
            self._live = furthest >= now_ms - HOUR_MS
        progress: Progress = {topic: [None] * count for topic, count in self._counts.items()}
        for (topic, partition), raw in self._owned.items():
            progress[topic][partition] = raw.read(now_ms, self._idle_ms, live=self._live)
        return progress

    def claim(self, progress: Progress) -> None:
        """Stamp later than these readings of the owned partitions, which are about to be published."""
        for (topic, partition), raw in self._owned.items():
            reading = progress[topic][partition]
            if reading is not None:
                raw.claim(reading)

    def take_complete_hours(self, progress: Progress) -> CompleteHours:
        """Remove and return the hours that are complete by these readings, which are about to be published.

        Args:
            progress: Result of ``readings``.
        """
        topics: HourlyCounts = {}
        parts: HourlyCounts = {}
        for (topic, partition), raw in self._owned.items():
            reading = progress[topic][partition]
            if raw.events and reading is not None:
                for hour, events, of_parts in raw.take_complete(reading):
                    add_count(topics, topic, hour, events)
                    add_count(parts, FeedPart(topic, PARTITION, str(partition)).text, hour, events)
                    for name, number in of_parts.items():
                        add_count(parts, f"{topic}/{name}", hour, number)
        return CompleteHours(topics, most_frequent(parts))

    def positions(self) -> Iterator[SourcePosition]:
        """Yield the position up to which each partition has been read."""
        for (topic, partition), raw in self._owned.items():
            checkpoint = Checkpoint(raw.floor, self._live, dict(raw.events), stored_parts(raw.parts))
            yield SourcePosition(topic, partition, raw.position, checkpoint)

    def commit(self) -> None:
        """Take all that was read and claimed for committed."""
        for raw in self._owned.values():
            raw.commit()

    def rewind(self) -> None:
        """Go back to the last commit."""
        for raw in self._owned.values():
            raw.rewind()
