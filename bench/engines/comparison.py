"""The contestants, in turns, on the same purchases; all must come to the same risks."""

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from bench.engines.risks import Risks, difference, risks_of
from bench.engines.servers import PEERS_PYTHON, Contestant, EngineServers, PeerWork
from bench.kit.broker import BenchmarkBroker, EngineRun
from bench.kit.process import standing_still
from bench.kit.purchases import GeneratedPurchase, Load, purchases_of
from customers.features.feature_names import FEATURE_NAMES
from deploy.local.kafka import KafkaCluster
from deploy.local.server import Progress
from risk.learning.learner import Learner
from schemas.records.encode import encode_record
from schemas.settings.risk import RiskSettings

WORKER: Final = "Stayline's worker, from pages"
FLOOR: Final = "The floor: the pure steps in a loop"
END_TO_END: Final = "Stayline end to end, from raw events"
FAUST: Final = "Faust agent"
QUIX: Final = "Quix Streams"
QUIX_EXACTLY_ONCE: Final = "Quix Streams, exactly once"
QUIX_ARITHMETIC: Final = "Quix Streams, with the worker's arithmetic"
BYTEWAX: Final = "Bytewax"
BYTEWAX_ARITHMETIC: Final = "Bytewax, with the worker's arithmetic"

_CONTESTANTS: Final = (WORKER, FLOOR, QUIX, BYTEWAX, END_TO_END, FAUST)

VARIANTS: Final = (QUIX_EXACTLY_ONCE, QUIX_ARITHMETIC, BYTEWAX_ARITHMETIC)
"""They have the first turn alone."""


@dataclass(frozen=True, slots=True)
class EngineComparison:
    """Work of a comparison.

    Attributes:
        day: The purchases of the first turn; each turn has those of the next day.
        turns: Of each contestant.
        faust_share: The Faust agent gets one customer in this many; more would take minutes and change nothing.
    """

    day: Load
    turns: int
    faust_share: int

    def given_to(self, name: str, purchases: Sequence[GeneratedPurchase]) -> list[GeneratedPurchase]:
        """Those of some purchases that a contestant gets."""
        share = self.faust_share if name == FAUST else 1
        return [one for one in purchases if int(one.customer_id.rpartition("-")[2]) % share == 0]


@dataclass(slots=True)
class EngineRuns:
    """Runs of every contestant, and the risks compared.

    Attributes:
        runs: By contestant, one a turn.
        compared: Risks that were compared with the worker's.
        largest_difference: Between two of them.
    """

    runs: dict[str, list[EngineRun]] = field(default_factory=dict)
    compared: int = 0
    largest_difference: float = 0.0

    def compare(self, risks: Mapping[str, Risks]) -> None:
        """Take in what all have given for the same purchases.

        Raises:
            RuntimeError: Somebody gave another risk than the worker.
        """
        for name, given in risks.items():
            self.largest_difference = max(self.largest_difference, difference(name, given, risks[WORKER]))
            self.compared += len(given)


def compare(comparison: EngineComparison, tell: Progress) -> EngineRuns:
    """Let every contestant take its turns.

    Args:
        comparison: What is measured.
        tell: Told what is being done.

    Raises:
        RuntimeError: The peers' environment is missing, a contestant failed, or its risks are not the worker's.
        LocalServerError: A broker did not start.
    """
    if not PEERS_PYTHON.exists():
        raise RuntimeError("the peers' environment is missing; make it with: make peers")
    tell("generating purchases")
    days = [list(purchases_of(replace(comparison.day, turn=turn))) for turn in range(comparison.turns)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stayline-bench-")))
        brokers = [stack.enter_context(KafkaCluster(1, folder / name, progress=tell)) for name in ("one", "two")]
        tell("starting the contestants")
        servers = stack.enter_context(EngineServers(folder, learnt_model(comparison.day.seed)))
        contestants = _contestants(servers, *(BenchmarkBroker(broker.bootstrap_servers) for broker in brokers))
        return _run_turn(comparison, contestants, days, tell)


def _contestants(servers: EngineServers, one: BenchmarkBroker, other: BenchmarkBroker) -> dict[str, Contestant]:
    """All of them, started; the peers come up while Stayline's processes are waited for."""
    peers = {
        QUIX: servers.quix(one, "quix", PeerWork()),
        BYTEWAX: servers.bytewax(one, "bytewax", PeerWork()),
        FAUST: servers.faust(one, "faust", PeerWork()),
        QUIX_EXACTLY_ONCE: servers.quix(one, "quix-once", PeerWork(exactly_once=True)),
        QUIX_ARITHMETIC: servers.quix(one, "quix-arithmetic", PeerWork(arithmetic=True)),
        BYTEWAX_ARITHMETIC: servers.bytewax(one, "bytewax-arithmetic", PeerWork(arithmetic=True)),
    }
    own = {WORKER: servers.worker(one), FLOOR: servers.floor(), END_TO_END: servers.end_to_end(other)}
    return peers | own


def _run_turn(
    comparison: EngineComparison,
    contestants: Mapping[str, Contestant],
    days: Sequence[Sequence[GeneratedPurchase]],
    tell: Progress,
) -> EngineRuns:
    outcome = EngineRuns({name: [] for name in (*_CONTESTANTS, *VARIANTS)})
    for number, day in enumerate(days):
        risks: dict[str, Risks] = {}
        for name in _order_of(number):
            tell(f"turn {number + 1} of {len(days)}: {name}")
            purchases = comparison.given_to(name, day)
            others = (one for other, contestant in contestants.items() if other != name for one in contestant.processes)
            with standing_still(others):
                run, outputs = contestants[name].take(purchases)
            outcome.runs[name].append(run)
            risks[name] = risks_of(name, outputs, len(purchases))
        outcome.compare(risks)
    return outcome


def _order_of(turn: int) -> Sequence[str]:
    """Every other turn backwards, so that whatever changes with time meets all alike."""
    if turn == 0:
        return (*_CONTESTANTS, *VARIANTS)
    return _CONTESTANTS[::-1] if turn % 2 else _CONTESTANTS


def learnt_model(seed: int) -> bytes:
    """A model of all epochs that has learnt enough to be used, and is not bent; what it has learnt does not matter."""
    random = Random(seed)
    risk = RiskSettings()
    learner = Learner(risk.horizon_days)
    for _ in range(risk.min_examples):
        learner.learn_answer([random.gauss(2.0, 1.0) for _ in FEATURE_NAMES], random.random() < 0.4, 0.5, asked_at=0)
    model = learner.publish(0, datetime(2026, 3, 1, tzinfo=UTC))
    return encode_record(msgspec.structs.replace(model, bend=None, border=datetime(2100, 1, 1, tzinfo=UTC)))
