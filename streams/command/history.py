"""``stayline backtest``, ``learn`` and ``publish``: the commands that read a history from a file."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from streams.backtest.files import BacktestFiles
from streams.imports.history_source import HistorySource
from streams.imports.presets import PRESETS, load_mapping

HistoryArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE",
        help="Events, one a line, each with its type (NDJSON, gzip and Zstandard included); with --as or --map, files "
        "as other systems export them. - reads standard input.",
    ),
]
AsOption = Annotated[
    str | None,
    typer.Option("--as", metavar="PRESET", help=f"Read the files by a mapping of Stayline's: {', '.join(PRESETS)}."),
]
MapOption = Annotated[
    Path | None, typer.Option("--map", help="Read the files by a mapping of your own (docs/your-own-data.md).")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Change a setting of the mapping, as time.zone=Europe/Berlin."),
]
StrictOption = Annotated[bool, typer.Option("--strict", help="End with exit code 1 if anything was refused.")]


def backtest_file(
    files: HistoryArgument,
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
    decisions: Annotated[
        Path | None,
        typer.Option(
            help="Also decide by the playbook (retention.playbook, retention.toml here, or the default) and write each "
            "decision here, one a line: the records that workers would have published on the topic decisions."
        ),
    ] = None,
    outcomes: Annotated[
        Path | None,
        typer.Option(
            help="Also decide, and write what followed each decision here: the records of the topic outcomes."
        ),
    ] = None,
    suggest_horizon: Annotated[
        bool, typer.Option(help="Also propose a horizon from the gaps between purchases; the report gets a plot.")
    ] = False,
    compare: Annotated[
        bool | None,
        typer.Option(
            "--compare/--no-compare",
            help="Also score by simpler and dearer methods, refitted every month, on the last third; default: with a "
            "report. Gradient boosting takes part where the extra is installed: pip install 'stayline[compare]'.",
        ),
    ] = None,
    preset: AsOption = None,
    mapping: MapOption = None,
    changes: SetOption = None,
    strict: StrictOption = False,
) -> None:
    """Say how good the risks would have been: play a history through, giving each with what was known by then.

    The label of a score is 1 where the customer bought nothing within the horizon, 0 where they bought, and empty
    where the history ends before the horizon does. Of a customer who was not yet known, as many leave as have left so
    far: that is their risk. The same history gives the same scores, and so does the part of it up to their moment.

    With --decisions or --outcomes the playbook is tried on the history: how many decisions of which action it makes,
    for whom and why. Nobody has carried them out, so outcomes say what customers did by themselves, not what acting
    brings; unless the history has actions_taken that name these decisions, as the log of a shop has that decided by
    this playbook. It takes several times as long.

    The first lines say what a careful analyst would look at in the history, and what was refused.

    For example: `stayline backtest history.ndjson --horizon 90 --at monthly --report report.html`,
    `stayline backtest orders.csv --as order-lines --horizon 60`, or
    `stayline backtest history.ndjson --decisions decisions.ndjson`
    """
    from streams.backtest.run import run_backtest  # noqa: PLC0415 - River and the plots take a second to import

    compares = report is not None if compare is None else compare
    written = BacktestFiles(scores=scores, report=report, decisions=decisions, outcomes=outcomes)
    source = HistorySource(files, load_mapping(preset, mapping, changes or []))
    refused = run_backtest(source, horizon, at, written, suggests_horizon=suggest_horizon, compares=compares)
    end_if_strict(refused, strict=strict)


def learn_history(
    files: HistoryArgument,
    replace: Annotated[bool, typer.Option("--replace", help="Publish even if a model is there.")] = False,
    preset: AsOption = None,
    mapping: MapOption = None,
    changes: SetOption = None,
    strict: StrictOption = False,
) -> None:
    """Learn a history in one process and publish it to model_epochs, for the workers and the learner to go on from.

    Stop the learner while doing so, and do not publish the same events to the raw topics afterwards: their answers
    would be learnt twice. Refused where a model is there, which may be of other features or another horizon.

    For example: `stayline learn history.ndjson`
    """
    from streams.learner.from_history import run_learning  # noqa: PLC0415 - River takes a second to import

    source = HistorySource(files, load_mapping(preset, mapping, changes or []))
    end_if_strict(run_learning(source, replace=replace), strict=strict)


def publish_file(
    files: HistoryArgument,
    clock: Annotated[
        Literal["event", "now"],
        typer.Option(help="Timestamps of the messages: each event's own time (a history), or the present."),
    ] = "now",
    days_per_second: Annotated[
        float | None,
        typer.Option(min=0.001, help="Let the events' own time pass at most so fast; default: as fast as it goes."),
    ] = None,
    preset: AsOption = None,
    mapping: MapOption = None,
    changes: SetOption = None,
    strict: StrictOption = False,
) -> None:
    """Publish events from a file, each to the raw topic of its type.

    Publishing the same file again changes nothing: events are known by their event_id.

    For example: `stayline publish history.ndjson --clock event`
    """
    from streams.publish.from_file import publish_from_file  # noqa: PLC0415 - Kafka's client takes time to import

    source = HistorySource(files, load_mapping(preset, mapping, changes or []))
    end_if_strict(publish_from_file(source, clock, days_per_second), strict=strict)


def end_if_strict(refused: int, *, strict: bool) -> None:
    """End with exit code 1 if anything was refused and that was not to be."""
    if strict and refused:
        raise typer.Exit(1)
