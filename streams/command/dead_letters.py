"""``stayline dead-letters list | show | redrive``: what was refused, why, and back to where it came from."""

import time
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from runtime.service.signals import Interrupts
from schemas.dead_letter import CUSTOMERS, DeadLetter
from schemas.errors import FatalError, UsageError
from schemas.history import HistoryLine
from schemas.pages import Headers, Page, encode_headers
from sinks.clickhouse.client import open_client
from sinks.queries.dead_letters import LetterFilter, find_letters
from streams.command.common import instance_of, progress_bar
from streams.intake.partition import split_by_customer
from streams.publish.publish import Publisher
from streams.settings import load_settings
from streams.topics import INTERACTIONS

dead_letters = typer.Typer(
    rich_markup_mode="markdown", help="See refused messages, and send mended ones back.", no_args_is_help=True
)

_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]

ReasonOption = Annotated[str | None, typer.Option(help="Only those refused for this reason.")]
TopicOption = Annotated[str | None, typer.Option(help="Only those read from this topic.")]
SinceOption = Annotated[datetime | None, typer.Option(formats=_FORMATS, help="Only those refused since then, UTC.")]
UntilOption = Annotated[datetime | None, typer.Option(formats=_FORMATS, help="Only those refused before then, UTC.")]
LimitOption = Annotated[int, typer.Option(min=1, help="At most so many, the latest first.")]


@dead_letters.command("list")
def list_letters(
    reason: ReasonOption = None,
    topic: TopicOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: LimitOption = 20,
) -> None:
    """List dead letters, the latest first."""
    table = Table(box=None, pad_edge=False)
    for column in ("topic", "partition", "offset", "refused", "reason", "detail"):
        table.add_column(column, overflow="ellipsis", no_wrap=column != "detail")
    for letter in _find(LetterFilter(reason=reason, topic=topic, since=since, until=until), limit):
        table.add_row(
            letter.topic,
            str(letter.partition),
            str(letter.offset),
            f"{letter.refused_at:%Y-%m-%d %H:%M:%S}",
            letter.reason,
            escape(letter.detail[:200]),
        )
    Console().print(table)


@dead_letters.command("show")
def show_letter(
    topic: Annotated[str, typer.Argument(help="Raw topic.")],
    partition: Annotated[int, typer.Argument(help="Its partition.")],
    offset: Annotated[int, typer.Argument(help="The message's offset.")],
) -> None:
    """Show one dead letter with its original bytes."""
    found = _find(LetterFilter(topic=topic, partition=partition, offset=offset), 1)
    if not found:
        raise UsageError(f"there is no dead letter of {topic}, partition {partition}, offset {offset}")
    letter = found[0]
    typer.echo(f"reason:   {letter.reason}\ndetail:   {letter.detail}\nrefused:  {letter.refused_at.isoformat()}")
    typer.echo(f"original: {letter.original_size} bytes\n")
    typer.echo(letter.original.decode("utf-8", "backslashreplace"))


@dead_letters.command("redrive")
def redrive_letters(
    reason: ReasonOption = None,
    topic: TopicOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: LimitOption = 1000,
    rate: Annotated[float, typer.Option(min=0.1, help="Messages a second at most.")] = 500.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent.")] = False,
) -> None:
    """Send chosen dead letters back to the topics that they were read from.

    One that is good by now is taken in and counted once; one that is still bad comes back as a new dead letter.
    """
    found = _find(LetterFilter(reason=reason, topic=topic, since=since, until=until), limit)
    letters = [letter for letter in found if letter.topic != CUSTOMERS]
    if len(letters) < len(found):
        typer.echo(f"{len(found) - len(letters)} are customers' states; the worker tries these again itself", err=True)
    whole = [letter for letter in reversed(letters) if len(letter.original) == letter.original_size]
    if len(whole) < len(letters):
        typer.echo(f"{len(letters) - len(whole)} were cut, being too long; send those again from upstream", err=True)
    if dry_run:
        for letter in whole:
            typer.echo(f"would send {letter.topic} {letter.partition} {letter.offset} ({letter.reason})")
        return
    try:
        _send(whole, rate)
    except KeyboardInterrupt:
        raise FatalError(f"told to end before all {len(whole)} were sent back; run the same again") from None
    typer.echo(f"sent {len(whole)} back")


def _send(letters: list[DeadLetter], rate: float) -> None:
    settings = load_settings()
    publisher = Publisher(settings.kafka, "now", f"redrive-{instance_of(settings)}", Interrupts().listen())
    step = max(round(rate / 10), 1)
    with progress_bar("sent back", len(letters)) as report:
        for first in range(0, len(letters), step):
            part = letters[first : first + step]
            for page in (letter for letter in part if letter.topic == INTERACTIONS):
                for partition, lines in _pages_of(page, settings.kafka.interactions_partitions):
                    publisher.send_page(partition, lines, _headers_of(lines))
            publisher.send(_line_of(letter) for letter in part if letter.topic != INTERACTIONS)
            report(first + len(part))
            time.sleep(len(part) / rate)


def _line_of(letter: DeadLetter) -> HistoryLine:
    return HistoryLine(letter.topic, letter.original, None)


def _pages_of(letter: DeadLetter, partitions: int) -> Iterable[tuple[int, bytes]]:
    """A page whose lines cannot be read goes back to where it was, and is set aside again until a worker can."""
    try:
        return split_by_customer(letter.original, partitions)
    except msgspec.DecodeError:
        return [(letter.partition, letter.original)]


def _headers_of(page: bytes) -> Headers:
    """A page that a worker had set aside says nothing new of time; its lines are folded as late ones."""
    return encode_headers(Page(source="redrive", lines=page.count(b"\n"), clock=0, progress={}))


def _find(wanted: LetterFilter, limit: int) -> list[DeadLetter]:
    with open_client(load_settings().clickhouse) as client:
        return find_letters(client, wanted, limit)
