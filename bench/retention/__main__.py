"""``python -m bench.retention``: a simulated year; ``judged``: estimators; ``hillstrom FILE``: an experiment; costs."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table as RichTable

from bench.result import ResultTable
from bench.retention.costs.deciding import deciding_times
from bench.retention.costs.whole_worker import whole_worker_cost
from bench.retention.costs.worker_cost import HISTORIES, WorkerCost, worker_costs
from bench.retention.estimates.coverage import coverage_table
from bench.retention.estimates.estimators import estimate_policies, estimators_table
from bench.retention.hillstrom import print_hillstrom
from bench.retention.seed import CUSTOMERS, SeedResult, play_seed
from bench.retention.summary import bars, depths_table, effects_table, margins_table, policies_table, ranked_pairs

app = typer.Typer(add_completion=False)


@app.callback(invoke_without_command=True)
def year(
    context: typer.Context,
    seeds: Annotated[int, typer.Option(min=2, help="Number of simulated years.")] = 100,
    customers: Annotated[int, typer.Option(min=800, help="Customers of each.")] = CUSTOMERS,
    processes: Annotated[int, typer.Option(min=1, help="Years that are played at a time.")] = 2,
) -> None:
    """Play a year under each policy, and compare what is said of actions and policies with the known truth."""
    if context.invoked_subcommand is None:
        began, size = perf_counter(), customers - customers % 8
        with ProcessPoolExecutor(processes) as pool:
            results = list(pool.map(play_seed, range(seeds), [size] * seeds))
        print(f"{seeds} years of {size:,} customers in {perf_counter() - began:.0f} s")
        if not _show(results):
            raise typer.Exit(1)


@app.command()
def hillstrom(file: Annotated[Path, typer.Argument(help="hillstrom.csv, gzipped or not.", exists=True)]) -> None:
    """Estimate effects and policies of the MineThatData e-mail experiment."""
    print_hillstrom(file)


@app.command()
def judged(
    seeds: Annotated[int, typer.Option(min=2, help="Number of simulated years.")] = 200,
    customers: Annotated[int, typer.Option(min=80, help="Customers of each.")] = 2_000,
    processes: Annotated[int, typer.Option(min=1, help="Years that are played at a time.")] = 2,
) -> None:
    """Compare estimators of what other policies would have brought with the known truth."""
    size = customers - customers % 8
    with ProcessPoolExecutor(processes) as pool:
        results = list(pool.map(estimate_policies, range(seeds), [size] * seeds))
    _print_table(f"{seeds} logs of exploring rules, {size:,} customers each", estimators_table(results))


@app.command()
def coverage(draws: Annotated[int, typer.Option(min=20, help="Logs of each scenario.")] = 2_000) -> None:
    """Measure how often intervals of effects hold the truth where few customers buy and few are held out."""
    _print_table(f"95 % intervals of {draws:,} logs each", coverage_table(draws))


@app.command()
def deciding() -> None:
    """Measure the processor time of deciding alone, and what it adds to that of a worker."""
    for share, microseconds in deciding_times():
        print(f"{microseconds:.1f} µs a customer where {share:.1%} of them are decided for")
    for history in HISTORIES:
        for cost in worker_costs(history):
            _print_cost(f"{history}, engine, pages of {cost.lines}", cost)


@app.command()
def worker() -> None:
    """Measure what deciding adds to the processor time of a whole worker, with Kafka."""
    for history in HISTORIES:
        _print_cost(f"{history}, whole worker", whole_worker_cost(history, lambda _: None))


def _print_cost(what: str, cost: WorkerCost) -> None:
    times = f"{cost.without:.1f} µs an event without deciding, {cost.deciding:.1f} with it ({cost.more:+.1%})"
    print(f"{what}: {times}; {cost.decisions:.3f} decisions an event", flush=True)


def _show(results: Sequence[SeedResult]) -> bool:
    """Print the figures, and return True if all are what was asked for."""
    _print_table("What policies brought", margins_table(results))
    _print_table("Effects of actions on those for whom the learnt policy decided them", effects_table(results))
    weeks = [result.harmful_off for result in results if result.harmful_off is not None]
    if weeks:
        print(f"The harmful action was switched off in week {np.median(weeks):.0f} (median; latest {max(weeks)}).")
    wrong = [name for result in results for name in result.wrongly_off]
    print(f"Actions switched off wrongly: {', '.join(wrong) or 'none'}.")
    _print_table("Policies judged by the log of exploring rules", policies_table(results))
    _print_table("Gain of offers for every 1,000 who may get one, by depth: estimate (truth)", depths_table(results))
    pairs, told = ranked_pairs(results)
    print(f"Single years rank {pairs:.0%} of pairs of policies right, and {told:.0%} of those whose intervals differ.")
    met = True
    for bar in bars(results):
        print(f"{'met' if bar.met else 'NOT MET'}: {bar.what}: {bar.found} (asked for: {bar.wanted})")
        met &= bar.met
    return met


def _print_table(title: str, table: ResultTable) -> None:
    shown = RichTable(*table.headings, title=title)
    for row in table.rows:
        shown.add_row(*row)
    Console(width=150).print(shown)


if __name__ == "__main__":
    app()
