"""Verdicts on effects, in one of four words, and the reason for which an action is switched off."""

from typing import Final

from retention.effects.intervals import Estimate
from schemas.records.verdict import Verdict

FEWEST: Final = 30
"""Number of customers in each arm who bought, below which the log supports no verdict.

Where few of those held out have bought, the large outcomes that are still to come are neither in the mean nor in its
error, and even the always-valid interval says too early, and too often, that acting helps.
"""


def verdict_of(estimate: Estimate, fewest_buyers: int) -> Verdict:
    """Return the verdict on an effect, by the always-valid interval: nobody knows how often it will be looked at.

    Args:
        estimate: Effect of the action.
        fewest_buyers: Number of customers who bought of those treated, or of those not treated, whichever is less.
    """
    if fewest_buyers < FEWEST:
        return "no_support"
    within = estimate.always
    if within.low > 0.0:
        return "helps"
    return "harms" if within.high < 0.0 else "cannot_tell"


def brings_less_than_it_costs(estimate: Estimate, cost: float) -> bool:
    """Return True if an action is to be switched off: its always-valid interval lies below its cost.

    Args:
        estimate: Effect of the action on the margin of a decision, reporting currency.
        cost: Cost of carrying it out, reporting currency.
    """
    return estimate.always.high < cost


def stop_line(action: str, estimate: Estimate, cost: float) -> str:
    """Return the sentence that says why an action is switched off.

    Args:
        action: Name of the action.
        estimate: Its effect on the margin, reporting currency.
        cost: Its cost, reporting currency.
    """
    within = estimate.always
    reason = "harms" if within.high < 0.0 else "brings less than it costs"
    return (
        f"{action}: stop: {reason}: {estimate.value:+.2f} a decision, between {within.low:+.2f} and "
        f"{within.high:+.2f}, at a cost of {cost:.2f} ({estimate.decisions:,} decisions)"
    )
