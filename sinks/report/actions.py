"""Queries about what acting brought."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from clickhouse_connect.driver.client import Client

from schemas.records.verdict import Verdict
from sinks.clickhouse.ask import ask


class Effect(msgspec.Struct, frozen=True):
    """Effect of an action, of all its decisions or of those of a segment; see the view ``retention_effects``."""

    action: str
    segment: str
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


class ActionReturn(msgspec.Struct, frozen=True):
    """Return of an action, or of all together where its name is empty; see the view ``retention_return``."""

    action: str
    told: int
    held_out: int
    cost: float
    margin: float | None
    margin_low: float | None
    margin_high: float | None
    return_on_spend: float | None
    kept: float | None
    kept_low: float | None
    kept_high: float | None
    cost_to_keep: float | None
    cost_of_losing: float | None


class Depth(msgspec.Struct, frozen=True):
    """Gain of an action at a depth of a ranking; see the view ``gain_by_depth``."""

    ranking: str
    depth: float
    gain: float
    low: float | None
    high: float | None


class ActionFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Figures about what acting brought, over all time.

    Attributes:
        decided: Number of decisions.
        settled: Number of those whose horizon is over.
        effects: By action.
        by_segment: The same by segment.
        returns: By action; all together come last.
        depths: Gains by depth of the two actions with the most outcomes, by action.
        mismatches: Actions of which not as many were held out as were set.
    """

    decided: int
    settled: int
    effects: Sequence[Effect]
    by_segment: Sequence[Effect]
    returns: Sequence[ActionReturn]
    depths: Mapping[str, Sequence[Depth]]
    mismatches: Sequence[str]


class _Numbers(msgspec.Struct, frozen=True):
    decided: int
    settled: int


_NUMBERS: Final = """
SELECT (SELECT count() FROM decisions FINAL) AS decided, (SELECT count() FROM outcomes FINAL) AS settled
"""

_EFFECTS: Final = """
SELECT action, segment, treated, held_out, effect, low, high, always_low, always_high, cost, verdict, more
FROM retention_effects
WHERE scope = {scope:String}
ORDER BY effect DESC, action, segment
"""

_RETURNS: Final = """
SELECT
    action, told, held_out, cost, margin, margin_low, margin_high, return_on_spend, kept,
    kept_low, kept_high, cost_to_keep, cost_of_losing
FROM retention_return
ORDER BY action = '', margin DESC NULLS LAST, action
"""

_DEPTHS: Final = """
SELECT ranking, depth, gain, low, high FROM gain_by_depth WHERE action = {action:String} ORDER BY ranking, depth
"""

_SHOWN_BY_DEPTH: Final = 2

_MISMATCHES: Final = "SELECT action FROM sample_ratio WHERE is_mismatch ORDER BY action"


def action_figures(client: Client) -> ActionFigures:
    """Query all of it.

    Args:
        client: A connection to the database.
    """
    numbers = ask(client, _NUMBERS, _Numbers)[0]
    effects = ask(client, _EFFECTS, Effect, scope="all")
    known_best = sorted(effects, key=lambda one: one.treated + one.held_out, reverse=True)[:_SHOWN_BY_DEPTH]
    return ActionFigures(
        decided=numbers.decided,
        settled=numbers.settled,
        effects=effects,
        by_segment=ask(client, _EFFECTS, Effect, scope="segment"),
        returns=ask(client, _RETURNS, ActionReturn),
        depths={one.action: ask(client, _DEPTHS, Depth, action=one.action) for one in known_best},
        mismatches=[row[0] for row in client.query(_MISMATCHES).result_rows],
    )
