"""``python -m bench.retention``: a simulated year; ``python -m bench.retention hillstrom FILE``: a real experiment."""

from pathlib import Path
from typing import Annotated

import typer

from bench.retention.hillstrom import print_hillstrom

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def main() -> None:
    """Show what acting on customers brings, and whether our intervals and verdicts are right."""


@app.command()
def hillstrom(file: Annotated[Path, typer.Argument(help="hillstrom.csv, gzipped or not.", exists=True)]) -> None:
    """Estimate effects and policies of the MineThatData e-mail experiment."""
    print_hillstrom(file)


if __name__ == "__main__":
    app()
