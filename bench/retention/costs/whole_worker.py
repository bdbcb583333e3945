"""Processor time of ``stayline worker`` for an event, with and without deciding, on the same pages in turns.

Two processes, each with a broker of its own; one stands still while the other works, and brokers are not counted.
"""

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.engines.servers import Contestant, EngineServers
from bench.kit.broker import BenchmarkBroker
from bench.kit.process import standing_still
from bench.kit.purchases import GeneratedPurchase
from bench.retention.costs.worker_cost import WorkerCost, learnt_history
from deploy.local.kafka import KafkaCluster
from deploy.local.server import Progress
from schemas.events.interaction import Interaction, encode_interaction
from schemas.moments import to_ms
from schemas.records.encode import encode_record
from schemas.settings.processes import IntakeSettings
from schemas.topics import DECISIONS

_PARTS: Final = 4
"""Turns of each worker."""


def whole_worker_cost(name: str, tell: Progress) -> WorkerCost:
    """Play a history through two workers, part by part in turns.

    Args:
        name: Of one of the histories.
        tell: Told what is being done.

    Raises:
        RuntimeError: A worker ended, or did not score all of it in time.
        LocalServerError: A broker did not start.
    """
    history, model = learnt_history(name)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stayline-bench-")))
        servers = stack.enter_context(EngineServers(folder, encode_record(model)))
        workers: list[Contestant] = []
        brokers: list[BenchmarkBroker] = []
        for enabled in ("false", "true"):
            broker = stack.enter_context(KafkaCluster(1, folder / f"broker-{enabled}", progress=tell))
            brokers.append(BenchmarkBroker(broker.bootstrap_servers))
            workers.append(servers.worker(brokers[-1], f"deciding-{enabled}", STAYLINE_RETENTION__ENABLED=enabled))
        without, deciding = (seconds / len(history) * 1e6 for seconds in _in_turns(workers, history))
        decisions = sum(brokers[1].ends(DECISIONS).values())
    return WorkerCost(IntakeSettings().page_lines, without, deciding, decisions / len(history))


def _in_turns(workers: Sequence[Contestant], history: Sequence[Interaction]) -> list[float]:
    """Return the processor time of each worker for all of a history, seconds."""
    seconds = [0.0] * len(workers)
    size = -(-len(history) // _PARTS)
    for part, start in enumerate(range(0, len(history), size)):
        lines = [_line(one) for one in history[start : start + size]]
        for place in range(len(workers))[:: -1 if part % 2 else 1]:
            (process,) = workers[place].processes
            with standing_still(other for one in workers if one is not workers[place] for other in one.processes):
                before = process.cpu_seconds()
                workers[place].take(lines)
                seconds[place] += process.cpu_seconds() - before
    return seconds


def _line(one: Interaction) -> GeneratedPurchase:
    """Return an event as the pages of a comparison take it."""
    return GeneratedPurchase(to_ms(one.stamped_at), one.customer_id, b"", encode_interaction(one), b"")
