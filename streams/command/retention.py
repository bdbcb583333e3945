"""``stayline retention``: what is done to keep customers."""

from pathlib import Path
from typing import Annotated, Final

import typer

from retention.catalogue.sentences import sentences_of
from retention.effects.power import power_for_amounts, power_table
from streams.command.retention_log import evaluate, show_rules
from streams.retention_file import FILE, default_text, load_playbook, name_of
from streams.settings import load_settings

_SHARES_OF_DEVIATION: Final = (0.02, 0.05, 0.1, 0.2)
"""Effects on money that the power table shows, in standard deviations of the margin."""

retention = typer.Typer(help="Actions and rules to keep customers.", no_args_is_help=True)
retention.command("evaluate")(evaluate)
retention.command("rules")(show_rules)


@retention.command("check")
def check_playbook(
    file: Annotated[
        Path | None,
        typer.Argument(help=f"The playbook; unset: retention.playbook, {FILE} here, or the one that Stayline brings."),
    ] = None,
) -> None:
    """Check a playbook, and show its actions, rules and limits as sentences.

    Without a file it is the one by which worker, learner and notifier would decide if they were started here.

    For example: `stayline retention check retention.toml`
    """
    chosen = file or load_settings().retention.playbook
    playbook = load_playbook(chosen)
    for sentence in sentences_of(playbook):
        typer.echo(sentence)
    what = f"{len(playbook.actions)} actions, {len(playbook.rules)} rules"
    typer.echo(f"{name_of(chosen)}: policy version {playbook.version}: {what}.")


@retention.command("default")
def show_default() -> None:
    """Show the playbook that applies without a file, to begin one's own with.

    For example: `stayline retention default > retention.toml`
    """
    typer.echo(default_text(), nl=False)


@retention.command("power")
def show_power(
    buys: Annotated[
        float, typer.Option(min=0.001, max=0.999, help="Share of customers who buy within the horizon if held out.")
    ] = 0.3,
    deviation: Annotated[
        float | None,
        typer.Option(
            min=0.01, max=1e9, help="Standard deviation of the margin of a horizon: show effects on money instead."
        ),
    ] = None,
    explained: Annotated[
        float,
        typer.Option(min=0.0, max=0.99, help="Share of the outcome's variance that the risk and the value explain."),
    ] = 0.0,
) -> None:
    """Show how many decisions it takes to see an effect, by its size and the share held out.

    An effect is found with a probability of four in five: by an interval that is looked at once, or at all times.

    For example: `stayline retention power --buys 0.25`, or `stayline retention power --deviation 45`
    """
    if deviation is None:
        rows = [(f"{100 * row.effect:g} points", row) for row in power_table(buys, explained)]
    else:
        amounts = [deviation * share for share in _SHARES_OF_DEVIATION]
        rows = [(f"{row.effect:.2f}", row) for row in power_for_amounts(deviation, amounts, explained)]
    typer.echo(f"{'effect':>12}{'held out':>10}{'one look':>14}{'all looks':>14}   decisions")
    for effect, row in rows:
        typer.echo(f"{effect:>12}{row.holdout_share:>10.0%}{row.one_look:>14,}{row.all_looks:>14,}")
