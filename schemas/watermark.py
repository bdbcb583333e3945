"""The clock that travels with the pages: up to when every raw partition has been read.

Each page reports how far its source has read each of its raw partitions. Whoever reads pages merges the reports
and takes the slowest partition; it matters nothing which source read it, so sources may come, go, pause and hand
partitions to each other. The idea is the watermark of Akidau et al., "The Dataflow Model" (VLDB 2015), with the
idle partitions of Apache Flink's watermark strategies.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from typing import Final
from zlib import compress, decompress

import msgspec


class PartitionProgress(msgspec.Struct, array_like=True, frozen=True):
    """How far one raw partition has been read.

    Attributes:
        until: Milliseconds since 1970; every message of the partition stamped so far has been read.
        idle: Whether the partition is read to its end and holds nothing back.
    """

    until: int
    idle: bool


Progress = dict[str, list[PartitionProgress | None]]
"""Readings by raw topic and partition; None where the reporting source does not own the partition.

A report names every raw topic and every partition of it, owned or not: what was never named holds nothing back.
"""

_NOTHING: Final = PartitionProgress(0, idle=False)

encode_progress: Final = msgspec.json.Encoder().encode
_decode_progress: Final = msgspec.json.Decoder(Progress).decode


def decode_progress(encoded: bytes | str) -> Progress:
    """Read a report back.

    Raises:
        ValueError: These bytes are not a report.
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
    """Merges the sources' reports into one clock that never runs backwards."""

    def __init__(self, progress: Progress | None = None) -> None:
        """Start from nothing, or where a predecessor stood when it gave its ``progress``."""
        self._readings: dict[str, list[PartitionProgress]] = {}
        self._clock = 0
        if progress:
            self.merge(progress)

    @property
    def clock(self) -> int:
        """Milliseconds since 1970 up to which every raw partition has been read; 0 before that is known."""
        return self._clock

    @property
    def progress(self) -> Progress:
        """The merged report, from which a successor goes on with the same clock.

        Every partition is told as read up to the clock at least: one that was idle when the clock passed it may
        since have got a message stamped earlier, and must not turn the successor's clock back.
        """
        return {
            topic: [PartitionProgress(max(reading.until, self._clock), reading.idle) for reading in readings]
            for topic, readings in self._readings.items()
        }

    def merge(self, progress: Mapping[str, list[PartitionProgress | None]]) -> int:
        """Take in a report, and return the clock after it."""
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
    """The clock that some readings allow: the slowest that holds back, else the furthest."""
    holding: int | None = None
    furthest = 0
    for reading in readings:
        if reading.idle:
            furthest = max(furthest, reading.until)
        elif holding is None or reading.until < holding:
            holding = reading.until
    return furthest if holding is None else holding
