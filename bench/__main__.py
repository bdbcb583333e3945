"""``python -m bench``: measures, prints, keeps figures in bench/results and writes docs/performance.md from them."""

import importlib
import shlex
import sys
import time
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table as RichTable

from bench.page import write_page
from bench.result import Result, load_result
from deploy.local.server import LocalServerError, Progress

ORDER = ("engines", "latency", "scale", "sink", "backtest", "imports", "desk")
"""Of the page; each is a module of this package with ``measure(*, quick, seed, tell) -> Result``."""

What = StrEnum("What", ["all", "page", *ORDER])  # type: ignore[misc] # the names are ORDER's


def main(
    what: Annotated[What, typer.Argument(help="One measurement, all of them, or only the page from kept figures.")],
    seed: Annotated[int, typer.Option(help="Of everything that is generated.")] = 1,
    quick: Annotated[bool, typer.Option("--quick", help="Less of everything; nothing is kept.")] = False,
) -> None:
    """Measure Stayline, and others on the same work, on this machine."""
    console = Console()
    wanted = [] if what.value == "page" else list(ORDER) if what.value == "all" else [what.value]
    for name in wanted:
        with console.status(name) as status:
            began = time.monotonic()
            result = _measured(name, seed, status.update, quick=quick)
        _show(result, console)
        console.print(f"{name} took {time.monotonic() - began:.0f} s")
        if not quick:
            result.save()
    if not quick:
        kept = [one for name in ORDER if (one := load_result(name)) is not None]
        console.print(f"written: {write_page(kept)}")


def _measured(name: str, seed: int, tell: Progress, *, quick: bool) -> Result:
    try:
        measured = importlib.import_module(f"bench.{name}").measure(quick=quick, seed=seed, tell=tell)
    except (LocalServerError, RuntimeError) as error:
        sys.stderr.write(f"bench {name}: {error}\n")
        raise typer.Exit(1) from None
    assert isinstance(measured, Result)  # noqa: S101 - what a module of ORDER owes
    return measured


def _show(result: Result, console: Console) -> None:
    for number, table in enumerate(result.tables):
        shown = RichTable(*table.headings, title=result.title if number == 0 else None)
        for row in table.rows:
            shown.add_row(*row)
        console.print(shown)
    for bar in result.bars:
        console.print(f"{'met' if bar.met else 'NOT MET'}: {bar.what}: {bar.found} (asked for: {bar.wanted})")
    console.print(f"again: {shlex.join(shlex.split(result.command))}")


if __name__ == "__main__":
    typer.run(main)
