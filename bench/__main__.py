"""``python -m bench``: measures, prints, and on request keeps the figures in docs/performance.md."""

import shlex
import sys
from typing import Annotated

import typer
from rich.console import Console

from bench.contest import Contest, hold
from bench.purchases import Load
from bench.report import PAGE, page_of, summary_of, table_of, write_page
from deploy.local.process import ServerFailed

_QUICK_EVENTS = 60_000


def main(
    what: Annotated[str, typer.Argument(help="worker is all there is.")] = "worker",
    events: Annotated[int, typer.Option(min=10_000, help="Purchases; the Faust agent gets the first tenth.")] = 200_000,
    customers: Annotated[int, typer.Option(min=1, help="Who makes them.")] = 50_000,
    days: Annotated[float, typer.Option(min=0.01, help="They are spread over so long; more brings reviews.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Of the purchases.")] = 1,
    runs: Annotated[int, typer.Option(min=1, help="Of each contestant, in turns.")] = 5,
    quick: Annotated[bool, typer.Option("--quick", help=f"{_QUICK_EVENTS:,} purchases, one run.")] = False,
    end_to_end: Annotated[bool, typer.Option("--end-to-end", help="Measure intake and worker together, too.")] = False,
    write: Annotated[bool, typer.Option("--write", help=f"Keep the figures in {PAGE}.")] = False,
) -> None:
    """Measure the worker against an idiomatic Faust agent on the same work."""
    if what != "worker":
        raise typer.BadParameter(f"{what!r} is not measured here; worker is")
    if quick:
        contest = Contest(Load(_QUICK_EVENTS, _QUICK_EVENTS // 4, days, seed), runs=1, end_to_end=end_to_end)
    else:
        contest = Contest(Load(events, customers, days, seed), runs=runs, end_to_end=end_to_end)
    console = Console()
    with console.status("starting") as status:
        try:
            results = hold(contest, status.update)
        except (ServerFailed, RuntimeError) as error:
            sys.stderr.write(f"bench: {error}\n")
            raise typer.Exit(1) from None
    console.print(table_of(results))
    console.print(summary_of(results))
    if write:
        write_page(PAGE, page_of(contest, results, shlex.join(["python", "-m", "bench", *sys.argv[1:]])))


if __name__ == "__main__":
    typer.run(main)
