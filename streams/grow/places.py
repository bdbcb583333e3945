"""What the workers have committed, read for a growth and written for it."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.errors import UsageError
from schemas.watermark import pack_progress, unpack_progress
from streams.grow.mark import Growth, begun, finished, marked, unmarked
from streams.grow.progress import merged
from streams.worker.commit.batch import Position
from streams.worker.commit.provenance import Provenance, mark, split_mark


@dataclass(frozen=True, slots=True)
class Places:
    """Committed positions in ``interactions`` by partition, taken apart.

    Attributes:
        offsets: Offset of the next page.
        reports: The watermark's progress, as it was written; empty where there is none.
        provenances: What the customers were made from.
    """

    offsets: Mapping[int, int]
    reports: Mapping[int, str]
    provenances: Mapping[int, Provenance]

    @classmethod
    def of(cls, positions: Mapping[int, Position]) -> "Places":
        """Take positions apart."""
        texts = {number: split_mark(position.progress) for number, position in positions.items()}
        return cls(
            {number: position.offset for number, position in positions.items()},
            {number: report for number, (report, _) in texts.items()},
            {number: provenance for number, (_, provenance) in texts.items()},
        )

    @property
    def growth(self) -> Growth | None:
        """The growth that was begun and not finished."""
        return next(filter(None, map(begun, self.provenances.values())), None)

    def provenance(self) -> Provenance:
        """What all customers were made from.

        Raises:
            UsageError: Partitions differ in it.
        """
        different = {tuple(sorted(unmarked(provenance).items())) for provenance in self.provenances.values()}
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
        provenance = marked(self.provenance(), growth)
        unmarked_yet = [number for number in range(partitions) if begun(self.provenances.get(number, {})) is None]
        return {number: self._position(number, self.reports.get(number, ""), provenance) for number in unmarked_yet}

    def unmarked(self) -> dict[int, Position]:
        """Positions as they were before anything was begun."""
        return {
            number: self._position(number, self.reports[number], unmarked(provenance))
            for number, provenance in self.provenances.items()
        }

    def finished(self, growth: Growth) -> dict[int, Position]:
        """Positions that workers go on from, all with one progress."""
        report = merged(unpack_progress(report) for report in self.reports.values() if report)
        provenance = finished(self.provenance(), growth)
        packed = pack_progress(report) if report else ""
        return {number: self._position(number, packed, provenance) for number in range(growth.to)}

    def _position(self, number: int, report: str, provenance: Provenance) -> Position:
        return Position(self.offsets.get(number, 0), mark(report, provenance))
