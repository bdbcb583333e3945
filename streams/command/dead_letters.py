"""``stayline dead-letters list | show | redrive``: refused messages, why they were refused, and their way back."""

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from schemas.errors import FatalError, UsageError
from schemas.events.dead_letter import CUSTOMERS, DeadLetter
from sinks.clickhouse.client import open_client
from sinks.queries.dead_letters import DeadLetterFilter, find_dead_letters
from streams.command.common import instance_of, progress_bar
from streams.publish.redrive import redrive
from streams.settings import load_settings

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
    """List dead letters, the latest first.

    For example: `stayline dead-letters list --reason invalid --since 2026-03-01`
    """
    table = Table(box=None, pad_edge=False)
    for column in ("topic", "partition", "offset", "refused", "reason", "detail"):
        table.add_column(column, overflow="ellipsis", no_wrap=column != "detail")
    for letter in _find(DeadLetterFilter(reason=reason, topic=topic, since=since, until=until), limit):
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
    """Show one dead letter with its original bytes.

    For example: `stayline dead-letters show purchases 3 1742`
    """
    found = _find(DeadLetterFilter(topic=topic, partition=partition, offset=offset), 1)
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

    For example: `stayline dead-letters redrive --reason unknown_currency --dry-run`
    """
    found = _find(DeadLetterFilter(reason=reason, topic=topic, since=since, until=until), limit)
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
    settings = load_settings()
    try:
        with progress_bar("sent back", len(whole)) as report:
            redrive(whole, settings, f"redrive-{instance_of(settings)}", rate, report)
    except KeyboardInterrupt:
        raise FatalError(f"told to end before all {len(whole)} were sent back; run the same again") from None
    typer.echo(f"sent {len(whole)} back")


def _find(wanted: DeadLetterFilter, limit: int) -> list[DeadLetter]:
    with open_client(load_settings().clickhouse) as client:
        return find_dead_letters(client, wanted, limit)
