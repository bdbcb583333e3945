"""What the workers have committed, read for a growth and written for it."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.errors import UsageError
from streams.grow.mark import Growth, begun, finished, marked, unmarked
from streams.grow.progress import merged
from streams.worker.commit.batch import Position
from streams.worker.commit.provenance import Origin, mark, split_mark
from streams.worker.engine.progress import pack_progress, unpack_progress


@dataclass(frozen=True, slots=True)
class Places:
    """Committed positions in ``interactions`` by partition, taken apart.

    Attributes:
        offsets: Offset of the next page.
        reports: The watermark's progress, as it was written; empty where there is none.
        origins: What the customers were made from.
    """

    offsets: Mapping[int, int]
    reports: Mapping[int, str]
    origins: Mapping[int, Origin]

    @classmethod
    def of(cls, positions: Mapping[int, Position]) -> "Places":
        """Take positions apart."""
        texts = {number: split_mark(position.progress) for number, position in positions.items()}
        return cls(
            {number: position.offset for number, position in positions.items()},
            {number: report for number, (report, _) in texts.items()},
            {number: origin for number, (_, origin) in texts.items()},
        )

    @property
    def growth(self) -> Growth | None:
        """The growth that was begun and not finished."""
        return next(filter(None, map(begun, self.origins.values())), None)

    def origin(self) -> Origin:
        """What all customers were made from.

        Raises:
            UsageError: Partitions differ in it.
        """
        different = {tuple(sorted(unmarked(origin).items())) for origin in self.origins.values()}
        if len(different) != 1:
            raise UsageError(
                "some partitions were folded with other settings than others; start intakes and workers with the "
                "settings that are meant, let them run for a minute, and stop them again"
            )
        return dict(different.pop())

    def marked(self, partitions: int, growth: Growth) -> dict[int, Position]:
        """Positions that no worker goes on from, where they are not marked yet.

        Args:
            partitions: How many there are now.
            growth: What is begun.
        """
        origin = marked(self.origin(), growth)
        unmarked_yet = [number for number in range(partitions) if begun(self.origins.get(number, {})) is None]
        return {number: self._position(number, self.reports.get(number, ""), origin) for number in unmarked_yet}

    def unmarked(self) -> dict[int, Position]:
        """Positions as they were before anything was begun."""
        return {
            number: self._position(number, self.reports[number], unmarked(origin))
            for number, origin in self.origins.items()
        }

    def finished(self, growth: Growth) -> dict[int, Position]:
        """Positions that workers go on from, all with one progress."""
        report = merged(unpack_progress(report) for report in self.reports.values() if report)
        origin = finished(self.origin(), growth)
        packed = pack_progress(report) if report else ""
        return {number: self._position(number, packed, origin) for number in range(growth.to)}

    def _position(self, number: int, report: str, origin: Origin) -> Position:
        return Position(self.offsets.get(number, 0), mark(report, origin))
