"""Publishing of a file, with a progress bar, until it is done or the process is told to end."""

from rich.console import Console
from rich.markup import escape

from runtime.service.signals import Interrupts
from schemas.errors import FatalError
from streams.command.common import instance_of, progress_bar
from streams.imports.history import OpenHistory
from streams.imports.history_source import HistorySource
from streams.imports.reading import Reading
from streams.publish.publish import Clock, Published, Publisher, publish
from streams.settings import Settings, load_settings


def publish_from_file(source: HistorySource, clock: Clock, days_per_second: float | None) -> int:
    """Publish the events of a file to the raw topics.

    Args:
        source: The history.
        clock: Gives the messages their timestamps.
        days_per_second: Let the events' own time pass at most so fast; None for no limit.

    Returns:
        Number of rows and lines that were refused.

    Raises:
        UsageError: The file cannot be used.
        ServerUnreachableError: Kafka does not answer.
        FatalError: Told to end; the message says how much is there.
    """
    settings = load_settings()
    interrupts = Interrupts().listen()
    published = Published()
    console = Console(stderr=True)
    with source.open(settings.risk.grace_days) as history:
        try:
            publisher = Publisher(settings.kafka, clock, instance_of(settings), interrupts)
            published = publisher.published
            refused = _announce(console, history, settings)
            _publish(publisher, history, days_per_second)
        except KeyboardInterrupt:
            raise FatalError(f"told to end; {published.so_far()}") from None
    for line in published.say_passed_over():
        console.print(escape(line), soft_wrap=True)
    console.print(f"published {published.events:,} events")
    return refused or sum(published.passed_over.values())


def _announce(console: Console, history: OpenHistory, settings: Settings) -> int:
    """Tell before anything is published what is refused, and return how many; of what is piped in it is not known."""
    if not history.again:
        return 0
    grace_days, max_bytes = settings.risk.grace_days, settings.intake.max_event_bytes
    reading = Reading(history, settings.money.rates, max_bytes, grace_days, lambda _bytes: None)
    for _ in reading.interactions():
        pass
    if reading.all_refused:
        for line in [*history.notes, *reading.tell_refused()]:
            console.print(escape(line), soft_wrap=True)
    return reading.all_refused


def _publish(publisher: Publisher, history: OpenHistory, days_per_second: float | None) -> None:
    with progress_bar("bytes published", history.size) as report:

        def report_published(published: Published) -> None:
            report(published.bytes + published.events)

        lines = map(bytes.rstrip, history.lines())
        published = publish(publisher, lines, days_per_second=days_per_second, progress=report_published)
        report(history.size or published.bytes)
