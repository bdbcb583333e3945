"""Table of what was decided in the shop of the demo, done and held out, and what it brought beside the truth."""

from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from deploy.demo.play.team import ActionTruth
from schemas.records.verdict import verdict_in_words
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import open_client

_EFFECTS: Final = """
SELECT action, effect, always_low, always_high, verdict, more
FROM retention_effects WHERE scope = 'all'"""

_COLUMNS: Final = ("action", "decided", "held out", "done", "not reached", "needless", "lapsed")


def show_retention(
    console: Console, clickhouse: ClickHouseSettings, truth: Mapping[str, ActionTruth], currency: str
) -> None:
    """Print a line for each action.

    Args:
        console: Where.
        clickhouse: Where the outcomes are.
        truth: What became of the decisions, and what acting truly brought.
        currency: Of all amounts.
    """
    with open_client(clickhouse) as client:
        effects = {row["action"]: row for row in client.query(_EFFECTS).named_results()}
    console.rule(f"What acting brought, {currency} of margin a decision")
    table = Table(box=None, pad_edge=False)
    for column in _COLUMNS:
        table.add_column(column, justify="left" if column == "action" else "right")
    table.add_column("measured", justify="right", no_wrap=True)
    table.add_column("true", justify="right")
    table.add_column("verdict")
    for name, one in truth.items():
        counts = (one.decided, one.held_out, one.done, one.not_reached, one.needless, one.lapsed)
        true = "-" if one.true_gain is None else f"{one.true_gain:+.2f}"
        measured, verdict = _in_words(effects.get(name))
        table.add_row(name.replace("_", " "), *(f"{count:,}" for count in counts), measured, true, verdict)
    console.print(table)
    console.print(
        "[dim]Measured against those held out, with an interval that holds however often one looks. The truth is known "
        "to the simulator alone: it plays each customer's life with and without what was done.[/dim]"
    )


def _in_words(effect: Mapping[str, Any] | None) -> tuple[str, str]:
    """Return an effect with its interval, and its verdict."""
    if effect is None:
        return "-", "no outcome is settled yet"
    low, high = effect["always_low"], effect["always_high"]
    interval = "" if low is None else f" ({low:+.2f} to {high:+.2f})"
    return f"{effect['effect']:+.2f}{interval}", verdict_in_words(effect["verdict"], effect["more"])
