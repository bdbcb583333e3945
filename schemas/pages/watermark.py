"""Watermark: the clock of the pages, up to which every raw partition has been read.

Each page reports the progress of its source in each of its raw partitions. Readers of pages merge the reports and take
the slowest partition, whichever source reads it; so sources may start, stop, pause and exchange partitions. The idea is
the watermark of Akidau et al., "The Dataflow Model" (VLDB 2015), with the idle partitions of Apache Flink's watermark
strategies.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from typing import Final
from zlib import compress, decompress

import msgspec


class PartitionProgress(msgspec.Struct, array_like=True, frozen=True):
    """Progress of reading one raw partition.

    Attributes:
        until: Every message of the partition stamped up to this has been read, ms since 1970.
        idle: True if the partition is read to its end and does not hold the watermark back.
    """

    until: int
    idle: bool


Progress = dict[str, list[PartitionProgress | None]]
"""Progress by raw topic and partition; None if the reporting source does not own the partition.

A report names every raw topic and every partition of it, owned or not: a partition that was never named does not hold
the watermark back.
"""

_NOTHING: Final = PartitionProgress(0, idle=False)

encode_progress: Final = msgspec.json.Encoder().encode
_decode_progress: Final = msgspec.json.Decoder(Progress).decode


def decode_progress(encoded: bytes | str) -> Progress:
    """Decode a report.

    Raises:
        ValueError: The bytes are no report.
    """
    return _decode_progress(encoded)


def pack_progress(progress: Progress) -> str:
    """Write a progress as short text: it lies beside a committed offset, where Kafka keeps 4,096 bytes."""
    return b64encode(compress(encode_progress(progress))).decode()


def unpack_progress(text: str) -> Progress:
    """Read back a packed progress.

    Raises:
        ValueError: It is none.
        zlib.error: Likewise.
    """
    return decode_progress(decompress(b64decode(text)))


class Watermark:
    """Merges the sources' reports into one clock that never decreases."""

    def __init__(self, progress: Progress | None = None) -> None:
        """Start from zero, or continue from the ``progress`` of another watermark."""
        self._readings: dict[str, list[PartitionProgress]] = {}
        self._clock = 0
        if progress:
            self.merge(progress)

    @property
    def clock(self) -> int:
        """Instant up to which every raw partition has been read, ms since 1970; 0 before it is known."""
        return self._clock

    @property
    def progress(self) -> Progress:
        """Merged report, from which another watermark continues with the same clock.

        Every partition is reported as read up to the clock at least: one that was idle when the clock passed it may
        have received a message stamped earlier, which must not turn the other's clock back.
        """
        return {
            topic: [PartitionProgress(max(reading.until, self._clock), reading.idle) for reading in readings]
            for topic, readings in self._readings.items()
        }

    def merge(self, progress: Mapping[str, list[PartitionProgress | None]]) -> int:
        """Merge a report, and return the clock after it."""
        for topic, reported in progress.items():
            readings = self._readings.setdefault(topic, [])
            readings.extend([_NOTHING] * (len(reported) - len(readings)))
            for partition, reading in enumerate(reported):
                if reading is not None:
                    until = max(reading.until, readings[partition].until)
                    readings[partition] = PartitionProgress(until, reading.idle)
        self._clock = max(self._clock, slowest(reading for readings in self._readings.values() for reading in readings))
        return self._clock


def slowest(readings: Iterable[PartitionProgress]) -> int:
    """Return the slowest partition's progress that is not idle; if all are idle, the furthest; ms since 1970."""
    holding: int | None = None
    furthest = 0
    for reading in readings:
        if reading.idle:
            furthest = max(furthest, reading.until)
        elif holding is None or reading.until < holding:
            holding = reading.until
    return furthest if holding is None else holding
