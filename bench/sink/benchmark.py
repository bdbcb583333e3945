"""Rows a second that the sink stores, and seconds that analysts wait for answers."""

import statistics
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.kit.broker import PARTITIONS, BenchmarkBroker
from bench.kit.purchases import Load, pages_of, purchases_of
from bench.result import Bar, Place, Result, ResultPlot, ResultTable, quantity
from bench.sink.questions import ask, compute_snapshots, fill
from bench.sink.sink_process import SinkBenchmark, blocks_of, renamed
from deploy.local.server import Progress
from deploy.local.servers import LocalServers
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import open_client
from sinks.clickhouse.migrate import migrate

_WANTED: Final = 300_000

_HOW: Final = """\
`stayline sink`, as a process, reads {rows:,} lines of purchases from pages on Kafka ({pages:,} pages on {partitions} \
partitions, lz4) and stores them in an empty database. Kafka has one node, ClickHouse is chDB behind an HTTP server, \
and all of them share this machine. Rates are measured from the first insert to the last, with offsets committed \
after each. For comparison, one connection inserts a quarter of the same bytes, in blocks as large as the sink's, \
without reading anything: what ClickHouse itself can take. Medians of {runs} runs.

The questions are put to {interactions:,} interactions of two years by {customers:,} customers, {scores:,} scores and \
{examples:,} answers, generated inside ClickHouse (`bench/sink/questions.py`) and left in the few large parts in \
which they were inserted, after the snapshots were computed ({snapshots}). Each is asked three times in a row; the \
time is the client's, response included. In production snapshots are a few minutes old; questions that read none are \
exact when asked."""


@dataclass(frozen=True, slots=True)
class _Size:
    """Amounts: purchases generated, copies of each, runs, and interactions asked about."""

    purchases: int
    copies: int
    runs: int
    interactions: int


@dataclass(frozen=True, slots=True)
class _Rates:
    """Of each run: rows a second through the sink and without it, and the sink's processor seconds a million rows."""

    sink: list[float]
    direct: list[float]
    cpu_seconds: list[float]


@dataclass(frozen=True, slots=True)
class _Answers:
    """Seconds that all snapshots took, and the median of each question."""

    snapshots: float
    medians: dict[str, float]


def measure(*, quick: bool, seed: int, tell: Progress) -> Result:
    """Measure the sink and the tables.

    Args:
        quick: Less of everything.
        seed: Of the purchases.
        tell: Told what is being done.
    """
    size = _Size(20_000, 20, 1, 200_000) if quick else _Size(50_000, 24, 5, 10_000_000)
    place = Place.here()
    tell("generating purchases")
    purchases = list(purchases_of(Load(size.purchases, 20_000, 30, seed)))
    pages = [(number, value) for number, value, _ in pages_of(purchases, PARTITIONS)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stayline-bench-")))
        servers = stack.enter_context(LocalServers(folder, broker="kafka", clickhouse_less_urgent=True, progress=tell))
        clickhouse = ClickHouseSettings(url=servers.clickhouse.url, timeout_seconds=300)
        sink = SinkBenchmark(BenchmarkBroker(servers.kafka.bootstrap_servers), clickhouse, folder)
        sink.lay(copy for number in range(size.copies) for copy in renamed(pages, number))
        rates = _race(sink, pages, size, tell)
        tell("making up interactions")
        answers = _ask(clickhouse, size.interactions, tell)
    return _result(place, size, len(pages) * size.copies, rates, answers)


def _race(sink: SinkBenchmark, pages: Sequence[tuple[int, bytes]], size: _Size, tell: Progress) -> _Rates:
    rates = _Rates([], [], [])
    copies = (copy for number in range(size.copies // 4) for copy in renamed(pages, number))
    blocks = list(blocks_of(value for _, value in copies))
    for number in range(1, size.runs + 1):
        tell(f"run {number} of {size.runs}: the sink")
        run = sink.run_sink(f"sink{number}", size.purchases * size.copies)
        rates.sink.append(run.rows_per_second)
        rates.cpu_seconds.append(run.cpu_seconds_per_million)
        tell(f"run {number} of {size.runs}: ClickHouse alone")
        rates.direct.append(sink.insert_directly(f"direct{number}", blocks))
    return rates


def _ask(clickhouse: ClickHouseSettings, interactions: int, tell: Progress) -> _Answers:
    settings = clickhouse.model_copy(update={"database": "asked"})
    migrate(settings)
    with open_client(settings) as client:
        fill(client, interactions)
        tell("computing snapshots")
        return _Answers(compute_snapshots(client), ask(client, tell))


def _result(place: Place, size: _Size, pages: int, rates: _Rates, answers: _Answers) -> Result:
    medians = answers.medians
    sink, direct = statistics.median(rates.sink), statistics.median(rates.direct)
    fast = sum(seconds < 1 for seconds in medians.values())
    names = list(medians)
    return Result(
        name="sink",
        title="Into ClickHouse, and questions to it",
        command="make bench ARGS=sink",
        how=_how(size, pages, answers),
        place=place,
        tables=_tables(size, rates, medians),
        bars=[
            Bar.at_least("rows a second into ClickHouse", _WANTED, sink),
            Bar.at_least("questions answered within a second", len(medians) // 2 + 1, fast),
        ],
        plots=[
            ResultPlot(
                "questions",
                f"How long a question to {size.interactions:,} interactions takes",
                "bars",
                [*names],
                {"median": [medians[name] * 1000 for name in names]},
                y_label="milliseconds",
                log_y=True,
            )
        ],
        found=f"The sink takes {sink / direct:.0%} of what ClickHouse takes from one connection without it. "
        f"{fast} of {len(medians)} questions are answered within a second.",
    )


def _span(rates: Sequence[float]) -> str:
    return f"{min(rates):,.0f} to {max(rates):,.0f}"


def _how(size: _Size, pages: int, answers: _Answers) -> str:
    return _HOW.format(
        rows=size.purchases * size.copies,
        pages=pages,
        partitions=PARTITIONS,
        runs=size.runs,
        interactions=size.interactions,
        customers=size.interactions // 20,
        scores=size.interactions // 4,
        examples=size.interactions // 20,
        snapshots=f"{answers.snapshots:.0f} s for all of them, two at a time, each on one thread",
    )


def _tables(size: _Size, rates: _Rates, medians: Mapping[str, float]) -> list[ResultTable]:
    sink, direct = statistics.median(rates.sink), statistics.median(rates.direct)
    stored = [
        ["`stayline sink`", f"{sink:,.0f}", _span(rates.sink), quantity(statistics.median(rates.cpu_seconds))],
        ["a quarter of the same bytes, ClickHouse alone", f"{direct:,.0f}", _span(rates.direct), ""],
    ]
    answered = [[question, quantity(seconds * 1000)] for question, seconds in medians.items()]
    return [
        ResultTable(["", "rows a second", "of the runs", "its processor seconds a million rows"], stored),
        ResultTable([f"question to {size.interactions:,} interactions", "p50, ms"], answered),
    ]
