"""Reads what acting brought, as the views of retention have it."""

from datetime import date
from typing import Final, Literal

import msgspec

from sinks.clickhouse.ask import Connection, ask

Verdict = Literal["helps", "harms", "cannot_tell", "no_support"]


class MeasuredEffect(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``retention_effects``: what deciding an action brought a decision, margin in the reporting currency.

    Attributes:
        action: Name of the action.
        scope: Which decisions: ``all``, those of one ``segment``, or those of one ``week``.
        segment: The segment; empty for other scopes.
        week: Monday of the week of the decisions, UTC; None for other scopes.
        treated: Number of decisions that were told.
        held_out: Number of decisions that were held out.
        effect: Mean effect.
        low: Lower end of the 95 % interval for a single look; None with one customer, or if nobody bought.
        high: Its upper end.
        always_low: Lower end of the interval that holds at all looks; the verdict follows it; None without support.
        always_high: Its upper end.
        cost: Mean cost of a decision that was told; None if none was.
        verdict: Result of the test.
        more: About how many more decisions a verdict takes; 10⁹ if for ever, 0 if there is one.
    """

    action: str
    scope: Literal["all", "segment", "week"]
    segment: str
    week: date | None
    treated: int
    held_out: int
    effect: float
    low: float | None
    high: float | None
    always_low: float | None
    always_high: float | None
    cost: float | None
    verdict: Verdict
    more: int


class MeasuredReturn(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``retention_return``: what acting brought beside what it cost, reporting currency.

    Attributes:
        action: Name of the action; empty for all together.
        told: Number of settled decisions that were told.
        cost: What was spent on them.
        margin: Margin that would not have come otherwise; None if not measured.
        margin_low: Lower end of its 95 % interval, which holds at all looks.
        margin_high: Its upper end.
        return_on_spend: Margin for each unit of cost; None if nothing was spent.
        return_low: Lower end of its interval.
        return_high: Its upper end.
        kept: Customers who bought and would not have otherwise; None if not measured.
        kept_low: Lower end of its 95 % interval, which holds at all looks.
        kept_high: Its upper end.
        cost_to_keep: Cost for each customer kept; None if none was.
    """

    action: str
    told: int
    cost: float
    margin: float | None
    margin_low: float | None
    margin_high: float | None
    return_on_spend: float | None
    return_low: float | None
    return_high: float | None
    kept: float | None
    kept_low: float | None
    kept_high: float | None
    cost_to_keep: float | None


class DepthGain(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``gain_by_depth``: what acting on a share of the customers brings for every thousand of them.

    Attributes:
        action: Name of the action.
        ranking: Who comes first: by ``expected_gain``, ``value_at_risk``, ``risk``, or at random.
        depth: Share of the customers who get the action.
        gain: Margin less cost, reporting currency.
        low: Lower end of its 95 % interval; None with one customer.
        high: Its upper end.
    """

    action: str
    ranking: str
    depth: float
    gain: float
    low: float | None
    high: float | None


class RuleUse(msgspec.Struct, frozen=True, kw_only=True):
    """Number of times that a rule decided for an action.

    Attributes:
        rule: Name of the rule, as in the playbook.
        action: Name of the action; ``none`` where the customer was left alone by chance.
        decisions: Number of decisions, held-out ones included.
        told: How many of them were told.
        finished: How many of these got a final result.
        policy_versions: Number of versions of the policy under which it decided.
    """

    rule: str
    action: str
    decisions: int
    told: int
    finished: int
    policy_versions: int


_RULES: Final = """
SELECT
    rule, action, count() AS decisions, countIf(NOT held_out AND action != 'none') AS told,
    countIf(NOT held_out AND decision_id IN (SELECT decision_id FROM finished)) AS finished,
    uniqExact(policy_version) AS policy_versions
FROM decisions FINAL
GROUP BY rule, action
ORDER BY rule, decisions DESC, action
"""

_FINISHED: Final = """
WITH finished AS
(
    SELECT decision_id FROM interactions
    WHERE decision_id != '' AND result IN ('done', 'refused', 'accepted', 'not_done', 'dismissed')
)"""


def action_effects(client: Connection) -> list[MeasuredEffect]:
    """Return the effect of each action over all decisions, by segment and by week, in this order.

    Args:
        client: A connection to the database.
    """
    statement = (
        f"SELECT {_names(MeasuredEffect)} FROM retention_effects "  # noqa: S608 - names of ours
        "ORDER BY action, indexOf(['all', 'segment', 'week'], scope), segment, week"
    )
    return ask(client, statement, MeasuredEffect)


def action_returns(client: Connection) -> list[MeasuredReturn]:
    """Return what each action brought beside its cost, that of all together first.

    Args:
        client: A connection to the database.
    """
    return ask(client, f"SELECT {_names(MeasuredReturn)} FROM retention_return ORDER BY action", MeasuredReturn)  # noqa: S608


def depth_gains(client: Connection) -> list[DepthGain]:
    """Return the gain at each depth, by action and ranking.

    Args:
        client: A connection to the database.
    """
    statement = f"SELECT {_names(DepthGain)} FROM gain_by_depth ORDER BY action, ranking, depth"  # noqa: S608
    return ask(client, statement, DepthGain)


def rule_uses(client: Connection) -> list[RuleUse]:
    """Return how often each rule decided for which action.

    Args:
        client: A connection to the database.
    """
    return ask(client, _FINISHED + _RULES, RuleUse)


def _names(row: type[msgspec.Struct]) -> str:
    return ", ".join(row.__struct_fields__)
