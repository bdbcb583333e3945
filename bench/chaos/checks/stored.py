"""Compares the rows of ClickHouse with the events that were acknowledged."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from clickhouse_connect.driver.client import Client

from bench.chaos.stack import MONEY
from bench.chaos.upstream import UpstreamMessage
from schemas.events.decode import decode
from schemas.events.interaction import Interaction, Origin
from schemas.events.raw_events import FEEDS
from schemas.settings.processes import IntakeSettings

Day = tuple[date, str, str]
"""Day, channel and currency."""

_MAX_EVENT_BYTES: Final = IntakeSettings().max_event_bytes

_ACTIVITY: Final = (
    "purchases, revenue, units, returns, refunds, contacts, unresolved, mean_satisfaction FROM daily_activity"
)


def rows(client: Client, query: str) -> list[tuple[Any, ...]]:
    """Ask ClickHouse."""
    return [tuple(row) for row in client.query(query).result_rows]


def daily_activity(client: Client) -> dict[Day, tuple[Any, ...]]:
    """The roll-up as analysts see it."""
    found = rows(client, f"SELECT day, channel, currency, {_ACTIVITY}")
    return {(row[0], row[1], row[2]): row[3:] for row in found}


def expected_activity(events: Iterable[UpstreamMessage]) -> dict[Day, tuple[Any, ...]]:
    """The same sums over what was acknowledged.

    Args:
        events: Good ones, each once.
    """
    days: dict[Day, list[Interaction]] = defaultdict(list)
    for event in events:
        if event.topic not in FEEDS:
            continue
        one = decode(event.value, Origin(event.topic, 0, 0, datetime.now(UTC)), MONEY.rates, _MAX_EVENT_BYTES)
        assert isinstance(one, Interaction)
        days[one.occurred_at.date(), one.channel, one.currency].append(one)
    return {day: _sums(interactions) for day, interactions in days.items()}


def _sums(interactions: list[Interaction]) -> tuple[Any, ...]:
    bought = [one for one in interactions if one.type == "purchase"]
    returned = [one for one in interactions if one.type == "return"]
    contacts = [one for one in interactions if one.type == "support_contact"]
    said = [one.satisfaction for one in interactions if one.satisfaction is not None]
    return (
        len(bought),
        sum((one.amount for one in bought), Decimal(0)),
        sum(one.units for one in bought),
        len(returned),
        sum((one.amount for one in returned), Decimal(0)),
        len(contacts),
        sum(one.resolved is False for one in contacts),
        sum(said) / len(said) if said else None,
    )
