"""The comparison of the engines as tables, bars and text."""

from pathlib import Path
from statistics import median
from typing import Final

from bench.engines.comparison import (
    BYTEWAX,
    BYTEWAX_ARITHMETIC,
    END_TO_END,
    FAUST,
    FLOOR,
    QUIX,
    QUIX_ARITHMETIC,
    QUIX_EXACTLY_ONCE,
    VARIANTS,
    WORKER,
    Comparison,
    Outcome,
    compare,
)
from bench.engines.peer_work import COMMIT_SECONDS
from bench.kit.broker import STILL_SECONDS, Run
from bench.kit.purchases import Load
from bench.result import Bar, Place, Plot, Result, Table, quantity
from deploy.local.process import Progress

_LOCK: Final = Path(__file__).with_name("requirements.lock")
_LIBRARIES: Final = ("quixstreams", "bytewax", "confluent-kafka")


def report(*, quick: bool, seed: int, tell: Progress) -> Result:
    """Hold the comparison and write down what came of it.

    Args:
        quick: Once and with few purchases.
        seed: Of the purchases and the model.
        tell: Told what is being done.

    Raises:
        RuntimeError: A contestant failed, or its risks are not the worker's.
        ServerFailed: The broker did not start.
    """
    comparison = comparison_of(seed, quick=quick)
    place = Place.here()
    outcome = compare(comparison, tell)
    return Result(
        name="engines",
        title="Same work, four engines",
        command="make bench ARGS=engines",
        how=_how(comparison),
        place=place,
        tables=[_table(outcome)],
        bars=bars_of(outcome.runs),
        plots=[_plot(outcome.runs)],
        found=_found(comparison, outcome),
    )


def comparison_of(seed: int, *, quick: bool) -> Comparison:
    """Return the work that is measured.

    Args:
        seed: Of the purchases and the model.
        quick: Once and with few purchases.
    """
    if quick:
        return Comparison(Load(10_000, 5_000, 1.0, seed), turns=1, faust_share=5)
    return Comparison(Load(30_000, 10_000, 1.0, seed), turns=5, faust_share=10)


def bars_of(runs: dict[str, list[Run]]) -> list[Bar]:
    """Bars for Stayline beside each of the others; by processor time, except where a bar is by events/s.

    Args:
        runs: By contestant.
    """
    faster = events_per_second(runs[WORKER]) / events_per_second(runs[FAUST])
    kept = events_per_second(runs[WORKER]) / events_per_second(runs[FLOOR])
    bars = [
        Bar.at_least("worker ÷ Faust agent, events/s", 10.0, faster, "times"),
        Bar.at_least("worker ÷ the floor, events/s", 0.6, kept),
    ]
    for name, least in ((END_TO_END, 1.0), (WORKER, 1.5)):
        who = "end to end" if name == END_TO_END else "worker"
        for peer in (QUIX, BYTEWAX):
            ratio = events_per_cpu_second(runs[name]) / events_per_cpu_second(runs[peer])
            bars.append(Bar.at_least(f"{who} ÷ {peer}, events a processor second", least, ratio, "times"))
    return bars


def events_per_second(runs: list[Run]) -> float:
    """The median of some runs."""
    return median(run.events_per_second for run in runs)


def events_per_cpu_second(runs: list[Run]) -> float:
    """The median of some runs."""
    return 1e6 / median(run.cpu_seconds_per_million for run in runs)


def _table(outcome: Outcome) -> Table:
    headings = ["engine", "events/s", "CPU s a million events", "events a CPU s", "peak MB", "events/s of each run"]
    rows = [
        [
            name,
            quantity(events_per_second(runs)),
            quantity(1e6 / events_per_cpu_second(runs)),
            quantity(events_per_cpu_second(runs)),
            _megabytes(runs),
            ", ".join(quantity(run.events_per_second) for run in runs),
        ]
        for name, runs in outcome.runs.items()
    ]
    return Table(headings, rows)


def _megabytes(runs: list[Run]) -> str:
    peaks = [run.peak_megabytes for run in runs if run.peak_megabytes is not None]
    return quantity(median(peaks)) if peaks else ""


