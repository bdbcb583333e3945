"""One comparison, or one after another, of what Kafka, states and ClickHouse hold."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from runtime.kafka.admin import require_kafka
from runtime.service.signals import Stopped, stop_on_signals
from schemas.errors import FatalError
from streams.audit.auditor import Auditor
from streams.audit.process import run_audit
from streams.audit.result import Round
from streams.command.common import settings_of_process
from streams.settings import load_settings


def audit_once(patience: float, examples: int) -> bool:
    """Compare once, print what came of it, and return True if all was compared, nothing differs and no id is shared.

    Args:
        patience: Seconds that worker and sink are waited for.
        examples: How many things of a difference are named.

    Raises:
        FatalError: Told to end before the comparison was done, or a record cannot be read.
        ServerUnreachableError: Kafka or ClickHouse does not answer.
    """
    settings = load_settings()
    require_kafka(settings.kafka)
    auditor = Auditor(
        settings.kafka,
        settings.clickhouse,
        settings.worker.application_id,
        patience_seconds=patience,
        examples=examples,
        stop=stop_on_signals(),
    )
    try:
        done = auditor.compare()
    except Stopped:
        raise FatalError("told to end before everything was compared") from None
    finally:
        auditor.close()
    show(Console(), done)
    return done.complete and not done.differences and not done.sharing


def audit_continuously(every: float, patience: float, examples: int) -> None:
    """Compare again and again until told to stop.

    Args:
        every: Seconds between two rounds.
        patience: Seconds that worker and sink are waited for.
        examples: How many things of a difference are named.

    Raises:
        ServerUnreachableError: Kafka does not answer at the start.
        UsageError: A topic is missing.
        FatalError: A record cannot be read.
    """
    settings = settings_of_process()
    run_audit(
        settings.kafka,
        settings.clickhouse,
        settings.observe,
        application_id=settings.worker.application_id,
        every_seconds=every,
        patience_seconds=patience,
        examples=examples,
        stop=stop_on_signals(),
    )


def show(console: Console, done: Round) -> None:
    """Print a round: a line for each part, then what is known of the differences."""
    table = Table(box=None, pad_edge=False)
    for title in ("Between", "Partition"):
        table.add_column(title, no_wrap=True)
    for title in ("Kafka", "Found", "Missing", "Too many"):
        table.add_column(title, justify="right")
    table.add_column("Remark", overflow="fold")
    for one in done.comparisons:
        figures = (one.expected, one.found, one.missing, one.extra)
        cells = [f"{number:,}" for number in figures] if one.done else ["?"] * len(figures)
        style = "red" if one.difference or one.shared else None
        table.add_row(one.between, one.part, *cells, escape(one.remark), style=style)
    console.print(table)
    for one in done.differences:
        console.print(escape(f"differs: {one}"), soft_wrap=True)
    for one in done.sharing:
        console.print(escape(f"ids of several customers: {one}"), soft_wrap=True)
    for ratio in done.ratios:
        if ratio.is_mismatch:
            console.print(escape(f"sample ratio: {ratio}"), style="red", soft_wrap=True)
    console.print(
        f"{done.events:,} events, {done.seconds:.1f} s: {done.verdict}"
        + ("" if done.complete else ", not all compared")
    )
