"""``stayline retention``: what is done to keep customers."""

from pathlib import Path
from typing import Annotated

import typer

from retention.catalogue.sentences import sentences_of
from streams.retention_file import FILE, default_text, load_playbook

retention = typer.Typer(help="Actions and rules to keep customers.", no_args_is_help=True)


@retention.command("check")
def check_playbook(
    file: Annotated[
        Path | None, typer.Argument(help=f"The playbook; by default {FILE} here, or the one that Stayline brings.")
    ] = None,
) -> None:
    """Check a playbook, and show its actions, rules and limits as sentences.

    For example: `stayline retention check retention.toml`
    """
    playbook = load_playbook(file)
    for sentence in sentences_of(playbook):
        typer.echo(sentence)
    typer.echo(f"Policy version {playbook.version}: {len(playbook.actions)} actions, {len(playbook.rules)} rules.")


@retention.command("default")
def show_default() -> None:
    """Show the playbook that applies without a file, to begin one's own with.

    For example: `stayline retention default > retention.toml`
    """
    typer.echo(default_text(), nl=False)
