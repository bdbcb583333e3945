"""``stayline backtest``: how good the risks would have been on a history."""

from pathlib import Path
from typing import Annotated

import typer


def backtest_file(
    file: Annotated[str, typer.Argument(help="NDJSON, one event a line, each with its type; - reads standard input.")],
    horizon: Annotated[
        float | None, typer.Option(help="Leaving means buying nothing for so many days; default: risk.horizon_days.")
    ] = None,
    at: Annotated[
        str,
        typer.Option(
            help="When a risk is given: after each of the purchases, weekly (Mondays) or monthly (the 1st) to "
            "everyone who has bought, or as a CSV file says in its columns customer_id and decision_time "
            "(a time without an offset is UTC)."
        ),
    ] = "monthly",
    scores: Annotated[
        Path | None,
        typer.Option(help="Write customer_id, decision_time, risk, label and the outlook here, as CSV, by time."),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write one HTML page about the quality here.")] = None,
    suggest_horizon: Annotated[
        bool, typer.Option(help="Also propose a horizon from the gaps between purchases; the report gets a plot.")
    ] = False,
    compare: Annotated[
        bool | None,
        typer.Option(
            "--compare/--no-compare",
            help="Also judge simpler and dearer methods, refitted every month, on the last third; default: with a "
            "report. Gradient boosting takes part where the extra is installed: pip install 'stayline[compare]'.",
        ),
    ] = None,
) -> None:
    """Say how good the risks would have been: play a history through, giving each with what was known by then.

    The label of a score is 1 where the customer bought nothing within the horizon, 0 where they bought, and empty
    where the history ends before the horizon does. Of a customer who was not yet known, as many leave as have left so
    far: that is their risk. The same history gives the same scores, and so does the part of it up to their moment.
    """
    from streams.backtest.run import run_backtest  # noqa: PLC0415 - River and the plots take a second to import

    compares = report is not None if compare is None else compare
    run_backtest(file, horizon, at, scores, report, suggests_horizon=suggest_horizon, compares=compares)
