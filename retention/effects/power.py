"""Power: how many decisions it takes to see an effect of a given size."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from scipy.special import ndtri

from retention.effects.intervals import ALPHA, always_valid_factor, smallest_that

POWER: Final = 0.8
"""Probability with which an effect of the given size shall be found."""

EFFECTS: Final = (0.005, 0.01, 0.02, 0.05, 0.1)
"""Effects of the table, as differences of the share of customers who buy."""

HOLDOUT_SHARES: Final = (0.1, 0.3, 0.5)


@dataclass(frozen=True, slots=True)
class DecisionsNeeded:
    """One row of the power table.

    Attributes:
        effect: Effect, in units of the outcome.
        holdout_share: Share of customers held out.
        one_look: Number of decisions needed if the interval is looked at once, at the end.
        all_looks: Number needed if it is looked at all the time.
    """

    effect: float
    holdout_share: float
    one_look: int
    all_looks: int


def power_table(
    buys: float, explained: float = 0.0, effects: Sequence[float] = EFFECTS, shares: Sequence[float] = HOLDOUT_SHARES
) -> list[DecisionsNeeded]:
    """Compute the numbers of decisions for effects on the share of customers who buy within the horizon.

    Args:
        buys: Share of held-out customers who buy, between 0 and 1.
        explained: Share of the variance of the outcome that the covariates explain, from 0 to below 1.
        effects: Differences of that share; those beyond which more than all would buy are left out.
        shares: Shares of customers held out.
    """
    rows = []
    for effect in effects:
        treated = buys + effect
        if not 0.0 <= treated <= 1.0:
            continue
        for share in shares:
            spread = _spread_of_difference(
                buys * (1.0 - buys) * (1.0 - explained), treated * (1.0 - treated) * (1.0 - explained), share
            )
            rows.append(decisions_for(effect, share, spread))
    return rows


def power_for_amounts(
    deviation: float, effects: Sequence[float], explained: float = 0.0, shares: Sequence[float] = HOLDOUT_SHARES
) -> list[DecisionsNeeded]:
    """Compute the numbers of decisions for effects on an amount, such as the margin.

    Args:
        deviation: Standard deviation of the amount over decisions, reporting currency.
        effects: Differences of its mean, reporting currency.
        explained: Share of its variance that the covariates explain, from 0 to below 1.
        shares: Shares of customers held out.
    """
    variance = deviation * deviation * (1.0 - explained)
    return [
        decisions_for(effect, share, _spread_of_difference(variance, variance, share))
        for effect in effects
        for share in shares
    ]


def decisions_for(effect: float, holdout_share: float, spread: float) -> DecisionsNeeded:
    """Compute the numbers of decisions for one effect, one decision a customer.

    Args:
        effect: Effect in units of the outcome, not 0.
        holdout_share: Share of customers held out, between 0 and 1.
        spread: Standard error of the estimated effect, times the square root of the number of decisions.
    """
    least_errors = -float(ndtri(1.0 - POWER))
    one_look = -float(ndtri(ALPHA / 2.0)) + least_errors
    return DecisionsNeeded(
        effect=effect,
        holdout_share=holdout_share,
        one_look=smallest_that(lambda n: one_look * spread / sqrt(n) <= abs(effect)),
        all_looks=smallest_that(lambda n: (always_valid_factor(n) + least_errors) * spread / sqrt(n) <= abs(effect)),
    )


def _spread_of_difference(variance_held_out: float, variance_treated: float, share: float) -> float:
    return sqrt(variance_held_out / share + variance_treated / (1.0 - share))
