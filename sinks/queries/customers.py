"""Queries about customers."""

from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec
from clickhouse_connect.driver.client import Client

from schemas.records.score import ReasonInWords
from sinks.clickhouse.ask import ask


class CustomerProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``customers``; amounts in the reporting currency, moments in UTC, None if unknown.

    Attributes:
        customer_id: Who.
        first_seen: First interaction.
        last_seen: Last interaction.
        first_purchase_at: First purchase.
        last_purchase_at: Last purchase.
        usual_gap_days: Mean days between purchases; None before the second.
        purchases: Number of purchases.
        revenue: What they came to.
        units: Units bought.
        returns: Number of returns.
        refunds: What they came to.
        contacts: Number of support contacts.
        unresolved: How many of these did not end well.
        last_satisfaction: 1 (worst) to 5.
        scored_at: Moment of the latest score, which everything below holds as of.
        risk: Probability of buying nothing within the horizon after that.
        value_at_risk: How much of the margin expected in a year is at risk.
        segment: What to do; empty if never scored.
        reasons: Why, the strongest first.
        model_version: Which model answered; empty if none.
        alert_state: raised or cleared; empty if there never was an alert.
        alert_changed_at: When that state was reached.
        life_cycle: Where in the life of a customer; empty if never bought or scored.
        value_tier: What a year is worth, set against other customers; empty likewise.
    """

    customer_id: str
    first_seen: datetime
    last_seen: datetime
    first_purchase_at: datetime | None
    last_purchase_at: datetime | None
    usual_gap_days: float | None
    purchases: int
    revenue: Decimal
    units: int
    returns: int
    refunds: Decimal
    contacts: int
    unresolved: int
    last_satisfaction: int | None
    scored_at: datetime | None
    risk: float | None
    value_at_risk: float | None
    segment: str
    reasons: tuple[ReasonInWords, ...]
    model_version: str
    alert_state: str
    alert_changed_at: datetime | None
    life_cycle: str = ""
    value_tier: str = ""


class CustomerOutlook(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``outlooks``: amount and time of the purchases expected within the horizon; moments in UTC.

    Attributes:
        customer_id: Who.
        scored_at: The moment that it holds as of.
        nothing: Probability of buying nothing.
        less: Of buying for less than usual.
        usual: Of buying for about as much as usual.
        more: Of buying for more than usual.
        expected_at: When the next purchase comes, if within the horizon.
        earliest_at: One in ten buys before.
        latest_at: One in ten buys after.
    """

    customer_id: str
    scored_at: datetime
    nothing: float
    less: float
    usual: float
    more: float
    expected_at: datetime
    earliest_at: datetime
    latest_at: datetime


class RecentInteraction(msgspec.Struct, frozen=True, kw_only=True):
    """Fields of an interaction that people look at, named as in ``schemas.events.interaction.Interaction``."""

    event_id: str
    type: str
    occurred_at: datetime
    order_id: str
    currency: str
    original_amount: Decimal
    amount: Decimal
    units: int
    channel: str
    reason: str
    topic: str
    resolved: bool | None
    satisfaction: int | None
    action: str
    result: str
    by: str


_PROFILES: Final = f"SELECT {', '.join(CustomerProfile.__struct_fields__)} FROM customers"  # noqa: S608 - names of ours

_OUTLOOKS: Final = f"SELECT {', '.join(CustomerOutlook.__struct_fields__)} FROM outlooks"  # noqa: S608 - names of ours

# Twice as many ids as asked for, because the first copy of some names another customer or day. FINAL runs over these
# granules only, and PREWHERE, which ClickHouse does not choose by itself under FINAL, spares other rows' columns.
_RECENT: Final = f"""
SELECT {", ".join(RecentInteraction.__struct_fields__)}
FROM interactions FINAL
PREWHERE event_id IN
(
    SELECT event_id FROM interactions WHERE customer_id = {{customer_id:String}}
    ORDER BY occurred_at DESC LIMIT 1 BY event_id LIMIT {{ids:UInt32}}
)
WHERE customer_id = {{customer_id:String}}
ORDER BY occurred_at DESC, event_id
LIMIT {{limit:UInt32}}
"""  # noqa: S608 - names of ours


def customer_profile(client: Client, customer_id: str) -> CustomerProfile | None:
    """Return the latest profile of a customer, or None if the customer is unknown."""
    found = ask(
        client, f"{_PROFILES} WHERE customer_id = {{customer_id:String}}", CustomerProfile, customer_id=customer_id
    )
    return found[0] if found else None


def customer_outlook(client: Client, customer_id: str) -> CustomerOutlook | None:
    """Return the latest outlook of a customer, or None if no model has given one."""
    found = ask(
        client, f"{_OUTLOOKS} WHERE customer_id = {{customer_id:String}}", CustomerOutlook, customer_id=customer_id
    )
    return found[0] if found else None


def recent_interactions(client: Client, customer_id: str, limit: int = 20) -> list[RecentInteraction]:
    """Return the last interactions of a customer, the latest first.

    Args:
        client: A connection to the database.
        customer_id: The customer.
        limit: Largest number of rows.
    """
    return ask(client, _RECENT, RecentInteraction, customer_id=customer_id, limit=limit, ids=2 * limit)


def top_at_risk(client: Client, limit: int = 20) -> list[CustomerProfile]:
    """Return the scored customers with the highest value at risk.

    Args:
        client: A connection to the database.
        limit: Largest number of rows.
    """
    statement = f"{_PROFILES} WHERE risk IS NOT NULL ORDER BY value_at_risk DESC, customer_id LIMIT {{limit:UInt32}}"
    return ask(client, statement, CustomerProfile, limit=limit)
