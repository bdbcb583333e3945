"""Causes of churn: each customer's cause, and the moments that follow from it.

Churn is drawn before the life that leads to it: first the cause, then the signs that it leaves. What a model can
see is the joint distribution, and that is the same whichever is drawn first; drawn in this order the truth is known
without playing the shop, and the rate of leaving does not shift when a trace is tuned. Customers who stay have
returns and complaints too (see ``aftermath``), so no trace is proof.
"""

from random import Random
from typing import Literal, NamedTuple, TypeAlias, cast

from deploy.simulator.draw import DAY, Choices, pick, weighted
from deploy.simulator.seasons import opening_hour

Cause: TypeAlias = Literal["drifted_away", "unresolved_complaint", "defective_return", "competitor", "agent_foresaw"]

LEAVING_A_YEAR = 0.5
"""Rate at which customers meet their last purchase, a year."""

ONE_TIMERS = 0.05
"""Share of customers who buy once and never again; silence is all that shows, so their cause is ``competitor``."""

SLOW = 30 * DAY
"""Customers with longer gaps than this buy too seldom for a drift to be seen."""

DRIFT_GAPS = 9
"""A drift begins this many usual gaps before the customer is gone."""

STEADY_FIRST = 1.4
"""Nobody is gone by drifting sooner than this many drifts after the first purchase."""

_CAUSES = weighted(
    drifted_away=0.38, unresolved_complaint=0.22, defective_return=0.16, competitor=0.12, agent_foresaw=0.12
)
_CAUSES_OF_THE_SLOW = weighted(unresolved_complaint=0.35, defective_return=0.25, competitor=0.22, agent_foresaw=0.18)
_DAYS_UNTIL_GONE = (8.0, 21.0)


class Churn(NamedTuple):
    """The end of one customer's time with the shop; all moments are Unix seconds.

    Attributes:
        cause: Cause of leaving.
        drift_from: When gaps begin to lengthen and spending to shrink; equal to ``left_at`` unless they drift away.
        last_purchase_at: No purchase is made after this. For all causes but drifting there is one at this very moment.
        left_at: When they are gone; every trace of the cause lies before it.
    """

    cause: Cause
    drift_from: float
    last_purchase_at: float
    left_at: float


def draw_churn(random: Random, *, first_at: float, gap: float) -> Churn:
    """Draw how and when a customer leaves who first buys at ``first_at`` (Unix seconds), usually every ``gap`` s."""
    if random.random() < ONE_TIMERS:
        return _abrupt(random, "competitor", first_at)
    met_at = opening_hour(random, first_at + DAY + random.expovariate(LEAVING_A_YEAR / 365) * DAY)
    cause = cast("Cause", pick(random, _causes(gap)))
    if cause != "drifted_away":
        return _abrupt(random, cause, met_at)
    left_at = max(met_at, first_at + STEADY_FIRST * DRIFT_GAPS * gap)
    return Churn(cause, left_at - DRIFT_GAPS * gap, left_at, left_at)


def _causes(gap: float) -> Choices:
    return _CAUSES_OF_THE_SLOW if gap > SLOW else _CAUSES


def _abrupt(random: Random, cause: Cause, last_purchase_at: float) -> Churn:
    left_at = last_purchase_at + random.uniform(*_DAYS_UNTIL_GONE) * DAY
    return Churn(cause, left_at, last_purchase_at, left_at)
