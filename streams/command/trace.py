"""``stayline trace EVENT_ID``: one event's way from its publisher to ClickHouse, with times."""

from contextlib import closing
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from runtime.kafka.clients import require_kafka
from schemas.errors import UsageError
from schemas.moments import from_ms
from sinks.clickhouse.client import open_client
from sinks.queries.event_trace import StoredEvent, stored_event
from streams.event_trace import Journey, Stop
from streams.settings import load_settings

_SINCE_1970 = from_ms(0)
_DAY_SECONDS = 86_400


def trace(
    event_id: Annotated[str, typer.Argument(help="The event_id that upstream publishes.")],
    seconds: Annotated[float, typer.Option(min=1.0, help="How long each topic is searched at most.")] = 20.0,
) -> None:
    """Show an event's way: published, in a page, scored, in ClickHouse."""
    settings = load_settings()
    with open_client(settings.clickhouse) as client:
        event = stored_event(client, event_id)
    if event is None:
        raise UsageError(
            f"event {event_id!r} is not in ClickHouse: not published, still on its way (stayline check), "
            "or refused (stayline dead-letters list)"
        )
    require_kafka(settings.kafka)
    with closing(Journey(settings.kafka, event, seconds)) as journey:
        raw, page, score = journey.raw(), journey.page(), journey.score()
    _show(Console(), event, raw, page, score)


def _show(console: Console, event: StoredEvent, raw: Stop | None, page: Stop | None, score: Stop | None) -> None:
    console.print(
        f"[bold]{escape(event.event_id)}[/bold], a {event.type.replace('_', ' ')} of {escape(event.customer_id)}"
    )
    given = bool(raw and raw.trace_id)
    console.print(f"trace {event.trace}{'' if given else ', by where the raw message lies'}")
    table = Table(box=None, pad_edge=False)
    for column in ("step", "when (UTC)", "after", "where"):
        table.add_column(column, justify="right" if column == "after" else "left")
    table.add_row("happened", _moment(event.occurred_at), "", "")
    place = f"{event.source_topic}/{event.source_partition}/{event.source_offset}"
    table.add_row("published", _moment(event.stamped_at), "", place if raw else f"{place}, no longer there")
    for step, stop in (("in a page", page), ("scored", score)):
        at = None if stop is None else from_ms(stop.at_ms)
        table.add_row(step, _moment(at), _after(event, at), _place(stop))
    table.add_row("row stored", _moment(event.stored_at), _after(event, event.stored_at), "ClickHouse, interactions")
    stored = event.score_stored_at
    table.add_row("score stored", _moment(stored), _after(event, stored), "ClickHouse, risk_scores" if stored else "")
    console.print(table)


def _moment(moment: datetime | None) -> str:
    if moment is None or moment == _SINCE_1970:
        return "not known"
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def _after(event: StoredEvent, moment: datetime | None) -> str:
    """Seconds since it was published; nothing where a history was published with its own time."""
    if moment is None:
        return ""
    seconds = (moment - event.stamped_at).total_seconds()
    return f"{seconds:.3f} s" if 0 <= seconds < _DAY_SECONDS else ""


def _place(stop: Stop | None) -> str:
    return "not found" if stop is None else f"{stop.topic}/{stop.partition}/{stop.offset}"