def _plot(runs: dict[str, list[Run]]) -> Plot:
    return Plot(
        name="engines",
        title="Purchases scored in one second of processor time",
        kind="bars",
        x=list(runs),
        series={"events a CPU second": [events_per_cpu_second(some) for some in runs.values()]},
        y_label="events a processor second (the more the better)",
    )


def _how(comparison: Comparison) -> str:
    day = comparison.day
    return f"""{day.events:,} purchases a day of {day.customers:,} customers, every day of others; every engine keeps \
them durably, judges with the same model and writes one score a purchase. Each runs from its first turn to its last \
on one Apache Kafka node, and stands still (SIGSTOP) while others have theirs and while a day's purchases are laid \
out for it. ({END_TO_END} has a second node, set up alike: the names of its topics are those of the worker beside \
it.) Every contestant has {comparison.turns} \
days in {comparison.turns} turns, and the figures are medians; the variants ({", ".join(VARIANTS)}) have the first day \
alone. The Faust agent gets one customer in {comparison.faust_share}. Broker, engine and watcher share the two cores. \
Speed is counted by the broker's clock from the tenth part of a turn's scores to the last, processor time over the \
same stretch and {STILL_SECONDS} s more, in which every engine makes durable what it has scored, in all of its \
processes (intake's, which runs ahead, over the whole turn).

What a purchase does to a customer is the worker's own code in every engine, and the model is the same published \
one ([peer_work.py](../bench/engines/peer_work.py)); every risk is compared with the worker's. Peers predict with \
it as River has it, `predict_proba_one` of its pipeline; *with the worker's arithmetic* they are given the \
published numbers written out in plain Python, which is what the worker owes its own engineering and not its \
transport. Either way the others are given less to do: their purchases come flat, validated and priced; they look \
for no duplicates, ask and settle no questions, review nobody who is silent, and write the plain risk without \
reasons. They commit every {COMMIT_SECONDS} s, the worker every 80 ms.

- **{WORKER}**: `stayline worker` over pages as an intake that is behind writes them; RocksDB, changelog, exactly once.
- **{FLOOR}** ([floor.py](../bench/engines/floor.py)): read the line, fold, ask, features, predict with reasons, \
write state and score, over the worker's own pages, with the customers in a dictionary: no Kafka, no RocksDB, no \
transaction. The worker's efficiency is its rate over this one's.
- **{END_TO_END}**: `stayline intake` and `stayline worker` together; nothing is prepared for them.
- **{QUIX}** ([quix_app.py](../bench/engines/quix_app.py)): a stateful `apply` on RocksDB with its changelog topic; at \
least once, which is its default, and exactly once.
- **{BYTEWAX}** ([bytewax_flow.py](../bench/engines/bytewax_flow.py)): a `stateful_map`; all states in memory, \
snapshots of those that changed in its recovery store (SQLite, this machine's disk only); at least once.
- **{FAUST}** ([faust_agent.py](../bench/engines/faust_agent.py)): a record, a `Table` on RocksDB with its changelog, \
one update and one sent score a purchase; at least once.

Peers run on {_versions()}."""


def _found(comparison: Comparison, outcome: Outcome) -> str:
    first = {name: runs[:1] for name, runs in outcome.runs.items()}
    worker, plain = (events_per_cpu_second(first[name]) for name in (WORKER, QUIX))
    quix, bytewax = (worker / events_per_cpu_second(first[name]) for name in (QUIX_ARITHMETIC, BYTEWAX_ARITHMETIC))
    once = plain / events_per_cpu_second(first[QUIX_EXACTLY_ONCE])
    return f"""\
All engines gave the same risks: of {outcome.compared:,} in {comparison.turns} turns none differs by more than \
{outcome.largest_difference:.0e}. On the first day, given the worker's arithmetic, Quix Streams takes {quix:.2f} \
times the worker's processor time, and Bytewax {bytewax:.2f} times, for a part of its work; exactly once, which the \
worker is, costs Quix Streams {once:.2f} times what at least once does."""


def _versions() -> str:
    pins = dict(line.split()[0].split("==") for line in _LOCK.read_text().splitlines() if "==" in line)
    return ", ".join(f"{name} {pins[name]}" for name in _LIBRARIES)
