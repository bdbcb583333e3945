"""``stayline topics``, ``migrate`` and ``settings``: what there must be before the processes start."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from runtime.kafka.admin import require_kafka
from streams.settings import load_settings, setting_rows
from streams.topics import create_topics


def topics() -> None:
    """Create the Kafka topics that are missing; those that exist are left as they are.

    For example: `STAYLINE_KAFKA__REPLICATION_FACTOR=3 stayline topics`
    """
    settings = load_settings()
    require_kafka(settings.kafka)
    created = create_topics(settings.kafka, settings.worker)
    typer.echo(f"created {', '.join(created)}" if created else "all topics are there")


def migrate_clickhouse(
    roles: Annotated[
        bool, typer.Option("--roles", help="Also create stayline_writer and stayline_analyst; see docs/tables.md.")
    ] = False,
) -> None:
    """Bring the ClickHouse database to this program's schema; what was applied before is left as it is.

    Rows are kept for ever unless STAYLINE_CLICKHOUSE__KEEP_DAYS says otherwise. Creating roles needs a user who may
    manage access; it can be done again and again.

    For example: `stayline migrate --roles`
    """
    # ClickHouse's client takes time to import, and `stayline topics` does without.
    from sinks.clickhouse.migrate import migrate  # noqa: PLC0415
    from sinks.clickhouse.roles import ANALYST, WRITER, create_roles  # noqa: PLC0415
    from sinks.clickhouse.time_to_live import set_times_to_live  # noqa: PLC0415

    settings = load_settings().clickhouse
    applied = migrate(settings)
    typer.echo(f"applied {', '.join(applied)}" if applied else "the schema is up to date")
    for change in set_times_to_live(settings):
        typer.echo(change)
    if roles:
        create_roles(settings)
        typer.echo(f"roles {WRITER} and {ANALYST} may use database {settings.database}")


def show_settings() -> None:
    """Show every setting, its value here, and what it means.

    A setting comes from its variable or from `stayline.toml` in this folder, where STAYLINE_RISK__HORIZON_DAYS is
    `horizon_days` in the section `[risk]`.

    For example: `STAYLINE_RISK__HORIZON_DAYS=60 stayline settings`
    """
    table = Table(box=None, pad_edge=False)
    table.add_column("Variable", no_wrap=True)
    table.add_column("Value", overflow="fold")
    table.add_column("Meaning", overflow="fold")
    for name, value, meaning in setting_rows(load_settings()):
        table.add_row(name, value, meaning)
    Console().print(table)
