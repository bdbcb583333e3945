"""``stayline customer``, ``trace`` and ``report``: one person, one event, and all of them on a page."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from runtime.kafka.admin import require_kafka
from schemas.errors import UsageError
from sinks.clickhouse.client import open_client
from sinks.queries.customers import customer_outlook, customer_profile, recent_interactions
from sinks.queries.dead_letters import DeadLetterFilter, find_dead_letters
from sinks.queries.event_trace import stored_event
from sinks.queries.log_end import log_end
from streams.command.render import show_interactions, show_outlook, show_profile, show_refusals, show_trace
from streams.event_trace import EventTrace
from streams.settings import load_settings

_MOST_REFUSALS = 10


def customer(
    customer_id: Annotated[str, typer.Argument(metavar="ID", help="The customer_id that upstream publishes.")],
    recent: Annotated[int, typer.Option(min=0, max=1000, help="How many interactions to show.")] = 10,
) -> None:
    """Show a customer's profile, recent interactions, and why the risk is what it is.

    For example: `stayline customer c-4711 --recent 20`
    """
    settings = load_settings()
    with open_client(settings.clickhouse) as client:
        profile = customer_profile(client, customer_id)
        if profile is None:
            raise UsageError(f"customer {customer_id!r} is not known; has an event of theirs been published?")
        outlook = customer_outlook(client, customer_id)
        end = log_end(client)
        interactions = recent_interactions(client, customer_id, recent)
    console, now = Console(), datetime.now(UTC)
    as_of = end or now
    show_profile(console, profile, settings.money.reporting_currency, settings.risk.horizon_days, as_of, now)
    if outlook is not None:
        show_outlook(console, outlook, settings.risk.horizon_days, as_of)
    if interactions:
        show_interactions(console, interactions)


def trace(
    event_id: Annotated[str, typer.Argument(help="The event_id that upstream publishes.")],
    seconds: Annotated[float, typer.Option(min=1.0, help="How long each topic is searched at most.")] = 20.0,
) -> None:
    """Show an event's way: published, in a page, scored, in ClickHouse; or refused, and why.

    For example: `stayline trace e-1`
    """
    settings = load_settings()
    with open_client(settings.clickhouse) as client:
        event = stored_event(client, event_id)
        refused = find_dead_letters(client, DeadLetterFilter(event_id=event_id), _MOST_REFUSALS)
    show_refusals(Console(), event_id, refused)
    if event is None and refused:
        return
    if event is None:
        raise UsageError(
            f"event {event_id!r} is not in ClickHouse, nor among dead letters: not published, or still on its way "
            "(stayline check)"
        )
    require_kafka(settings.kafka)
    with closing(EventTrace(settings.kafka, event, seconds)) as traced:
        raw, page, score = traced.raw(), traced.page(), traced.score()
    show_trace(Console(), event, raw, page, score)


def report(
    out: Annotated[Path, typer.Option(help="The HTML file to write; what is there is replaced.")] = Path("report.html"),
    days: Annotated[
        int, typer.Option(min=1, max=3650, help="Look back so far from the last moment in the log; by weeks beyond 60.")
    ] = 180,
    url: Annotated[str | None, typer.Option(help="ClickHouse's HTTP address; default: clickhouse.url.")] = None,
) -> None:
    """Write a page about revenue and returns, risk, segments, who left and why, and how good the risks were.

    It is one file with everything in it, to be sent by mail or printed. Figures come from ClickHouse alone and only
    reading is needed, so it can run as stayline_analyst, from cron, while everything else runs.

    For example: `stayline report --days 90 --out /srv/reports/customers.html`
    """
    from sinks.report.page import gather, write_page  # noqa: PLC0415 - the plots take a second to import

    settings = load_settings()
    clickhouse = settings.clickhouse if url is None else settings.clickhouse.model_copy(update={"url": url})
    with open_client(clickhouse) as client:
        figures = gather(client, days)
    page = write_page(figures, settings.money.reporting_currency, settings.risk.horizon_days, datetime.now(UTC))
    try:
        out.write_text(page, "utf-8")
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}") from None
    typer.echo(f"{out}: nothing has happened yet" if figures is None else f"{out}: {figures.period.days} days")
