"""``stayline dead-letters list | show | redrive``: refused messages, why they were refused, and their way back."""

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from schemas.errors import FatalError, UsageError
from schemas.events.dead_letter import CUSTOMERS, DeadLetter, ids_in, visible
from schemas.events.refuse import faults_in
from sinks.clickhouse.client import open_client
from sinks.queries.dead_letters import DeadLetterFilter, find_dead_letters
from streams.command.common import instance_of, progress_bar
from streams.publish.redrive import redrive
from streams.settings import load_settings

dead_letters = typer.Typer(
    rich_markup_mode="markdown", help="See refused messages, and send mended ones back.", no_args_is_help=True
)

_LONGEST_ID = 16
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
    table.add_column("where", no_wrap=True)
    for column in ("event", "customer"):
        table.add_column(column, overflow="ellipsis", no_wrap=True, max_width=_LONGEST_ID)
    table.add_column("reason", no_wrap=True)
    table.add_column("what is wrong", overflow="fold")
    for letter in _find(DeadLetterFilter(reason=reason, topic=topic, since=since, until=until), limit):
        ids = ids_in(letter.original)
        fault = faults_in(letter.refusal)[0]
        named = (_place(letter), ids.event_id, ids.customer_id, letter.reason)
        table.add_row(*(escape(visible(text)) for text in (*named, fault.field or fault.msg)))
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
    ids = ids_in(letter.original)
    for name, text in (("event", ids.event_id), ("customer", ids.customer_id), ("reason", letter.reason)):
        typer.echo(f"{name + ':':9} {visible(text)}")
    for fault in faults_in(letter.refusal):
        typer.echo(f"fault:    {visible(fault.sentence)}")
    typer.echo(f"refused:  {letter.refused_at.isoformat()}\noriginal: {letter.original_size} bytes\n")
    typer.echo(visible(letter.original.decode("utf-8", "backslashreplace")))


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
    letters = [letter for letter in found if letter.topic != CUSTOMERS and letter.reason != "id_reused"]
    if states := sum(letter.topic == CUSTOMERS for letter in found):
        typer.echo(f"{states} are customers' states; the worker tries these again itself", err=True)
    if reused := sum(letter.reason == "id_reused" for letter in found):
        typer.echo(f"{reused} have the id of another event; publish those again under ids of their own", err=True)
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


def _place(letter: DeadLetter) -> str:
    return f"{letter.topic}/{letter.partition}/{letter.offset}"


def _find(wanted: DeadLetterFilter, limit: int) -> list[DeadLetter]:
    with open_client(load_settings().clickhouse) as client:
        return find_dead_letters(client, wanted, limit)
