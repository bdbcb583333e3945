"""Customers and events as a terminal shows them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from runtime.pages.text import spoken_age
from schemas.events.dead_letter import DeadLetter, visible
from schemas.events.refuse import sentence_of
from schemas.moments import from_ms
from sinks.queries.customers import CustomerOutlook, CustomerProfile, RecentInteraction
from sinks.queries.event_trace import StoredEvent
from streams.event_trace import FoundRecord

_SINCE_1970: Final = from_ms(0)
_DAY: Final = timedelta(days=1)


def show_profile(
    console: Console, profile: CustomerProfile, currency: str, horizon_days: float, as_of: datetime, now: datetime
) -> None:
    """Print a profile and its reasons, first as of when they hold.

    Args:
        console: Where.
        profile: The customer.
        currency: Of amounts.
        horizon_days: Horizon of the risk, days.
        as_of: Last moment in the log.
        now: The present.
    """
    console.print(f"[bold]{escape(profile.customer_id)}[/bold] {_as_of(profile, as_of, now)}")
    grid = Table.grid(padding=(0, 2))
    grid.add_row("Seen", f"{profile.first_seen:%Y-%m-%d} to {profile.last_seen:%Y-%m-%d}")
    grid.add_row("Purchases", f"{profile.purchases} for {profile.revenue:,.2f} {currency}")
    if profile.last_purchase_at is not None:
        grid.add_row("Last one", _silence(profile.last_purchase_at, profile.usual_gap_days, as_of))
    grid.add_row("Returns", f"{profile.returns} with {profile.refunds:,.2f} {currency} refunded")
    grid.add_row("Contacts", f"{profile.contacts}, {profile.unresolved} of them unresolved")
    _add_risk(grid, profile, currency, horizon_days)
    if profile.alert_state and profile.alert_changed_at is not None:
        grid.add_row("Alert", f"{profile.alert_state} on {profile.alert_changed_at:%Y-%m-%d}")
    console.print(grid)
    for reason in profile.reasons:
        console.print(f"  [bold]·[/bold] {escape(reason.text)} [dim]({reason.feature}, {reason.effect:+.2f})[/dim]")


def _add_risk(grid: Table, profile: CustomerProfile, currency: str, horizon_days: float) -> None:
    if profile.risk is None or profile.scored_at is None:
        return
    meaning = f"to buy nothing within {horizon_days:g} days after {profile.scored_at:%Y-%m-%d}"
    grid.add_row("Risk", f"[bold]{profile.risk:.0%}[/bold] {meaning}")
    grid.add_row("Value at risk", f"{profile.value_at_risk:,.2f} {currency} of margin a year")
    grid.add_row("Segment", profile.segment.replace("_", " "))
    if profile.life_cycle:
        grid.add_row("Stage", f"{profile.life_cycle.replace('_', ' ')}, of {profile.value_tier} value")
    grid.add_row("Answered by", profile.model_version)


def _as_of(profile: CustomerProfile, as_of: datetime, now: datetime) -> str:
    """Return as of when a profile holds, and what of it is older than a day."""
    told = [f"as of {as_of:%Y-%m-%d %H:%M} UTC"]
    if ended := spoken_age(now - as_of):
        told.append(f"where the log ends, {ended} ago")
    if profile.scored_at is not None and (older := spoken_age(as_of - profile.scored_at)):
        told.append(f"scored on {profile.scored_at:%Y-%m-%d}, {older} before")
    return ", ".join(told)


def _silence(last_purchase_at: datetime, usual_gap_days: float | None, as_of: datetime) -> str:
    days = max(round((as_of - last_purchase_at) / _DAY), 0)
    usual = "" if usual_gap_days is None else f"; {usual_gap_days:,.0f} days between purchases on average"
    ago = "within a day" if days == 0 else f"{days:,} day{'' if days == 1 else 's'} ago"
    return f"on {last_purchase_at:%Y-%m-%d}, {ago}{usual}"


def show_outlook(console: Console, outlook: CustomerOutlook, horizon_days: float, as_of: datetime) -> None:
    """Print what the customer may buy within the horizon, and when, or when it was expected.

    Args:
        console: Where.
        outlook: Of the customer.
        horizon_days: Its horizon, days.
        as_of: Last moment in the log.
    """
    older = spoken_age(as_of - outlook.scored_at)
    console.print(
        f"Within {horizon_days:g} days of {outlook.scored_at:%Y-%m-%d}{f', {older} before' if older else ''}: "
        f"nothing {outlook.nothing:.0%}, less than usual {outlook.less:.0%}, as usual {outlook.usual:.0%}, "
        f"more {outlook.more:.0%}"
    )
    console.print(next_purchase_of(outlook, as_of))


def next_purchase_of(outlook: CustomerOutlook, as_of: datetime) -> str:
    """Return when the next purchase is expected, or was.

    Args:
        outlook: Of the customer.
        as_of: Last moment in the log.
    """
    if outlook.latest_at < as_of:
        return f"The next purchase was expected by {outlook.latest_at:%Y-%m-%d}; it has not come"
    if outlook.expected_at < as_of:
        return (
            f"The next purchase was expected about {outlook.expected_at:%Y-%m-%d}; "
            f"if they buy, in nine of ten cases by {outlook.latest_at:%Y-%m-%d}"
        )
    return (
        f"If they buy: about {outlook.expected_at:%Y-%m-%d}, "
        f"in four of five cases from {outlook.earliest_at:%Y-%m-%d} to {outlook.latest_at:%Y-%m-%d}"
    )


def show_interactions(console: Console, interactions: list[RecentInteraction]) -> None:
    """Print interactions, the latest first."""
    table = Table(box=None, pad_edge=False, title="Latest interactions", title_justify="left")
    for column in ("when", "what", "amount", "details"):
        table.add_column(column, justify="right" if column == "amount" else "left")
    for one in interactions:
        amount = f"{one.original_amount:,.2f} {one.currency}" if one.currency else ""
        table.add_row(f"{one.occurred_at:%Y-%m-%d %H:%M}", one.type.replace("_", " "), amount, escape(_details(one)))
    console.print()
    console.print(table)


def _details(one: RecentInteraction) -> str:
    resolved = {True: "resolved", False: "unresolved", None: ""}[one.resolved]
    stars = "" if one.satisfaction is None else f"satisfaction {one.satisfaction}"
    units = "" if not one.units else f"{one.units} units" if one.units > 1 else "1 unit"
    told = (one.action, one.result.replace("_", " "), one.by and f"by {one.by}")
    return ", ".join(part for part in (units, one.channel, one.reason, one.topic, resolved, stars, *told) if part)


def show_refusals(console: Console, event_id: str, letters: Sequence[DeadLetter]) -> None:
    """Print where an event was refused, and why.

    Args:
        console: Where.
        event_id: Id of the event.
        letters: Its dead letters, the latest first.
    """
    for letter in letters:
        place = f"{letter.topic}/{letter.partition}/{letter.offset}"
        console.print(
            f"[bold]{escape(event_id)}[/bold] was refused at {letter.refused_at:%Y-%m-%d %H:%M:%S}: {letter.reason}, "
            f"{escape(visible(sentence_of(letter.refusal)))}\n"
            f"  it lies at {place}: stayline dead-letters show {letter.topic} {letter.partition} {letter.offset}",
            soft_wrap=True,
        )


def show_trace(
    console: Console, event: StoredEvent, raw: FoundRecord | None, page: FoundRecord | None, score: FoundRecord | None
) -> None:
    """Print an event's way with the time of each step.

    Args:
        console: Where.
        event: As ClickHouse has it.
        raw: Its place on the raw topic; None where it is no longer there.
        page: The place of its page; None where it was not found.
        score: The place of the score that followed; None where it was not found.
    """
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
    for step, found in (("in a page", page), ("scored", score)):
        at = None if found is None else from_ms(found.at_ms)
        table.add_row(step, _moment(at), _after(event, at), _place(found))
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
    return f"{seconds:.3f} s" if 0 <= seconds < _DAY.total_seconds() else ""


def _place(found: FoundRecord | None) -> str:
    return "not found" if found is None else f"{found.topic}/{found.partition}/{found.offset}"
