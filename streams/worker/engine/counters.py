"""Counters of the engines of a process."""

from dataclasses import dataclass, field

from customers.feed.holes import Hole
from schemas.records import Cause


@dataclass(slots=True)
class Counters:
    """Shared by the shards of a process.

    Attributes:
        pages: Pages folded, heartbeats included.
        interactions: Lines received.
        duplicates: Lines that had been folded before.
        reviews: Customers looked at because they were due.
        scores: Scores by cause.
        bands: Scores by risk band.
        asked: Questions asked.
        settled: Questions answered, void ones included.
        void: Questions whose horizon lay in holes of the purchases.
        alerts: Alerts by state.
        customers: Customers by partition.
        due: Customers with a date by partition.
        overdue: For how long the first of them has been due, ms of the watermark, by partition.
        questions: Questions that wait for their answers, by partition.
        clocks: Watermark by partition, ms since 1970.
        silent: Hole that lasts now of each raw topic, by partition; all partitions know the same.
    """

    pages: int = 0
    interactions: int = 0
    duplicates: int = 0
    reviews: int = 0
    scores: dict[str, int] = field(default_factory=lambda: {"interaction": 0, "review": 0})
    bands: dict[str, int] = field(default_factory=lambda: {"low": 0, "middle": 0, "high": 0})
    asked: int = 0
    settled: int = 0
    void: int = 0
    alerts: dict[str, int] = field(default_factory=lambda: {"raised": 0, "cleared": 0})
    customers: dict[int, int] = field(default_factory=dict)
    due: dict[int, int] = field(default_factory=dict)
    overdue: dict[int, int] = field(default_factory=dict)
    questions: dict[int, int] = field(default_factory=dict)
    clocks: dict[int, int] = field(default_factory=dict)
    silent: dict[int, dict[str, Hole]] = field(default_factory=dict)

    def note_score(self, cause: Cause, risk: float) -> None:
        """Count a score, and its risk's band."""
        self.scores[cause] += 1
        band = "low" if risk < 1 / 3 else "middle" if risk < 2 / 3 else "high"
        self.bands[band] += 1
