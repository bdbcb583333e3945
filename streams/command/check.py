"""``stayline check``: servers, topics and tables compared with what the processes need."""

from collections.abc import Iterator
from dataclasses import dataclass

import typer
from rich.console import Console
from rich.markup import escape

from runtime.kafka.admin import require_kafka
from schemas.errors import ServerUnreachableError, StaylineError
from sinks.clickhouse.client import open_client
from sinks.clickhouse.migrate import pending_migrations
from streams.settings import Settings, load_settings
from streams.topics import differences


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: What.
        trouble: What is wrong and what to do; None where it is as it should be.
        exit_code: What the trouble is worth.
    """

    name: str
    trouble: str | None
    exit_code: int = 1


def check() -> None:
    """Say for each server, topic and table whether it is as it should be, and what to do where not.

    For example: `stayline check` after `stayline topics` and `stayline migrate`; it ends with 0 where all is well.
    """
    console = Console()
    settings = load_settings()
    worst = 0
    for finding in [*check_kafka(settings), *check_clickhouse(settings)]:
        console.print(_line(finding), soft_wrap=True)
        if finding.trouble is not None:
            worst = max(worst, finding.exit_code)
    raise typer.Exit(worst)


def check_kafka(settings: Settings) -> Iterator[Finding]:
    """The broker and the topics."""
    name = f"Kafka at {settings.kafka.bootstrap_servers}"
    try:
        require_kafka(settings.kafka)
    except ServerUnreachableError as error:
        yield Finding(name, str(error), error.exit_code)
        return
    yield Finding(name, None)
    for topic, trouble in differences(settings.kafka, settings.worker):
        yield Finding(f"topic {topic}", trouble)


def check_clickhouse(settings: Settings) -> Iterator[Finding]:
    """The database and its schema."""
    name = f"ClickHouse at {settings.clickhouse.url}"
    try:
        with open_client(settings.clickhouse, database=""):
            pass
        yield Finding(name, None)
        pending = pending_migrations(settings.clickhouse)
    except StaylineError as error:
        yield Finding(name, str(error), error.exit_code)
        return
    trouble = f"{', '.join(pending)} not applied; run `stayline migrate`" if pending else None
    yield Finding(f"database {settings.clickhouse.database}", trouble)


def _line(finding: Finding) -> str:
    if finding.trouble is None:
        return f"[green]ok  [/green] {finding.name}"
    said = finding.trouble if finding.trouble.startswith(finding.name) else f"{finding.name}: {finding.trouble}"
    return f"[red]no  [/red] {escape(said)}"
