"""Queries about customers at risk, customers lost, and what they cost."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec
from clickhouse_connect.driver.client import Client

from sinks.report.period import Period, ask_of

SEGMENTS: Final = ("keep_at_all_costs", "win_back", "look_after", "let_be")
STAGES: Final = ("new", "growing", "steady", "won_back", "slipping", "gone")


class GroupTotals(msgspec.Struct, frozen=True):
    """Totals of one group of customers at the end of one step.

    Attributes:
        customers: Number of customers, each by the latest score until then.
        risk: Sum of their risks.
        value_at_risk: Sum of their values at risk, reporting currency.
    """

    customers: int = 0
    risk: float = 0.0
    value_at_risk: float = 0.0

    def plus(self, other: "GroupTotals") -> "GroupTotals":
        """Return the sum of both."""
        return GroupTotals(
            self.customers + other.customers, self.risk + other.risk, self.value_at_risk + other.value_at_risk
        )


class Move(msgspec.Struct, frozen=True):
    """Number of moves from one segment to another, and their most frequent cause."""

    before: str
    after: str
    moves: int
    cause: str
    value_at_risk: float


class Loss(msgspec.Struct, frozen=True):
    """Yearly margin of customers who left, by segment and by what went before."""

    segment: str
    before: str
    customers: int
    value_lost: float


class AtRisk(msgspec.Struct, frozen=True):
    """A customer as the view ``customers`` has them, and what has passed until the end of the period.

    Attributes:
        customer_id: Who.
        silent_days: Since the last purchase; None if there is none.
        usual_gap_days: Mean days between purchases; None before the second.
        scored_at: What the following holds as of.
        risk: Probability of leaving.
        value_at_risk: Margin a year, reporting currency.
        segment: What to do.
        life_cycle: Stage of life.
        texts: Reasons for the risk, the strongest first.
    """

    customer_id: str
    silent_days: float | None
    usual_gap_days: float | None
    scored_at: datetime
    risk: float
    value_at_risk: float
    segment: str
    life_cycle: str
    texts: list[str]


class _Change(msgspec.Struct, frozen=True):
    back: int
    kind: str
    customers: int
    risk: float
    value_at_risk: float


_CHANGES: Final = """
WITH
    scores AS
    (
        SELECT
            customer_id, scored_at, {column:Identifier} AS kind, risk, value_at_risk,
            least({steps:UInt32}, intDiv(dateDiff('second', scored_at, {end:DateTime64(3, 'UTC')}),
                86400 * {step_days:UInt16})) AS back
        FROM risk_scores FINAL
        WHERE scored_at <= {end:DateTime64(3, 'UTC')}
        ORDER BY customer_id, scored_at DESC, cause = 'interaction' DESC
        LIMIT 1 BY customer_id, back
    ),
    followed AS
    (
        SELECT
            back,
            (kind, 1, risk, value_at_risk) AS now,
            lagInFrame((kind, 1, risk, value_at_risk)) OVER
                (PARTITION BY customer_id ORDER BY scored_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS was
        FROM scores
    )
SELECT
    back,
    change.1 AS kind,
    sum(change.2) AS customers,
    sum(change.3) AS risk,
    sum(change.4) AS value_at_risk
FROM followed
ARRAY JOIN [now, (was.1, -was.2, -was.3, -was.4)] AS change
WHERE kind != ''
GROUP BY back, kind
ORDER BY back DESC
"""

_MOVES: Final = """
SELECT before, after, count() AS moves, topK(1)(cause)[1] AS cause, sum(segment_moves.value_at_risk) AS value_at_risk
FROM segment_moves
WHERE kind = 'segment' AND moved_at > {begin:DateTime64(3, 'UTC')}
GROUP BY before, after
ORDER BY moves DESC, before, after
"""

_LOSSES: Final = """
SELECT segment, before, count() AS customers, sum(lost_customers.value_lost) AS value_lost
FROM lost_customers
WHERE lost_at > {end:DateTime64(3, 'UTC')} - INTERVAL {recent_days:UInt16} DAY
GROUP BY segment, before
ORDER BY value_lost DESC, segment, before
"""

_AT_RISK: Final = """
SELECT
    customer_id, dateDiff('second', last_purchase_at, {end:DateTime64(3, 'UTC')}) / 86400 AS silent_days,
    usual_gap_days, assumeNotNull(customers.scored_at) AS scored_at, assumeNotNull(risk) AS risk,
    assumeNotNull(customers.value_at_risk) AS value_at_risk, segment, life_cycle,
    arrayMap(reason -> reason.text, reasons) AS texts
FROM customers
WHERE customers.risk >= {least_risk:Float64} AND customers.value_at_risk > 0 AND life_cycle != 'gone'
    AND customer_id NOT IN (SELECT customer_id FROM lost_customers)
ORDER BY value_at_risk DESC, customer_id
LIMIT {limit:UInt32}
"""

_LIKELY: Final = 0.5
"""Risk from which a customer is likelier to leave than to stay."""

RECENT_DAYS: Final = 90
"""Losses are those of the last 90 days, whatever the period."""


def by_segment(client: Client, period: Period) -> dict[str, list[GroupTotals]]:
    """Return the customers of each segment at the end of every step, the first first."""
    return _standings(client, period, "segment", SEGMENTS)


def by_stage(client: Client, period: Period) -> dict[str, list[GroupTotals]]:
    """Return the customers in each stage of life at the end of every step, the first first."""
    return _standings(client, period, "life_cycle", STAGES)


def most_at_risk(client: Client, period: Period, at_most: int) -> list[AtRisk]:
    """Return the customers likely to leave, but not gone or lost yet, with the highest value at risk first."""
    return ask_of(client, period, _AT_RISK, AtRisk, limit=at_most, least_risk=_LIKELY)


def moves(client: Client, period: Period) -> list[Move]:
    """Return the moves between segments, the most frequent first."""
    return ask_of(client, period, _MOVES, Move)


def losses(client: Client, period: Period) -> list[Loss]:
    """Return the losses of the last :data:`RECENT_DAYS` days, the largest first."""
    return ask_of(client, period, _LOSSES, Loss, recent_days=RECENT_DAYS)


def _standings(client: Client, period: Period, column: str, kinds: Iterable[str]) -> dict[str, list[GroupTotals]]:
    changes: dict[tuple[str, int], GroupTotals] = defaultdict(GroupTotals)
    for change in ask_of(client, period, _CHANGES, _Change, column=column):
        changes[change.kind, change.back] = GroupTotals(change.customers, change.risk, change.value_at_risk)
    return {kind: _summed([changes[kind, back] for back in range(period.steps, -1, -1)])[1:] for kind in kinds}


def _summed(changes: Iterable[GroupTotals]) -> list[GroupTotals]:
    """Return the running sums of changes."""
    standing, standings = GroupTotals(), []
    for change in changes:
        standing = standing.plus(change)
        standings.append(standing)
    return standings
