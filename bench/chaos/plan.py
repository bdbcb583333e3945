"""Faults of a run and their times, drawn from a seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from random import Random
from typing import Final, Literal

from bench.chaos.stack import ROSTER

Kind = Literal[
    "kill -9",
    "pause for 20 s",
    "SIGTERM",
    "rolling restart",
    "worker added and removed",
    "intake added and removed",
    "leading broker bounced",
    "two brokers lost",
    "ClickHouse killed",
    "ClickHouse refuses connections",
    "ClickHouse hangs up",
    "ClickHouse answers 500",
    "ClickHouse's replies lost",
    "ClickHouse has too many parts",
    "ClickHouse 60 s away",
]

_CLICKHOUSE: Final[tuple[Kind, ...]] = (
    "ClickHouse's replies lost",
    "ClickHouse killed",
    "ClickHouse answers 500",
    "ClickHouse has too many parts",
    "ClickHouse refuses connections",
    "ClickHouse hangs up",
)
_PAUSED: Final = ("worker", "intake", "worker", "sink", "learner")

_CALM_SECONDS: Final = 6
"""At the beginning, so that there is something to lose."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault.

    Attributes:
        at: Seconds after the beginning.
        kind: What happens.
        target: To which process or kind of process, where that matters.
        draw: Chooses among several, 0 to 1.
    """

    at: float
    kind: Kind
    target: str
    draw: float


def plan(seed: int, seconds: int, kills: int, nodes: int) -> list[Fault]:
    """Draw the faults of a run, the first first.

    Args:
        seed: The same one gives the same faults.
        seconds: How long the run lasts.
        kills: How many processes are killed with SIGKILL; each of them in turn, in a drawn order.
        nodes: Kafka nodes; two are lost only where there are three.
    """
    random = Random(seed)
    return sorted(
        Fault(round(random.uniform(_CALM_SECONDS, seconds), 1), kind, target, random.random())
        for kind, target in _wanted(random, seconds, kills, nodes)
    )


def _wanted(random: Random, seconds: int, kills: int, nodes: int) -> Iterator[tuple[Kind, str]]:
    victims: list[str] = []
    while len(victims) < kills:
        victims += random.sample(ROSTER, len(ROSTER))
    yield from (("kill -9", victim) for victim in victims[:kills])
    yield from (("SIGTERM", random.choice(ROSTER)) for _ in range(seconds // 40))
    yield from (("pause for 20 s", kind) for kind in islice(cycle(_PAUSED), max(1, seconds // 45)))
    yield from (("rolling restart", kind) for kind in ("worker", "intake", "sink")[: seconds // 90])
    yield from ((kind, "") for kind in islice(cycle(_CLICKHOUSE), max(2, seconds // 40)))
    counts: dict[Kind, int] = {
        "worker added and removed": seconds // 100,
        "intake added and removed": seconds // 100,
        "leading broker bounced": max(1, seconds // 75),
        "two brokers lost": seconds // 120 if nodes > 1 else 0,
        "ClickHouse 60 s away": seconds // 240,
    }
    yield from ((kind, "") for kind, count in counts.items() for _ in range(count))
