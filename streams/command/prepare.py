"""``stayline topics`` and ``stayline migrate``: what must be there before the processes start."""

import typer

from sinks.kafka import require_kafka
from sinks.migrate import migrate
from streams.settings import load_settings
from streams.topics import create_topics


def topics() -> None:
    """Create the Kafka topics that are missing; those that exist are left as they are."""
    settings = load_settings()
    require_kafka(settings.kafka)
    created = create_topics(settings.kafka, settings.worker)
    typer.echo(f"created {', '.join(created)}" if created else "all topics are there")


def migrate_clickhouse() -> None:
    """Bring the ClickHouse database to this program's schema; what was applied before is left as it is."""
    applied = migrate(load_settings().clickhouse)
    typer.echo(f"applied {', '.join(applied)}" if applied else "the schema is up to date")
