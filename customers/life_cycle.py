"""Where a customer stands in the life of a customer, by their own rhythm and spending."""

from collections.abc import Callable
from math import log
from typing import Final, TypeVar

import numpy as np

from customers.features import AGE, SPEND_90, SPEND_365, Features, Matrix
from customers.state import Customer
from schemas.moments import DAY_MS
from schemas.records import LifeCycle
from schemas.settings import SegmentSettings

_Days = TypeVar("_Days", float, Matrix)

_LEAST_GAP_MS: Final = DAY_MS
"""Orders split over one day are one visit, not a rhythm."""


def life_cycle_of(customer: Customer, now: int, horizon_ms: int, pace: float, settings: SegmentSettings) -> LifeCycle:
    """The one stage that a customer is in; the first that applies of gone, won_back, new, slipping, growing, steady.

    Args:
        customer: As it stands at ``now``.
        now: ms since 1970.
        horizon_ms: Leaving means buying nothing for so long.
        pace: Of its spending; see :func:`spending_paces`.
        settings: Where the stages begin.

    Returns:
        The stage; empty for who never bought.
    """
    if not customer.purchases:
        return ""
    gap = _usual_gap(customer.last_purchase - customer.first_purchase, customer.purchases)
    silence = now - customer.last_purchase
    if silence > _gone_after(gap, horizon_ms, settings):
        return "gone"
    if _came_back(customer, now, horizon_ms, settings):
        return "won_back"
    if now - customer.first_purchase <= settings.new_days * DAY_MS:
        return "new"
    if silence > settings.slipping_gaps * gap or pace < settings.slipping_pace:
        return "slipping"
    return "growing" if pace > settings.growing_pace else "steady"


def spending_paces(features: Features) -> Matrix:
    """Recent spending over usual spending: about 1 for who spends as ever, 2 for who spends twice as much.

    The ratio of the rates that the decayed sums of half-lives of 90 and of 365 days stand for. A steady spending keeps
    each sum at the rate times the integral of the decay over the time watched, which divides out.

    Args:
        features: Of customers at their moments.

    Returns:
        One pace a customer; 1 for who never spent anything.
    """
    values = features.values
    watched = np.maximum(np.expm1(values[AGE]), 1.0)
    recent = np.expm1(values[SPEND_90]) / decay_integral(90.0, watched, np.exp2)
    usual = np.expm1(values[SPEND_365]) / decay_integral(365.0, watched, np.exp2)
    spent = usual > 0.0
    return np.where(spent, recent / np.where(spent, usual, 1.0), 1.0)


def decay_integral(half_life: float, watched: _Days, exp2: Callable[[_Days], _Days]) -> _Days:
    """Return the integral of an exponential decay over the time watched, days.

    Args:
        half_life: Of the decay, days.
        watched: Time watched, days; a number or an array.
        exp2: ``math.exp2`` for a number, ``numpy.exp2`` for an array.
    """
    return half_life / log(2.0) * (1.0 - exp2(-watched / half_life))


def _came_back(customer: Customer, now: int, horizon_ms: int, settings: SegmentSettings) -> bool:
    """Whether a purchase within the last horizon ended a silence in which the customer was gone."""
    bought, before = customer.last_purchase, customer.purchases
    for silence in reversed(customer.gaps):
        if now - bought > horizon_ms:
            break
        bought -= silence
        before -= 1
        if silence > horizon_ms:
            gap = _usual_gap(bought - customer.first_purchase, before)
            if silence > _gone_after(gap, horizon_ms, settings):
                return True
    return False


def _usual_gap(span: int, purchases: int) -> float:
    """Mean gap of so many purchases within a span, ms; 0 where one purchase has no gap."""
    return max(span / (purchases - 1), _LEAST_GAP_MS) if purchases > 1 else 0.0


def _gone_after(gap: float, horizon_ms: int, settings: SegmentSettings) -> float:
    return max(horizon_ms, settings.gone_gaps * gap)
