"""One raw partition that an intake owns: how far it is read, and how many events its hours and their parts had."""

from collections.abc import Iterator, Mapping
from typing import Final

from schemas.events.decode import FUTURE_TOLERANCE
from schemas.moments import HOUR_MS
from schemas.pages.watermark import PartitionProgress
from streams.intake.part_counts import PartsOfHours, copy_parts, count_parts

_FUTURE_MS: Final = int(FUTURE_TOLERANCE.total_seconds() * 1000)


class RawPartition:
    """One raw partition that this intake owns."""

    __slots__ = (
        "_committed",
        "_committed_events",
        "_committed_parts",
        "_ended_at",
        "end",
        "events",
        "floor",
        "parts",
        "position",
    )

    def __init__(self, position: int | None, floor: int, events: Mapping[int, int], parts: PartsOfHours) -> None:
        """Read on from a committed position, with the events of hours that are not complete, and those of parts."""
        self.position = position
        self.floor = floor
        self.events = dict(events)
        self.parts = parts
        self.end: int | None = None
        self._ended_at: int | None = None
        self._committed = (position, floor)
        self._committed_events = dict(events)
        self._committed_parts = copy_parts(parts)

    @property
    def moved(self) -> bool:
        """Return True if anything was read since the last commit."""
        return self.position != self._committed[0]

    @property
    def changed(self) -> bool:
        """Return True if a successor would read on elsewhere than was committed last, or stamp earlier."""
        return (self.position, self.floor) != self._committed

    @property
    def lag(self) -> int:
        """Return the offsets not read yet; 0 while the end is not known."""
        return 0 if self.end is None or self.position is None else max(0, self.end - self.position)

    def stamp(self, offset: int, timestamp_ms: int, now_ms: int) -> int | None:
        """Stamp a message, or return None where it has been read before."""
        if self.position is not None and offset < self.position:
            return None
        self.position = offset + 1
        self._ended_at = None
        latest = now_ms + _FUTURE_MS
        self.floor = max(self.floor, min(timestamp_ms, latest))
        return self.floor

    def count(self, channel: str = "", campaign: str = "") -> None:
        """Count the message stamped last as a valid event, of a channel and a campaign where it has them."""
        hour = self.floor // HOUR_MS
        self.events[hour] = self.events.get(hour, 0) + 1
        if channel or campaign:
            count_parts(self.parts, hour, channel, campaign)

    def take_complete(self, reading: PartitionProgress) -> Iterator[tuple[int, int, dict[str, int]]]:
        """Remove and yield the hours that are complete by a reading: hour, number of events, and those of its parts."""
        hour = (reading.until + (not reading.idle)) // HOUR_MS
        for complete in [one for one in self.events if one < hour]:
            yield complete, self.events.pop(complete), self.parts.pop(complete, {})

    def read(self, now_ms: int, idle_ms: int, *, live: bool) -> PartitionProgress:
        """Return how far this partition has been read."""
        if self.position is None or self.end is None or self.position < self.end:
            self._ended_at = None
        elif live:
            return PartitionProgress(max(self.floor - 1, now_ms), idle=False)
        else:
            self._ended_at = now_ms if self._ended_at is None else self._ended_at
            if now_ms - self._ended_at >= idle_ms:
                return PartitionProgress(self.floor, idle=True)
        return PartitionProgress(max(self.floor - 1, 0), idle=False)

    def claim(self, reading: PartitionProgress) -> None:
        """Stamp later than a reading that is published; an idle one holds nothing back and promises nothing."""
        if not reading.idle and reading.until:
            self.floor = max(self.floor, reading.until + 1)

    def commit(self) -> None:
        """Take what was read and claimed for committed."""
        self._committed = (self.position, self.floor)
        self._committed_events = dict(self.events)
        self._committed_parts = copy_parts(self.parts)

    def rewind(self) -> None:
        """Go back to the last commit."""
        self.position, self.floor = self._committed
        self.events = dict(self._committed_events)
        self.parts = copy_parts(self._committed_parts)
        self._ended_at = None
