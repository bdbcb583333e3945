"""The command line, assembled."""

import sys
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Final

import typer

from runtime.service.logs import set_up_logging
from schemas.errors import StaylineError
from streams.command.common import with_notes

_HELP = """Says, while it happens, which customers are about to leave.

Purchases, returns and support contacts come in on Kafka; scores, reasons and alerts go out on Kafka and to
ClickHouse. `stayline demo` shows all of it on this machine.
"""


_COMMANDS: Final = {
    "See it": {
        "demo": "deploy.demo.command.demo",
        "import": ".imports.import_files",
        "backtest": ".history.backtest_file",
    },
    "Prepare": {
        "topics": ".prepare.topics",
        "migrate": ".prepare.migrate_clickhouse",
        "check": ".check.check",
        "learn": ".history.learn_history",
        "grow": ".maintain.grow",
        "settings": ".prepare.show_settings",
        "retention": ".retention.retention",
    },
    "Run": {
        "intake": ".processes.intake",
        "worker": ".processes.worker",
        "learner": ".processes.learner",
        "sink": ".processes.sink",
        "notifier": ".processes.notifier",
        "desk": ".desk.desk",
        "publish": ".history.publish_file",
    },
    "Look": {
        "customer": ".lookups.customer",
        "report": ".lookups.report",
        "trace": ".lookups.trace",
        "audit": ".maintain.audit",
        "forget": ".maintain.forget",
        "dead-letters": ".dead_letters.dead_letters",
    },
}
"""Place of each command, in the order in which a newcomer meets them; a dot stands for this package."""


def build(words: list[str] | None = None) -> typer.Typer:
    """Assemble the command line.

    Args:
        words: What was typed; where they begin with a command, no other is imported, for that takes half a second.
    """
    app = typer.Typer(
        help=_HELP,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        rich_markup_mode="markdown",
    )

    @app.callback()
    def begin(
        *,
        _version: Annotated[
            bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
        ] = False,
    ) -> None:
        """Keep Typer from taking a single command for the whole program."""

    names = {name for commands in _COMMANDS.values() for name in commands}
    wanted = names.intersection((words or [])[:1]) or names
    for panel, commands in _COMMANDS.items():
        for name, place in commands.items():
            if name in wanted:
                _add(app, name, place, panel)
    return app


def _add(app: typer.Typer, name: str, place: str, panel: str) -> None:
    module, _, function = place.rpartition(".")
    command = getattr(import_module(module, __package__), function)
    if isinstance(command, typer.Typer):
        app.add_typer(command, name=name, rich_help_panel=panel)
    else:
        app.command(name, rich_help_panel=panel)(command)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"stayline {version('stayline')}")
        raise typer.Exit


def run(app: typer.Typer) -> None:
    """Run a command line, tell an error of ours in one line, and exit with its code."""
    set_up_logging()
    try:
        app()
    except StaylineError as error:
        sys.stderr.write(f"stayline: {with_notes(error)}\n")
        sys.exit(error.exit_code)
