"""Publishing of a file, with a progress bar, until it is done or the process is told to end."""

from rich.console import Console
from rich.markup import escape

from runtime.service.signals import Interrupts
from schemas.errors import FatalError
from streams.command.common import instance_of, open_lines, progress_bar
from streams.publish.publish import Clock, Published, Publisher, publish
from streams.settings import load_settings


def publish_from_file(file: str, clock: Clock, days_per_second: float | None) -> None:
    """Publish the events of a file to the raw topics.

    Args:
        file: NDJSON, or ``-`` for standard input.
        clock: Gives the messages their timestamps.
        days_per_second: Let the events' own time pass at most so fast; None for no limit.

    Raises:
        UsageError: The file cannot be used.
        ServerUnreachableError: Kafka does not answer.
        FatalError: Told to end; the message says how much is there.
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
    console = Console(stderr=True)
    for line in published.say_passed_over():
        console.print(escape(line), soft_wrap=True)
    console.print(f"published {published.events:,} events")


def _publish(publisher: Publisher, file: str, days_per_second: float | None) -> None:
    with open_lines(file) as (lines, size), progress_bar("bytes published", size) as report:

        def report_published(published: Published) -> None:
            report(published.bytes + published.events)

        published = publish(
            publisher, map(bytes.rstrip, lines), days_per_second=days_per_second, progress=report_published
        )
        report(size or published.bytes)
