"""The contestants, in turns, on the same broker and the same purchases; all must come to the same risks."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from bench.engines.arena import PEERS_PYTHON, Arena, PeerWork, Ran
from bench.purchases import Load, purchases_of
from bench.stage import Output, Run, Stage
from customers.features import FEATURE_NAMES
from deploy.local.kafka import KafkaCluster
from deploy.local.process import Progress
from risk.learn import Learner
from schemas.records import encode_record
from schemas.settings import RiskSettings

WORKER: Final = "Stayline's worker, from pages"
FLOOR: Final = "The floor: the pure steps in a loop"
END_TO_END: Final = "Stayline end to end, from raw events"
FAUST: Final = "Faust agent"
QUIX: Final = "Quix Streams"
QUIX_EXACTLY_ONCE: Final = "Quix Streams, exactly once"
QUIX_ARITHMETIC: Final = "Quix Streams, with the worker's arithmetic"
BYTEWAX: Final = "Bytewax"
BYTEWAX_ARITHMETIC: Final = "Bytewax, with the worker's arithmetic"

_TINY: Final = 1e-6
"""Risks are written with six digits."""


@dataclass(frozen=True, slots=True)
class Contest:
    """What is measured.

    Attributes:
        load: The purchases.
        faust_events: The Faust agent gets the first so many: more would take minutes and change nothing.
        runs: How often each contestant runs.
        variant_runs: How often each variant of a peer runs.
    """

    load: Load
    faust_events: int
    runs: int
    variant_runs: int


@dataclass(frozen=True, slots=True)
class Contestant:
    """Who runs, how, how often, and over how many of the purchases."""

    name: str
    run: Callable[[Arena, str], Ran]
    runs: int
    events: int


@dataclass(slots=True)
class Outcome:
    """What came of it.

    Attributes:
        runs: By contestant, in the order in which they ran.
        compared: Risks that were compared with the worker's.
        largest_difference: Between two of them.
    """

    runs: dict[str, list[Run]] = field(default_factory=dict)
    compared: int = 0
    largest_difference: float = 0.0


class _Given(msgspec.Struct):
    customer_id: str
    scored_at: datetime
    risk: float
    cause: str = "interaction"


Risks = dict[tuple[str, datetime], float]
"""By customer and moment: no two purchases share one."""

_decode: Final = msgspec.json.Decoder(_Given).decode


def contestants_of(contest: Contest) -> list[Contestant]:
    """All of them; the worker first, since its risks are what the others' are compared with."""
    events, runs, variant = contest.load.events, contest.runs, contest.variant_runs
    plain, arithmetic = PeerWork(events), PeerWork(events, arithmetic=True)
    once = PeerWork(events, exactly_once=True)
    few = PeerWork(contest.faust_events)
    return [
        Contestant(WORKER, lambda arena, name: arena.run_worker(name), runs, events),
        Contestant(FLOOR, lambda arena, _: arena.run_floor(), runs, events),
        Contestant(QUIX, lambda arena, name: arena.run_quix(name, plain), runs, events),
        Contestant(BYTEWAX, lambda arena, name: arena.run_bytewax(name, plain), runs, events),
        Contestant(END_TO_END, lambda arena, name: arena.run_end_to_end(name), runs, events),
        Contestant(FAUST, lambda arena, name: arena.run_faust(name, few), runs, few.events),
        Contestant(QUIX_EXACTLY_ONCE, lambda arena, name: arena.run_quix(name, once), variant, events),
        Contestant(QUIX_ARITHMETIC, lambda arena, name: arena.run_quix(name, arithmetic), variant, events),
        Contestant(BYTEWAX_ARITHMETIC, lambda arena, name: arena.run_bytewax(name, arithmetic), variant, events),
    ]


def hold(contest: Contest, tell: Progress) -> Outcome:
    """Run every contestant, in turns.

    Args:
        contest: What is measured.
        tell: Told what is being done.

    Raises:
        RuntimeError: The peers' environment is missing, a contestant failed, or its risks are not the worker's.
        ServerFailed: The broker did not start.
    """
    if not PEERS_PYTHON.exists():
        raise RuntimeError("the peers' environment is missing; make it with: make peers")
    tell("generating purchases")
    purchases = list(purchases_of(contest.load))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stayline-bench-")))
        broker = stack.enter_context(KafkaCluster(1, folder / "kafka", progress=tell))
        tell("publishing purchases")
        arena = Arena(Stage(broker.bootstrap_servers), folder, learnt_model(contest.load.seed), purchases)
        return _rounds(arena, contestants_of(contest), tell)


def _rounds(arena: Arena, contestants: Sequence[Contestant], tell: Progress) -> Outcome:
    """Every other round backwards, so that whatever changes with time meets all alike."""
    outcome = Outcome({one.name: [] for one in contestants})
    expected: Risks = {}
    for number in range(max(one.runs for one in contestants)):
        for place, one in enumerate(contestants[:: -1 if number % 2 else 1]):
            if number >= one.runs:
                continue
            tell(f"run {number + 1} of {one.runs}: {one.name}")
            run, outputs = one.run(arena, f"run-{number}-{place}")
            outcome.runs[one.name].append(run)
            given = risks_of(outputs)
            expected = expected or given
            outcome.largest_difference = max(
                outcome.largest_difference, difference(one.name, one.events, given, expected)
            )
            outcome.compared += len(given)
    return outcome


def risks_of(outputs: Iterable[Output]) -> Risks:
    """The risks at purchases; the worker reviews the silent, too, which the peers have no clock for."""
    scores = (_decode(output.value) for output in outputs)
    return {(one.customer_id, one.scored_at): one.risk for one in scores if one.cause == "interaction"}


def difference(name: str, events: int, given: Risks, expected: Risks) -> float:
    """The largest difference between risks of the same purchase.

    Args:
        name: The contestant's.
        events: It had the first so many purchases.
        given: Its risks.
        expected: The worker's.

    Raises:
        RuntimeError: A purchase has no risk, or another one than the worker gave it.
    """
    if len(given) != events or not given.keys() <= expected.keys():
        raise RuntimeError(f"{name} scored {len(given)} purchases, not the first {events}")
    largest = max(abs(risk - expected[moment]) for moment, risk in given.items())
    if largest > _TINY:
        raise RuntimeError(f"{name} gives other risks than the worker: they differ by {largest:.2g}")
    return largest


def learnt_model(seed: int) -> bytes:
    """A model that has learnt enough to be used; what it has learnt does not matter here."""
    random = Random(seed)
    risk = RiskSettings()
    learner = Learner(risk.horizon_days)
    for _ in range(risk.min_examples):
        learner.learn_answer([random.gauss(2.0, 1.0) for _ in FEATURE_NAMES], random.random() < 0.4, 0.5, asked_at=0)
    return encode_record(learner.publish(0, datetime(2026, 3, 1, tzinfo=UTC)))
