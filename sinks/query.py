"""Questions to ClickHouse, each a typed function with bound parameters."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

import msgspec
from clickhouse_connect.driver.client import Client

from schemas.records import ReasonInWords

Row = TypeVar("Row", bound=msgspec.Struct)


class CustomerProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``customers``; amounts in the reporting currency, moments in UTC, None where nothing is known.

    Attributes:
        customer_id: Who.
        first_seen: First interaction.
        last_seen: Last interaction.
        last_purchase_at: Last purchase.
        purchases: Number of purchases.
        revenue: What they came to.
        units: Units bought.
        returns: Number of returns.
        refunds: What they came to.
        contacts: Number of support contacts.
        unresolved: How many of these did not end well.
        last_satisfaction: 1 (worst) to 5.
        scored_at: Moment of the latest score.
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
    last_purchase_at: datetime | None
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
    """A row of ``outlooks``: what a customer may buy within the horizon, and when; moments in UTC.

    Attributes:
        customer_id: Who.
        scored_at: The moment that it speaks of.
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
    """What a person wants to see of one interaction; the fields are those of ``schemas.interaction.Interaction``."""

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


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How much there is, duplicates not counted.

    Attributes:
        interactions: Rows under FINAL.
        distinct_events: Distinct event ids; the same number, or the key is broken.
        amount: Sum of all amounts, reporting currency.
        customers: Customers with at least one interaction.
        risk_scores: Scores.
        training_examples: Settled questions.
        alerts: States of alerts.
        dead_letters: Refused messages, by reason.
    """

    interactions: int
    distinct_events: int
    amount: Decimal
    customers: int
    risk_scores: int
    training_examples: int
    alerts: int
    dead_letters: dict[str, int]


class Arrivals(msgspec.Struct, frozen=True, kw_only=True):
    """Rows by table, duplicates included.

    Attributes:
        interactions: Rows of ``interactions``.
        risk_scores: Rows of ``risk_scores``.
        training_examples: Rows of ``training_examples``.
        alerts: Rows of ``alerts``.
        dead_letters: Rows of ``dead_letters``.
    """

    interactions: int
    risk_scores: int
    training_examples: int
    alerts: int
    dead_letters: int


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """How good the predictions turned out, over all questions settled so far.

    Attributes:
        labels: Questions settled.
        base_rate: Share of them in which the customer had left; None without any.
        log_loss: Mean log-loss of the risks given when they were asked.
        base_log_loss: Log-loss of saying ``base_rate`` every time: the best that a constant can do.
        brier: Mean squared error of those risks.
        calibration_error: Mean distance of mean risk and share of leavers over the tenths by risk.
        auc: Area under the ROC curve; None if all or none had left.
    """

    labels: int
    base_rate: float | None
    log_loss: float | None
    base_log_loss: float | None
    brier: float | None
    calibration_error: float | None
    auc: float | None


_PROFILES: Final = f"SELECT {', '.join(CustomerProfile.__struct_fields__)} FROM customers"  # noqa: S608 - names of ours

_OUTLOOKS: Final = f"SELECT {', '.join(CustomerOutlook.__struct_fields__)} FROM outlooks"  # noqa: S608 - names of ours

_RECENT: Final = f"""
SELECT {", ".join(RecentInteraction.__struct_fields__)}
FROM interactions FINAL
WHERE customer_id = {{customer_id:String}}
    AND event_id IN (SELECT event_id FROM interactions WHERE customer_id = {{customer_id:String}})
ORDER BY occurred_at DESC, event_id
LIMIT {{limit:UInt32}}
"""  # noqa: S608 - names of ours

_COUNTS: Final = """
SELECT
    count() AS interactions,
    uniqExact(event_id) AS distinct_events,
    sum(interactions.amount) AS amount,
    uniqExact(customer_id) AS customers,
    (SELECT count() FROM risk_scores FINAL) AS risk_scores,
    (SELECT count() FROM training_examples FINAL) AS training_examples,
    (SELECT count() FROM alerts FINAL) AS alerts
