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
    EngineComparison,
    EngineRuns,
    compare,
)
from bench.engines.peer_work import COMMIT_SECONDS
from bench.kit.broker import STILL_SECONDS, EngineRun
from bench.kit.purchases import Load
from bench.result import Bar, Place, Result, ResultPlot, ResultTable, quantity
from deploy.local.server import Progress

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
        LocalServerError: The broker did not start.
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


def comparison_of(seed: int, *, quick: bool) -> EngineComparison:
    """Return the work that is measured.

    Args:
        seed: Of the purchases and the model.
        quick: Once and with few purchases.
    """
    if quick:
        return EngineComparison(Load(10_000, 5_000, 1.0, seed), turns=1, faust_share=5)
    return EngineComparison(Load(30_000, 10_000, 1.0, seed), turns=5, faust_share=10)


def bars_of(runs: dict[str, list[EngineRun]]) -> list[Bar]:
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


def events_per_second(runs: list[EngineRun]) -> float:
    """The median of some runs."""
    return median(run.events_per_second for run in runs)


def events_per_cpu_second(runs: list[EngineRun]) -> float:
    """The median of some runs."""
    return 1e6 / median(run.cpu_seconds_per_million for run in runs)


def _table(outcome: EngineRuns) -> ResultTable:
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
    return ResultTable(headings, rows)


def _megabytes(runs: list[EngineRun]) -> str:
    peaks = [run.peak_megabytes for run in runs if run.peak_megabytes is not None]
    return quantity(median(peaks)) if peaks else ""


def _plot(runs: dict[str, list[EngineRun]]) -> ResultPlot:
    return ResultPlot(
        name="engines",
        title="Purchases scored in one second of processor time",
        kind="bars",
        x=list(runs),
        series={"events a CPU second": [events_per_cpu_second(some) for some in runs.values()]},
        y_label="events a processor second (the more the better)",
    )


def _how(comparison: EngineComparison) -> str:
    day = comparison.day
    return f"""{day.events:,} purchases a day of {day.customers:,} customers, with other customers every day. \
Every engine stores them durably, scores with the same model and writes one score for each purchase. Each engine \
keeps running on one Apache Kafka node and is paused (SIGSTOP) during the turns of the others and while the purchases \
of a day are prepared. ({END_TO_END} has a second node of the same kind, because its topics have the names of those \
of the worker beside it.) Every engine plays {comparison.turns} days in {comparison.turns} turns; figures are \
medians. The variants ({", ".join(VARIANTS)}) play the first day only. The Faust agent gets one customer in \
{comparison.faust_share}. Broker, engine and measuring process share the two cores. Speed is measured by the broker's \
clock from the first tenth of a turn's scores to the last; processor time over the same stretch and {STILL_SECONDS} s \
more, in which every engine makes its scores durable, in all of its processes (for intake, which runs ahead, over the \
whole turn).

What happens to a customer at a purchase is the worker's own code in every engine, with the same published model \
([peer_work.py](../bench/engines/peer_work.py)); every risk is compared with the worker's. Peers predict as River \
does, with `predict_proba_one` of its pipeline. *With the worker's arithmetic* they use the published numbers in \
plain Python; this separates the worker's faster arithmetic from its transport. Either way the peers do less: their \
purchases are flat, validated and priced; they check no duplicates, ask and settle no questions, review no silent \
customers, and write the risk without reasons. They commit every {COMMIT_SECONDS} s, the worker every 80 ms.

- **{WORKER}**: `stayline worker` over pages as an intake with a backlog writes them; RocksDB, changelog, exactly \
once.
- **{FLOOR}** ([floor.py](../bench/engines/floor.py)): read the line, fold, ask, compute features, predict with \
reasons, decide by the default playbook, write state, score and decision, over the worker's own pages, with the \
customers in a dictionary: no Kafka, no RocksDB, no transaction. The worker's rate divided by this one is its \
efficiency.
- **{END_TO_END}**: `stayline intake` and `stayline worker` together, with nothing prepared.
- **{QUIX}** ([quix_app.py](../bench/engines/quix_app.py)): a stateful `apply` on RocksDB with its changelog topic; \
at least once, which is its default, and exactly once.
- **{BYTEWAX}** ([bytewax_flow.py](../bench/engines/bytewax_flow.py)): a `stateful_map`; all states in memory, \
snapshots of the changed ones in its recovery store (SQLite, on this machine's disk only); at least once.
- **{FAUST}** ([faust_agent.py](../bench/engines/faust_agent.py)): a record, a `Table` on RocksDB with its changelog, \
one update and one sent score for each purchase; at least once.

Peers run on {_versions()}."""


def _found(comparison: EngineComparison, outcome: EngineRuns) -> str:
    first = {name: runs[:1] for name, runs in outcome.runs.items()}
    worker, plain = (events_per_cpu_second(first[name]) for name in (WORKER, QUIX))
    quix, bytewax = (worker / events_per_cpu_second(first[name]) for name in (QUIX_ARITHMETIC, BYTEWAX_ARITHMETIC))
    once = plain / events_per_cpu_second(first[QUIX_EXACTLY_ONCE])
    return f"""\
All engines gave the same risks: of {outcome.compared:,} in {comparison.turns} turns none differs by more than \
{outcome.largest_difference:.0e}. On the first day, with the worker's arithmetic, Quix Streams takes {quix:.2f} times \
the worker's processor time, and Bytewax {bytewax:.2f} times, for a part of its work. Exactly once, as the worker \
works, costs Quix Streams {once:.2f} times what at least once does."""


def _versions() -> str:
    pins = dict(line.split()[0].split("==") for line in _LOCK.read_text().splitlines() if "==" in line)
    return ", ".join(f"{name} {pins[name]}" for name in _LIBRARIES)
