"""What was measured, for a person at a terminal and for the documentation."""

import os
import platform
from collections.abc import Callable, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Final

from rich.table import Table

from bench.contest import Contest, Results
from bench.stage import Run

PAGE: Final = Path("docs/performance.md")
_BEGIN: Final = "<!-- measured -->"
_END: Final = "<!-- end of measured -->"
_LIBRARIES: Final = ("faust-streaming", "aiokafka", "confluent-kafka", "msgspec", "rocksdict")
_HEADINGS: Final = ("contestant", "events/s", "CPU s / 1,000,000 events", "peak MB", "events/s of each run")


def rows_of(results: Results) -> list[tuple[str, ...]]:
    """One row a contestant: medians, and each run's speed."""
    contestants = {
        "Stayline's worker": results.worker,
        "idiomatic Faust agent": results.peer,
        "intake and worker together": results.end_to_end,
    }
    return [_row(name, runs) for name, runs in contestants.items() if runs]


def ratio_of(results: Results) -> float:
    """How many times as fast as the peer the worker is."""
    return middle(results.worker, _speed) / middle(results.peer, _speed)


def middle(runs: Sequence[Run], what: Callable[[Run], float]) -> float:
    """The median of something over runs."""
    return median(map(what, runs))


def _row(name: str, runs: Sequence[Run]) -> tuple[str, ...]:
    return (
        name,
        f"{middle(runs, _speed):,.0f}",
        f"{middle(runs, lambda run: run.cpu_seconds_per_million):,.0f}",
        f"{middle(runs, lambda run: run.peak_megabytes):,.0f}",
        ", ".join(f"{run.events_per_second:,.0f}" for run in runs),
    )


def _speed(run: Run) -> float:
    return run.events_per_second


def table_of(results: Results) -> Table:
    """The results for a terminal."""
    table = Table(*_HEADINGS, title="Purchases scored")
    for row in rows_of(results):
        table.add_row(*row)
    return table


def summary_of(results: Results) -> str:
    """The claim in a sentence."""
    return (
        f"The worker is {ratio_of(results):.1f} times as fast as the Faust agent; on {results.compared:,} purchases "
        f"that both scored, their risks differ by at most {results.largest_difference:.1e}."
    )


def machine() -> str:
    """This machine in a line."""
    model = "an unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores of {model}, {gigabytes:.0f} GB, {platform.system()} {platform.release()}"


def page_of(contest: Contest, results: Results, command: str) -> str:
    """The results for the documentation, with all that it takes to get them again."""
    load = contest.load
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    today = date.today().isoformat()  # noqa: DTZ011 - a date for readers
    how = (
        f"`{command}` on {today}: {load.events:,} purchases of {load.customers:,} customers in {load.days:g} days, "
        f"seed {load.seed}, {contest.runs} alternating runs, medians."
    )
    where = (
        f"Machine: {machine()}; {os.getloadavg()[1]:.1f} processes ran or waited for a core on average over the last "
        "five minutes, broker and contestant included."
    )
    lines = [
        how,
        "",
        *_markdown(_HEADINGS, rows_of(results)),
        "",
        summary_of(results),
        "",
        where,
        "",
        f"Versions: Python {platform.python_version()}, {libraries}, Apache Kafka from deploy/local/kafka/pom.xml.",
    ]
    return "\n".join(lines)


def write_page(page: Path, measured: str) -> None:
    """Put new results in the place of the old ones; the words around them stay.

    Raises:
        ValueError: The page has no place for them.
    """
    before, begin, rest = page.read_text().partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"{page} has no {_BEGIN} with an {_END} after it")
    page.write_text(f"{before}{begin}\n{measured}\n{end}{after}")


def _markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    ruler = ["---", *["---:"] * (len(headings) - 1)]
    return [f"| {' | '.join(cells)} |" for cells in (headings, ruler, *rows)]
