"""Life cycle stages of customers, by their own rhythm and spending."""

from collections.abc import Callable
from math import log
from typing import Final, TypeVar

import numpy as np

from customers.features.feature_names import AGE, SPEND_90, SPEND_365
from customers.features.features import Features, Matrix
from customers.state import Customer
from schemas.moments import DAY_MS
from schemas.records.score import LifeCycle
from schemas.settings.risk import SegmentSettings

_Days = TypeVar("_Days", float, Matrix)

_LEAST_GAP_MS: Final = DAY_MS
"""Least usual gap: several orders in one day are one visit, not a rhythm."""


def life_cycle_of(customer: Customer, now: int, horizon_ms: int, pace: float, settings: SegmentSettings) -> LifeCycle:
    """Return the stage of a customer: the first that applies of gone, won_back, new, slipping, growing, steady.

    Args:
        customer: State at ``now``.
        now: Instant, ms since 1970.
        horizon_ms: Horizon of leaving, ms.
        pace: Pace of its spending; see :func:`spending_paces`.
        settings: Limits of the stages.

    Returns:
        The stage; empty for a customer who never bought.
    """
    if not customer.purchases:
        return ""
    gap = usual_gap(customer)
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
    """Return recent spending relative to usual spending: about 1 if it is unchanged, 2 if it has doubled.

    It is the ratio of the rates that follow from the decayed sums with half-lives of 90 and of 365 days. A steady
    spending keeps each sum at its rate times the integral of the decay over the time watched.

    Args:
        features: Of the customers.

    Returns:
        Paces, shape (customers,); 1 for customers who never spent anything.
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
    """Return True if a purchase within the last horizon ended a silence in which the customer was gone."""
    bought, before = customer.last_purchase, customer.purchases
    for silence in reversed(customer.gaps):
        if now - bought > horizon_ms:
            break
        bought -= silence
        before -= 1
        if silence > horizon_ms:
            gap = _mean_gap(bought - customer.first_purchase, before)
            if silence > _gone_after(gap, horizon_ms, settings):
                return True
    return False


def usual_gap(customer: Customer) -> float:
    """Return the mean gap between a customer's purchases, ms, at least a day; 0 for one purchase."""
    return _mean_gap(customer.last_purchase - customer.first_purchase, customer.purchases)


def _mean_gap(span: int, purchases: int) -> float:
    return max(span / (purchases - 1), _LEAST_GAP_MS) if purchases > 1 else 0.0


def _gone_after(gap: float, horizon_ms: int, settings: SegmentSettings) -> float:
    return max(horizon_ms, settings.gone_gaps * gap)
