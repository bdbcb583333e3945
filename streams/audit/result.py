"""Results of a round of comparisons."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sinks.queries.sample_ratio import StoredRatio
from streams.audit.compare import NO_GAP, Between, Gap

Names = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""Names of some things that are missing, of some that are too many, and of some ids that several customers share."""

NO_NAMES: Final[Names] = ((), (), ())


@dataclass(frozen=True, slots=True)
class Comparison:
    """One part, compared.

    Attributes:
        between: What is compared with Kafka.
        part: Customer partition, or reason of dead letters.
        expected: How many things Kafka has.
        found: How many were found.
        missing: How many of Kafka's were not found.
        extra: How many were found that Kafka has not.
        names: Some of all: event ids, customers, or dead letters as topic/partition/offset.
        remark: What was not compared and why; empty where everything was.
        done: Whether it was compared; where not, the next round may.
        shared: Number of event ids that several customers have; one event of each is kept.
    """

    between: Between
    part: str
    expected: int
    found: int
    missing: int
    extra: int
    names: Names = NO_NAMES
    remark: str = ""
    done: bool = True
    shared: int = 0

    @classmethod
    def of(
        cls, between: Between, part: str, expected: int, found: int, gap: Gap, names: Names, remark: str
    ) -> "Comparison":
        """Return the comparison of a part with its gap."""
        shared = len(gap.shared_prints)
        return cls(between, part, expected, found, gap.missing, gap.extra, names, remark, shared=shared)

    @property
    def difference(self) -> int:
        """Return the number of things on one side alone."""
        return self.missing + self.extra

    def __str__(self) -> str:
        """One line for a log."""
        missing, extra, shared = (f" ({', '.join(some)})" if some else "" for some in self.names)
        ids = f", {self.shared} ids of several customers{shared}" if self.shared else ""
        return f"{self.between}, {self.part}: {self.missing} missing{missing}, {self.extra} too many{extra}{ids}"


def not_compared(between: Between, part: str, why: str, *, for_good: bool = False) -> Comparison:
    """A part that could not be compared.

    Args:
        between: What would have been compared with Kafka.
        part: Which.
        why: The reason.
        for_good: Whether later rounds will not either; then it is no reason to wait.
    """
    return (
        Comparison.of(between, part, 0, 0, NO_GAP, NO_NAMES, why)
        if for_good
        else Comparison(between, part, 0, 0, 0, 0, remark=why, done=False)
    )


@dataclass(frozen=True, slots=True)
class Round:
    """The comparisons of all parts.

    Attributes:
        comparisons: In the order of what is compared.
        events: Distinct events read of Kafka so far.
        seconds: How long it took.
        ratios: Share of each action's decisions that was held out, beside the share that was set.
    """

    comparisons: tuple[Comparison, ...]
    events: int
    seconds: float
    ratios: Sequence[StoredRatio] = ()

    @property
    def differences(self) -> list[Comparison]:
        """Return the comparisons with a difference."""
        return [one for one in self.comparisons if one.difference]

    @property
    def sharing(self) -> list[Comparison]:
        """Return the comparisons with event ids that several customers have."""
        return [one for one in self.comparisons if one.shared]

    @property
    def uneven(self) -> bool:
        """Return True if counts differ anywhere, be it for a good reason."""
        return any(one.expected != one.found for one in self.comparisons)

    @property
    def verdict(self) -> str:
        """Return what came of the round in a few words."""
        shared = sum(one.shared for one in self.sharing)
        ids = f"{shared} event ids of several customers, of which ClickHouse keeps one event each" if shared else ""
        if self.differences:
            return "; ".join(filter(None, [f"{len(self.differences)} parts differ", ids]))
        if self.uneven:
            return ids or "nothing is missing or too many, though counts differ, as the remarks say"
        return ids or "no difference"

    @property
    def complete(self) -> bool:
        """Return True if everything was compared."""
        return all(one.done for one in self.comparisons)
