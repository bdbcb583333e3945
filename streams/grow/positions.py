"""Committed positions of the workers' group: read for a growth, marked while it lasts, and rewritten at its end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from runtime.kafka.offsets import CommittedOffset
from schemas.errors import UsageError
from schemas.pages.watermark import PartitionProgress, Progress, Watermark, pack_progress, unpack_progress
from streams.worker.commit.provenance import GROWING, Provenance, mark, split_mark

_PARTITIONS: Final = "interactions_partitions"
_UNKNOWN: Final = PartitionProgress(-1, idle=False)


class Growth(msgspec.Struct, frozen=True):
    """A growth that is not finished; every committed offset is marked with it, and no worker folds from there.

    Attributes:
        before: Customer partitions that there were.
        to: Customer partitions that there shall be.
        customers: Number of customers before.
        checksum: Of their names and states, the same in any order and on any partition.
    """

    before: int
    to: int
    customers: int
    checksum: int


@dataclass(frozen=True, slots=True)
class CommittedPositions:
    """Committed positions in ``interactions`` by partition, taken apart.

    Attributes:
        offsets: Offset of the next page.
        reports: The watermark's progress, as it was written; empty where there is none.
        provenances: Of the customers, the mark of a growth included.
    """

    offsets: Mapping[int, int]
    reports: Mapping[int, str]
    provenances: Mapping[int, Provenance]

    @classmethod
    def of(cls, committed: Mapping[int, CommittedOffset]) -> "CommittedPositions":
        """Take positions apart.

        Args:
            committed: By partition.

        Raises:
            ValueError: The metadata of one is unreadable.
        """
        texts = {number: split_mark(one.metadata) for number, one in committed.items()}
        return cls(
            {number: one.offset for number, one in committed.items()},
            {number: report for number, (report, _) in texts.items()},
            {number: provenance for number, (_, provenance) in texts.items()},
        )

    @property
    def growth(self) -> Growth | None:
        """Return the growth that was begun and not finished."""
        return next(filter(None, map(_growth_in, self.provenances.values())), None)

    def provenance(self) -> Provenance:
        """Return the provenance of all customers.

        Raises:
            UsageError: Partitions differ in it.
        """
        different = {tuple(sorted(_without_mark(provenance).items())) for provenance in self.provenances.values()}
        if len(different) != 1:
            raise UsageError(
                "some partitions were folded with other settings than others; start intakes and workers with the "
                "settings that are meant, let them run for a minute, and stop them again"
            )
        return dict(different.pop())

    def marked(self, partitions: int, growth: Growth) -> dict[int, CommittedOffset]:
        """Return positions that no worker goes on from, where they are not marked yet.

        Args:
            partitions: Their present number.
            growth: Written into them.
        """
        provenance = {**self.provenance(), GROWING: msgspec.json.encode(growth).decode()}
        open_ones = [number for number in range(partitions) if _growth_in(self.provenances.get(number, {})) is None]
        return {number: self._position(number, self.reports.get(number, ""), provenance) for number in open_ones}

    def unmarked(self) -> dict[int, CommittedOffset]:
        """Return positions as they were before the growth was begun."""
        return {
            number: self._position(number, self.reports[number], _without_mark(provenance))
            for number, provenance in self.provenances.items()
        }

    def finished(self, growth: Growth) -> dict[int, CommittedOffset]:
        """Return positions that workers go on from, all with the same progress."""
        progress = merge_progress(unpack_progress(report) for report in self.reports.values() if report)
        provenance = {**self.provenance(), _PARTITIONS: str(growth.to)}
        packed = pack_progress(progress) if progress else ""
        return {number: self._position(number, packed, provenance) for number in range(growth.to)}

    def _position(self, number: int, report: str, provenance: Provenance) -> CommittedOffset:
        return CommittedOffset(self.offsets.get(number, 0), mark(report, provenance))


def merge_progress(reports: Iterable[Progress]) -> Progress:
    """Return the furthest progress of each raw partition, none of it behind the furthest clock.

    Progress is a promise of intake about a raw partition, whichever pages brought it; where every page is folded, it
    holds for all customer partitions. Of two equally far, the one counts that holds others back.

    Args:
        reports: Each as :attr:`schemas.pages.watermark.Watermark.progress` gives it.
    """
    reports = list(reports)
    clock = max((Watermark(report).clock for report in reports), default=0)
    furthest: dict[str, list[PartitionProgress]] = {}
    for report in reports:
        for topic, partitions in report.items():
            known = furthest.setdefault(topic, [])
            known.extend([_UNKNOWN] * (len(partitions) - len(known)))
            for number, progress in enumerate(partitions):
                known[number] = max(known[number], progress or _UNKNOWN, key=_rank)
    return {
        topic: [PartitionProgress(max(one.until, clock), one.idle) for one in partitions]
        for topic, partitions in furthest.items()
    }


def _rank(progress: PartitionProgress) -> tuple[int, bool]:
    return progress.until, not progress.idle


def _growth_in(provenance: Provenance) -> Growth | None:
    return msgspec.json.decode(provenance[GROWING], type=Growth) if GROWING in provenance else None


def _without_mark(provenance: Provenance) -> Provenance:
    return {name: value for name, value in provenance.items() if name != GROWING}
