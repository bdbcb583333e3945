"""The progress of several partitions as one."""

from collections.abc import Iterable
from typing import Final

from schemas.watermark import PartitionProgress, Progress, Watermark

_NOTHING: Final = PartitionProgress(-1, idle=False)


def merged(reports: Iterable[Progress]) -> Progress:
    """Take the furthest reading of each raw partition, and let none lie behind the furthest clock.

    A reading is a promise of intake about a raw partition, whichever pages brought it; where every page is folded, it
    holds for all customer partitions. Of two equally far, the one counts that holds others back.

    Args:
        reports: Each as :attr:`schemas.watermark.Watermark.progress` gives it.
    """
    reports = list(reports)
    clock = max((Watermark(report).clock for report in reports), default=0)
    furthest: dict[str, list[PartitionProgress]] = {}
    for report in reports:
        for topic, readings in report.items():
            known = furthest.setdefault(topic, [])
            known.extend([_NOTHING] * (len(readings) - len(known)))
            for number, reading in enumerate(readings):
                known[number] = max(known[number], reading or _NOTHING, key=_rank)
    return {
        topic: [PartitionProgress(max(reading.until, clock), reading.idle) for reading in readings]
        for topic, readings in furthest.items()
    }


def _rank(reading: PartitionProgress) -> tuple[int, bool]:
    return reading.until, not reading.idle
