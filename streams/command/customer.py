"""``stayline customer ID``: one person as Stayline sees them."""

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from schemas.errors import UsageError
from sinks.clickhouse.client import open_client
from sinks.queries.customers import (
    CustomerOutlook,
    CustomerProfile,
    RecentInteraction,
    customer_outlook,
    customer_profile,
    recent_interactions,
)
from streams.settings import load_settings


def customer(
    customer_id: Annotated[str, typer.Argument(metavar="ID", help="The customer_id that upstream publishes.")],
    recent: Annotated[int, typer.Option(min=0, max=1000, help="How many interactions to show.")] = 10,
) -> None:
    """Show a customer's profile, recent interactions, and why the risk is what it is."""
    settings = load_settings()
    with open_client(settings.clickhouse) as client:
        profile = customer_profile(client, customer_id)
        if profile is None:
            raise UsageError(f"customer {customer_id!r} is not known; has an event of theirs been published?")
        outlook = customer_outlook(client, customer_id)
        interactions = recent_interactions(client, customer_id, recent)
    console = Console()
    show_profile(console, profile, settings.money.reporting_currency, settings.risk.horizon_days)
    if outlook is not None:
        show_outlook(console, outlook, settings.risk.horizon_days)
    if interactions:
        show_interactions(console, interactions)


def show_profile(console: Console, profile: CustomerProfile, currency: str, horizon_days: float) -> None:
    """Print a profile and its reasons."""
    grid = Table.grid(padding=(0, 2))
    grid.add_row("Customer", f"[bold]{escape(profile.customer_id)}[/bold]")
    grid.add_row("Seen", f"{profile.first_seen:%Y-%m-%d} to {profile.last_seen:%Y-%m-%d}")
    last = "" if profile.last_purchase_at is None else f", the latest on {profile.last_purchase_at:%Y-%m-%d}"
    grid.add_row("Purchases", f"{profile.purchases} for {profile.revenue:,.2f} {currency}{last}")
    grid.add_row("Returns", f"{profile.returns} with {profile.refunds:,.2f} {currency} refunded")
    grid.add_row("Contacts", f"{profile.contacts}, {profile.unresolved} of them unresolved")
    if profile.risk is not None and profile.scored_at is not None:
        meaning = f"to buy nothing within {horizon_days:g} days after {profile.scored_at:%Y-%m-%d}"
        grid.add_row("Risk", f"[bold]{profile.risk:.0%}[/bold] {meaning}")
        grid.add_row("Value at risk", f"{profile.value_at_risk:,.2f} {currency} of margin a year")
        grid.add_row("Segment", profile.segment.replace("_", " "))
        if profile.life_cycle:
            grid.add_row("Stage", f"{profile.life_cycle.replace('_', ' ')}, of {profile.value_tier} value")
        grid.add_row("Answered by", profile.model_version)
    if profile.alert_state and profile.alert_changed_at is not None:
        grid.add_row("Alert", f"{profile.alert_state} on {profile.alert_changed_at:%Y-%m-%d}")
    console.print(grid)
    for reason in profile.reasons:
        console.print(f"  [bold]·[/bold] {escape(reason.text)} [dim]({reason.feature}, {reason.effect:+.2f})[/dim]")


def show_outlook(console: Console, outlook: CustomerOutlook, horizon_days: float) -> None:
    """Print what the customer may buy within the horizon, and when."""
    console.print(
        f"Within {horizon_days:g} days of {outlook.scored_at:%Y-%m-%d}: nothing {outlook.nothing:.0%}, "
        f"less than usual {outlook.less:.0%}, as usual {outlook.usual:.0%}, more {outlook.more:.0%}"
    )
    console.print(
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
    return ", ".join(part for part in (units, one.channel, one.reason, one.topic, resolved, stars) if part)
