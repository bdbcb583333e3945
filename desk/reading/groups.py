"""Reads groups of customers, and the customers of a group by value at risk, from a snapshot that says as of when."""

from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from schemas.records.score import ReasonInWords
from sinks.clickhouse.ask import Connection, ask

GroupKind = Literal["segment", "life_cycle", "value_tier", "reason"]


class CustomerGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A group of scored customers.

    Attributes:
        kind: By what they are grouped.
        name: Name of the group, such as ``win_back``; of a reason its feature.
        customers: Number of customers.
        leavers: Sum of their risks: how many of them are expected to leave.
        value_at_risk: Yearly margin that they are expected not to bring, reporting currency.
    """

    kind: GroupKind
    name: str
    customers: int
    leavers: float
    value_at_risk: float


class CustomerFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Conditions on customers; attributes that are empty do not matter.

    Attributes:
        segment: Kind of treatment.
        life_cycle: Stage in the life of a customer.
        value_tier: high, middle or low.
        reason: Feature of the strongest reason.
    """

    segment: str = ""
    life_cycle: str = ""
    value_tier: str = ""
    reason: str = ""


class ListedCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer in a list.

    Attributes:
        customer_id: Who.
        risk: Probability of buying nothing within the horizon.
        value_at_risk: Yearly margin that the customer is expected not to bring, reporting currency.
        segment: Kind of treatment.
        life_cycle: Stage in the life of a customer; may be empty.
        value_tier: high, middle or low; may be empty.
        last_purchase_at: Last purchase, UTC; None if there is none.
        scored_at: Instant of the score, UTC.
        reasons: Reasons for the risk, the strongest first.
        as_of: Last moment in the log when the list was computed, UTC.
    """

    customer_id: str
    risk: float
    value_at_risk: float
    segment: str
    life_cycle: str
    value_tier: str
    last_purchase_at: datetime | None
    scored_at: datetime
    reasons: tuple[ReasonInWords, ...]
    as_of: datetime


_GROUPS: Final = """
SELECT
    part.1 AS kind, part.2 AS name, count() AS customers, sum(assumeNotNull(risk)) AS leavers,
    sum(assumeNotNull(customers_snapshot.value_at_risk)) AS value_at_risk
FROM customers_snapshot
ARRAY JOIN
[
    ('segment', segment::String), ('life_cycle', life_cycle::String), ('value_tier', value_tier::String),
    ('reason', reasons.feature[1]::String)
] AS part
WHERE risk IS NOT NULL AND part.2 != ''
GROUP BY kind, name
ORDER BY indexOf(['segment', 'life_cycle', 'value_tier', 'reason'], kind), value_at_risk DESC, name
"""

_CONDITIONS: Final = {
    "segment": "segment = {segment:String}",
    "life_cycle": "life_cycle = {life_cycle:String}",
    "value_tier": "value_tier = {value_tier:String}",
    "reason": "reasons.feature[1] = {reason:String}",
}


def customer_groups(client: Connection) -> list[CustomerGroup]:
    """Return all groups of scored customers with their sums, those with most at risk first in each kind.

    Args:
        client: A connection to the database.
    """
    return ask(client, _GROUPS, CustomerGroup)


def listed_customers(client: Connection, wanted: CustomerFilter, limit: int, offset: int = 0) -> list[ListedCustomer]:
    """Return scored customers that match, those with most at risk first.

    Args:
        client: A connection to the database.
        wanted: The conditions.
        limit: Largest number of customers.
        offset: How many to leave out at the beginning.
    """
    given: dict[str, Any] = {name: value for name, value in msgspec.structs.asdict(wanted).items() if value}
    conditions = " AND ".join(["risk IS NOT NULL", *(_CONDITIONS[name] for name in given)])
    statement = (
        f"SELECT {', '.join(ListedCustomer.__struct_fields__)} "  # noqa: S608 - names of ours, values bound
        f"FROM customers_snapshot WHERE {conditions} "
        "ORDER BY value_at_risk DESC, customer_id LIMIT {limit:UInt32} OFFSET {offset:UInt32}"
    )
    return ask(client, statement, ListedCustomer, **given, limit=limit, offset=offset)