FROM interactions FINAL
"""

_ARRIVALS: Final = f"""
SELECT {", ".join(f"(SELECT count() FROM {table}) AS {table}" for table in Arrivals.__struct_fields__)}
"""  # noqa: S608 - names of ours

_LETTERS: Final = """
SELECT reason, count() AS letters FROM dead_letters FINAL GROUP BY reason ORDER BY reason
"""

_QUALITY: Final = """
WITH
    ranked AS
    (
        SELECT
            `left` AS has_left,
            risk,
            least(greatest(risk, 1e-15), 1 - 1e-15) AS clipped,
            ntile(10) OVER (ORDER BY risk, customer_id, asked_at) AS tenth,
            countIf(NOT has_left) OVER (ORDER BY risk RANGE UNBOUNDED PRECEDING) AS stayed_up_to,
            countIf(NOT has_left) OVER (PARTITION BY risk) AS stayed_equal
        FROM training_examples FINAL
        WHERE {with_rule:Bool} OR NOT startsWith(model_version, 'rule')
    ),
    by_tenth AS
    (
        SELECT
            count() AS asked,
            countIf(has_left) AS leavers,
            abs(sum(risk) - leavers) AS miscalibration,
            -sum(if(has_left, log(clipped), log(1 - clipped))) AS loss,
            sum(pow(risk - has_left, 2)) AS squares,
            sumIf(stayed_up_to - stayed_equal / 2, has_left) AS pairs_won
        FROM ranked
        GROUP BY tenth
    )
SELECT
    sum(asked) AS labels,
    sum(leavers) / nullIf(labels, 0) AS base_rate,
    sum(loss) / nullIf(labels, 0) AS log_loss,
    -(if(base_rate = 0, 0, base_rate * log(base_rate)) + if(base_rate = 1, 0, (1 - base_rate) * log(1 - base_rate)))
        AS base_log_loss,
    sum(squares) / nullIf(labels, 0) AS brier,
    sum(miscalibration) / nullIf(labels, 0) AS calibration_error,
    sum(pairs_won) / nullIf(sum(leavers) * (labels - sum(leavers)), 0) AS auc
FROM by_tenth
"""


def customer_profile(client: Client, customer_id: str) -> CustomerProfile | None:
    """The latest profile of one customer, or None where nobody of that name was seen."""
    found = _rows(
        client, f"{_PROFILES} WHERE customer_id = {{customer_id:String}}", CustomerProfile, customer_id=customer_id
    )
    return found[0] if found else None


def customer_outlook(client: Client, customer_id: str) -> CustomerOutlook | None:
    """The latest outlook of one customer, or None where no model has given one."""
    found = _rows(
        client, f"{_OUTLOOKS} WHERE customer_id = {{customer_id:String}}", CustomerOutlook, customer_id=customer_id
    )
    return found[0] if found else None


def recent_interactions(client: Client, customer_id: str, limit: int = 20) -> list[RecentInteraction]:
    """The last interactions of one customer, the latest first.

    Args:
        client: A connection to the database.
        customer_id: Whose.
        limit: At most so many.
    """
    return _rows(client, _RECENT, RecentInteraction, customer_id=customer_id, limit=limit)


def top_at_risk(client: Client, limit: int = 20) -> list[CustomerProfile]:
    """The scored customers with most to lose, by value at risk.

    Args:
        client: A connection to the database.
        limit: At most so many.
    """
    statement = f"{_PROFILES} WHERE risk IS NOT NULL ORDER BY value_at_risk DESC, customer_id LIMIT {{limit:UInt32}}"
    return _rows(client, statement, CustomerProfile, limit=limit)


def counts(client: Client) -> Counts:
    """How much there is in every table."""
    letters = client.query(_LETTERS)
    found = next(iter(client.query(_COUNTS).named_results()))
    by_reason = {row["reason"]: row["letters"] for row in letters.named_results()}
    return msgspec.convert({**found, "dead_letters": by_reason}, Counts)


def arrivals(client: Client) -> Arrivals:
    """How many rows have arrived, duplicates included: quick enough to be asked every second."""
    return _rows(client, _ARRIVALS, Arrivals)[0]


def quality(client: Client, *, with_rule: bool = True) -> Quality:
    """How good the predictions turned out; only settled questions speak.

    Args:
        client: A connection to the database.
        with_rule: Whether to count the answers that the rule gave before the model had learnt enough.
    """
    return _rows(client, _QUALITY, Quality, with_rule=with_rule)[0]


def _rows(client: Client, statement: str, row: type[Row], **parameters: object) -> list[Row]:
    bound: dict[str, Any] = dict(parameters)
    return [msgspec.convert(found, row) for found in client.query(statement, parameters=bound).named_results()]
