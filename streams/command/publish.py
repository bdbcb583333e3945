"""``stayline publish``: events from a file onto the raw topics."""

from typing import Annotated

import typer
from rich.console import Console

from runtime.service.signals import Interrupts
from schemas.errors import FatalError
from streams.command.common import instance_of, open_lines, progress_bar
from streams.publish.publish import Clock, Published, Publisher, publish
from streams.settings import load_settings


def publish_file(
    file: Annotated[str, typer.Argument(help="NDJSON, one event a line, each with its type; - reads standard input.")],
    clock: Annotated[
        Clock,
        typer.Option(help="Timestamps of the messages: each event's own time (a history), or the present."),
    ] = "now",
    days_per_second: Annotated[
        float | None,
        typer.Option(min=0.001, help="Let the events' own time pass at most so fast; default: as fast as it goes."),
    ] = None,
) -> None:
    """Publish events from a file to purchases, returns and support_contacts.

    Publishing the same file again changes nothing: events are known by their event_id.
    """
    settings = load_settings()
    interrupts = Interrupts().listen()
    published = Published()
    try:
        publisher = Publisher(settings.kafka, clock, instance_of(settings), interrupts)
        published = publisher.published
        _publish(publisher, file, days_per_second)
    except KeyboardInterrupt:
        raise FatalError(f"told to end; {published.so_far()}") from None
    Console(stderr=True).print(f"published {published.events:,} events")


def _publish(publisher: Publisher, file: str, days_per_second: float | None) -> None:
    with open_lines(file) as (lines, size), progress_bar("bytes published", size) as report:

        def tell(published: Published) -> None:
            report(published.bytes + published.events)

        published = publish(publisher, map(bytes.rstrip, lines), days_per_second=days_per_second, progress=tell)
        report(size or published.bytes)
