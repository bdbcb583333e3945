"""Layouts in which a log is played, and the kills that are drawn for one."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from schemas.settings.processes import IntakeSettings


@dataclass(frozen=True, slots=True)
class Layout:
    """Layout of a run: the partitions, pages and processes over which a log is spread.

    Attributes:
        name: For the table.
        customer_partitions: Partitions over which customers are spread.
        workers: Their number.
        intakes: Their number.
        page_lines: Limit of the lines of a page.
        page_milliseconds: Longest time that a line waits for others.
        kills: Number of processes that are killed with SIGKILL.
    """

    name: str
    customer_partitions: int
    workers: int
    intakes: int = 1
    page_lines: int = IntakeSettings.model_fields["page_lines"].default
    page_milliseconds: float = IntakeSettings.model_fields["page_milliseconds"].default
    kills: int = 0

    @property
    def instances(self) -> list[str]:
        """Names of its processes, each its kind and a number."""
        counts = {"intake": self.intakes, "worker": self.workers, "learner": 1}
        return [f"{kind}-{number}" for kind, count in counts.items() for number in range(1, count + 1)]

    def variables(self) -> dict[str, str]:
        """Return the ``STAYLINE_`` variables that its processes share."""
        return {
            "STAYLINE_KAFKA__INTERACTIONS_PARTITIONS": str(self.customer_partitions),
            "STAYLINE_INTAKE__PAGE_LINES": str(self.page_lines),
            "STAYLINE_INTAKE__PAGE_MILLISECONDS": str(self.page_milliseconds),
        }


def two_layouts(kills: int) -> tuple[Layout, Layout]:
    """Return a small layout, and a large one with small pages in which processes are killed."""
    return (
        Layout("small", customer_partitions=3, workers=1),
        Layout("large", customer_partitions=12, workers=3, intakes=2, page_lines=37, page_milliseconds=5, kills=kills),
    )


class Kill(NamedTuple):
    """A kill.

    Attributes:
        after: Share of the records that there are by then, 0 to 1.
        instance: Name of the process.
    """

    after: float
    instance: str


def draw_kills(seed: int, count: int, instances: Sequence[str]) -> list[Kill]:
    """Draw kills of any process at any moment, the first first.

    Args:
        seed: The same one gives the same kills.
        count: Their number.
        instances: Names of the processes; each is killed once before one is killed twice.
    """
    random = Random(seed)
    victims: list[str] = []
    while len(victims) < count:
        victims += random.sample(instances, len(instances))
    return sorted(Kill(random.random(), victim) for victim in victims[:count])
