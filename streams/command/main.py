"""The command line, assembled."""

import sys

import typer

from schemas.errors import StaylineError
from streams.command import serve
from streams.command.audit import audit
from streams.command.backtest import backtest_file
from streams.command.check import check
from streams.command.customer import customer
from streams.command.dead_letters import dead_letters
from streams.command.demo import demo
from streams.command.forget import forget
from streams.command.grow import grow
from streams.command.learn import learn_history
from streams.command.logs import set_up_logging
from streams.command.prepare import migrate_clickhouse, topics
from streams.command.publish import publish_file
from streams.command.report import report
from streams.command.show_settings import show_settings
from streams.command.trace import trace

_HELP = """Says, while it happens, which customers are about to leave.

Purchases, returns and support contacts come in on Kafka; scores, reasons and alerts go out on Kafka and to
ClickHouse. `stayline demo` shows all of it on this machine.
"""


def build() -> typer.Typer:
    """Assemble the commands, in the order in which a newcomer meets them."""
    app = typer.Typer(
        help=_HELP,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        rich_markup_mode="markdown",
    )
    see, prepare, run, look = "See it", "Prepare", "Run", "Look"
    app.command("demo", rich_help_panel=see)(demo)
    app.command("backtest", rich_help_panel=see)(backtest_file)
    app.command("topics", rich_help_panel=prepare)(topics)
    app.command("migrate", rich_help_panel=prepare)(migrate_clickhouse)
    app.command("check", rich_help_panel=prepare)(check)
    app.command("learn", rich_help_panel=prepare)(learn_history)
    app.command("grow", rich_help_panel=prepare)(grow)
    app.command("settings", rich_help_panel=prepare)(show_settings)
    app.command("intake", rich_help_panel=run)(serve.intake)
    app.command("worker", rich_help_panel=run)(serve.worker)
    app.command("learner", rich_help_panel=run)(serve.learner)
    app.command("sink", rich_help_panel=run)(serve.sink)
    app.command("notifier", rich_help_panel=run)(serve.notifier)
    app.command("publish", rich_help_panel=run)(publish_file)
    app.command("customer", rich_help_panel=look)(customer)
    app.command("report", rich_help_panel=look)(report)
    app.command("trace", rich_help_panel=look)(trace)
    app.command("audit", rich_help_panel=look)(audit)
    app.command("forget", rich_help_panel=look)(forget)
    app.add_typer(dead_letters, name="dead-letters", rich_help_panel=look)
    return app


def main() -> None:
    """Run the command line and exit with its code."""
    set_up_logging()
    try:
        build()()
    except StaylineError as error:
        sys.stderr.write(f"stayline: {error}\n")
        sys.exit(error.exit_code)
