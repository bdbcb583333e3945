"""The floor: what the pure steps take in a plain loop, and how much of their speed the worker keeps."""

import gc
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Final

from bench.engines.arena import Arena
from bench.engines.contest import learnt_model
from bench.purchases import Load, pages_of, purchases_of
from bench.result import Bar, Place, Plot, Result, Table, quantity
from bench.stage import PARTITIONS, Stage
from customers.advance import Case, advance_all, receive
from customers.encode import decode_customer, encode_customer
from customers.facts import Fact, decode_line, fact_of
from customers.policy import policy_of
from customers.schedule import due_at
from customers.state import Customer
from deploy.local.kafka import KafkaCluster
from deploy.local.process import Progress
from risk.judge import RiskJudge
from risk.records import score_of
from schemas.model import decode_model
from schemas.pages import decode_lines_as
from schemas.records import encode_record
from schemas.settings import RiskSettings, SegmentSettings
from streams.memory import collect_rarely

_WANTED: Final = 0.6
_TOGETHER: Final = 64


def measure(*, quick: bool, seed: int, tell: Progress) -> Result:
    """Run the loop and the worker in turns, over the same pages.

    Args:
        quick: Once and with few purchases.
        seed: Of the purchases and the model.
        tell: Told what is being done.

    Raises:
        RuntimeError: The worker failed.
        ServerFailed: The broker did not start.
    """
    load = Load(10_000, 5_000, 1.0, seed) if quick else Load(30_000, 10_000, 1.0, seed)
    place, runs = Place.here(), 1 if quick else 5
    purchases, model = list(purchases_of(load)), learnt_model(seed)
    pages = [value for _, value, _ in pages_of(purchases, PARTITIONS)]
    floor: list[float] = []
    worker: list[float] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stayline-bench-")))
        broker = stack.enter_context(KafkaCluster(1, folder / "kafka", progress=tell))
        arena = Arena(Stage(broker.bootstrap_servers), folder, model, purchases)
        for number in range(runs):
            tell(f"run {number + 1} of {runs}")
            floor.append(load.events / seconds_of(pages, model))
            worker.append(arena.run_worker(f"floor-{number}")[0].events_per_second)
    return _result(load, place, floor, worker)


def seconds_of(pages: Iterable[bytes], model: bytes) -> float:
    """Fold and score all lines of some pages, with the customers in a dictionary, and say how long that took.

    Args:
        pages: Their lines.
        model: As published.
    """
    risk = RiskSettings()
    policy, judge = policy_of(risk), RiskJudge(risk, SegmentSettings(), "USD")
    judge.take(decode_model(model))
    kept: dict[str, bytes] = {}
    gc.collect()
    collect_rarely()
    began = time.perf_counter()
    for page in pages:
        facts: dict[str, list[Fact]] = defaultdict(list)
        for line in decode_lines_as(page, decode_line):
            facts[line.customer_id].append(fact_of(line))
        waiting = iter(facts.items())
        while cases := [_case(name, kept.get(name), new) for name, new in islice(waiting, _TOGETHER)]:
            advance_all(cases, max(fact.stamp for new in facts.values() for fact in new), policy, judge)
            for case in cases:
                for scored in case.outcome.scored:
                    encode_record(score_of(case.customer_id, scored))
                kept[case.customer_id] = encode_customer(case.customer, due_at(case.customer))
    seconds = time.perf_counter() - began
    gc.unfreeze()
    return seconds


def _case(customer_id: str, kept: bytes | None, facts: Iterable[Fact]) -> Case:
    customer = Customer() if kept is None else decode_customer(kept)
    for fact in facts:
        receive(customer, fact)
    return Case(customer_id, customer)


def _result(load: Load, place: Place, floor: Sequence[float], worker: Sequence[float]) -> Result:
    efficiency = median(worker) / median(floor)
    return Result(
        name="floor",
        title="The floor",
        command="make bench ARGS=floor",
        how="The pure steps of a purchase (read the line, fold, ask, features, predict with reasons, write state and "
        "score) in a plain loop over the worker's own pages, with the customers in a dictionary: no Kafka, no RocksDB, "
        f"no transaction, one process. {load.events:,} purchases of {load.customers:,} customers; loop and worker take "
        f"turns, {len(floor)} runs each, medians. Efficiency is the worker's rate over the loop's.",
        place=place,
        tables=[
            Table(
                ["", "events/s", "µs an event", "events/s of each run"],
                [_row("the loop", floor), _row("Stayline's worker", worker)],
            )
        ],
        bars=[Bar.at_least("worker ÷ the floor, events/s", _WANTED, efficiency)],
        plots=[
            Plot(
                name="floor",
                title="Purchases scored in a second",
                kind="bars",
                x=["the loop", "the worker"],
                series={"events/s": [median(floor), median(worker)]},
                y_label="events/s",
            )
        ],
    )


def _row(name: str, rates: Sequence[float]) -> list[str]:
    middle = median(rates)
    return [name, quantity(middle), quantity(1e6 / middle), ", ".join(map(quantity, rates))]
