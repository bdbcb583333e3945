"""Counters of the engines of a process."""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Literal

from customers.feed.holes import Hole
from schemas.pages.feed_part import FeedPart
from schemas.records.decisions import DecisionOutcome
from schemas.records.score import Cause

AGE_BOUNDS: Final = (1.0, 10.0, 60.0, 600.0, 3_600.0, 21_600.0, 86_400.0, 604_800.0)
"""Upper bounds of the classes of scores by age, seconds; the last class has none."""

OutcomeState = Literal["bought", "not_bought", "void"]
"""Kind of outcome: a void one does not count, the others are of customers who bought within the horizon or did not."""


@dataclass(slots=True)
class Counters:
    """Shared by the shards of a process.

    Attributes:
        pages: Pages folded, heartbeats included.
        interactions: Lines received.
        duplicates: Lines that had been folded before.
        reused: Lines that do not count, since an earlier event of their id says something else.
        reviews: Customers looked at because they were due.
        scores: Scores by cause.
        bands: Scores by risk band.
        ages: Scores of reviews by age: log time from the instant of the review until it was done, in classes.
        total_age: Sum of these ages, seconds.
        asked: Questions asked.
        settled: Questions answered, void ones included.
        void: Questions whose horizon lay in holes of the purchases.
        alerts: Alerts by state.
        decisions: Decisions by action, and True for those that are held out.
        outcomes: Settled outcomes by action and state.
        customers: Customers by partition.
        due: Customers with a date by partition.
        overdue: For how long the first of them has been due, ms of the watermark, by partition.
        questions: Questions that wait for their answers, by partition.
        decisions_open: Decisions that stand, held-out ones included, by partition.
        clocks: Watermark by partition, ms since 1970.
        silent: Hole that lasts now of each raw topic, by partition; all partitions know the same.
        silent_parts: Hole that lasts now of each part of a topic, by partition; the first partition alone has any.
    """

    pages: int = 0
    interactions: int = 0
    duplicates: int = 0
    reused: int = 0
    reviews: int = 0
    scores: dict[str, int] = field(default_factory=lambda: {"interaction": 0, "review": 0})
    bands: dict[str, int] = field(default_factory=lambda: {"low": 0, "middle": 0, "high": 0})
    ages: list[int] = field(default_factory=lambda: [0] * (len(AGE_BOUNDS) + 1))
    total_age: float = 0.0
    asked: int = 0
    settled: int = 0
    void: int = 0
    alerts: dict[str, int] = field(default_factory=lambda: {"raised": 0, "cleared": 0})
    decisions: Counter[tuple[str, bool]] = field(default_factory=Counter)
    outcomes: Counter[tuple[str, OutcomeState]] = field(default_factory=Counter)
    customers: dict[int, int] = field(default_factory=dict)
    due: dict[int, int] = field(default_factory=dict)
    overdue: dict[int, int] = field(default_factory=dict)
    questions: dict[int, int] = field(default_factory=dict)
    decisions_open: dict[int, int] = field(default_factory=dict)
    clocks: dict[int, int] = field(default_factory=dict)
    silent: dict[int, dict[str, Hole]] = field(default_factory=dict)
    silent_parts: dict[int, dict[FeedPart, Hole]] = field(default_factory=dict)

    def note_score(self, cause: Cause, risk: float, age_ms: int) -> None:
        """Count a score, the band of its risk, and at a review its age, ms."""
        if cause == "review":
            age = age_ms / 1000
            self.ages[bisect_left(AGE_BOUNDS, age)] += 1
            self.total_age += age
        self.scores[cause] += 1
        band = "low" if risk < 1 / 3 else "middle" if risk < 2 / 3 else "high"
        self.bands[band] += 1

    def note_outcome(self, outcome: DecisionOutcome) -> None:
        """Count a settled outcome."""
        state: OutcomeState = "void" if outcome.void else "bought" if outcome.bought else "not_bought"
        self.outcomes[outcome.action, state] += 1
