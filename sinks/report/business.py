"""Queries about purchases, returns and contacts."""

from datetime import date
from typing import Final

import msgspec
from clickhouse_connect.driver.client import Client

from sinks.clickhouse.ask import ask
from sinks.report.period import Period, ask_of


class Activity(msgspec.Struct, frozen=True):
    """One step of the period, or the whole of one; money in the reporting currency.

    Attributes:
        back: Steps between it and the end; -1 for a whole period.
        buyers: Customers who bought.
        purchases: Their purchases.
        revenue: What these came to.
        refunds: What returns came to.
        units: Units bought.
        returned_units: Units sent back.
        contacts: Support contacts.
        unresolved: Those that did not end well.
    """

    back: int
    buyers: int
    purchases: int
    revenue: float
    refunds: float
    units: int
    returned_units: int
    contacts: int
    unresolved: int


class CohortMonth(msgspec.Struct, frozen=True):
    """Share of a month's new customers who bought some months later."""

    cohort: date
    months: int
    customers: int
    retained_share: float


class ContactDriver(msgspec.Struct, frozen=True):
    """A row of ``contact_drivers``; shares are None if no customer was followed long enough."""

    topic: str
    contacts: int
    unresolved_share: float | None
    mean_satisfaction: float | None
    repurchased_share: float | None
    left_share: float | None


class Pair(msgspec.Struct, frozen=True):
    """A row of ``also_bought``."""

    sku: str
    other: str
    buyers: int
    confidence: float
    lift: float


_SUMS: Final = """
    uniqExactIf(customer_id, type = 'purchase') AS buyers,
    uniqExactIf((customer_id, order_id), type = 'purchase') AS purchases,
    toFloat64(sumIf(amount, type = 'purchase')) AS revenue,
    toFloat64(sumIf(amount, type = 'return')) AS refunds,
    sumIf(interactions.units, type = 'purchase') AS units,
    sumIf(interactions.units, type = 'return') AS returned_units,
    countIf(type = 'support_contact') AS contacts,
    countIf(resolved = false) AS unresolved
FROM interactions FINAL
WHERE occurred_at > {begin:DateTime64(3, 'UTC')} AND occurred_at <= {end:DateTime64(3, 'UTC')}
"""

_STEPS: Final = f"""
SELECT intDiv(dateDiff('second', occurred_at, {{end:DateTime64(3, 'UTC')}}), 86400 * {{step_days:UInt16}}) AS back,
{_SUMS} AND back < {{steps:UInt32}}
GROUP BY back
ORDER BY back DESC
"""

_WHOLE: Final = f"SELECT -1 AS back, {_SUMS}"

_COHORTS: Final = """
SELECT cohort, months, customers, retained / customers AS retained_share
FROM cohorts
WHERE cohort > (SELECT max(cohort) FROM cohorts) - INTERVAL {cohorts:UInt8} MONTH AND months < {cohorts:UInt8}
ORDER BY cohort, months
"""

_DRIVERS: Final = """
SELECT topic, contacts, unresolved_share, mean_satisfaction, repurchased_share, left_share
FROM contact_drivers
ORDER BY contacts DESC, topic
LIMIT {limit:UInt32}
"""

_PAIRS: Final = """
SELECT sku, other, buyers, confidence, lift
FROM also_bought
WHERE sku < other AND lift > 1
ORDER BY buyers * log(lift) DESC, sku, other
LIMIT {limit:UInt32}
"""


def activity(client: Client, period: Period) -> list[Activity]:
    """Return the activity of every step, the first first; steps without any have zeros."""
    found = {row.back: row for row in ask_of(client, period, _STEPS, Activity)}
    return [found.get(back, Activity(back, *[0] * 8)) for back in reversed(range(period.steps))]


def activity_in_all(client: Client, period: Period) -> Activity:
    """Return the activity of the whole period."""
    return ask_of(client, period, _WHOLE, Activity)[0]


def cohorts(client: Client, at_most: int = 12) -> list[CohortMonth]:
    """Return the share of the latest months' new customers who bought in each month after."""
    return ask(client, _COHORTS, CohortMonth, cohorts=at_most)


def contact_drivers(client: Client, at_most: int = 8) -> list[ContactDriver]:
    """Return the topics of contacts, the most frequent first."""
    return ask(client, _DRIVERS, ContactDriver, limit=at_most)


def also_bought(client: Client, at_most: int = 10) -> list[Pair]:
    """Return pairs of articles bought by the same customers, those with most buyers beyond chance first."""
    return ask(client, _PAIRS, Pair, limit=at_most)
