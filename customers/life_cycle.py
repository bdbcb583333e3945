"""Where a customer stands in the life of a customer, by their own rhythm and spending."""

from math import log
from typing import Final

from customers.state import HALF_LIVES, SPEND_90, SPEND_365, SUM_HALF_LIVES, Customer
from schemas.moments import DAY_MS
from schemas.records import LifeCycle
from schemas.settings import SegmentSettings

_LEAST_GAP_MS: Final = DAY_MS
"""Orders split over one day are one visit, not a rhythm."""


def life_cycle_of(customer: Customer, now: int, horizon_ms: int, settings: SegmentSettings) -> LifeCycle:
    """The one stage that a customer is in; the first that applies of gone, won_back, new, slipping, growing, steady.

    Args:
        customer: As it stands at ``now``.
        now: ms since 1970.
        horizon_ms: Leaving means buying nothing for so long.
        settings: Where the stages begin.

    Returns:
        The stage; empty for who never bought.
    """
    times = customer.purchase_times
    if not times:
        return ""
    gap = _usual_gap(times[-1] - customer.first_purchase, customer.purchases)
    silence = now - times[-1]
    if silence > _gone_after(gap, horizon_ms, settings):
        return "gone"
    if _came_back(customer, now, horizon_ms, settings):
        return "won_back"
    if now - customer.first_purchase <= settings.new_days * DAY_MS:
        return "new"
    pace = spending_pace(customer, now)
    if silence > settings.slipping_gaps * gap or pace < settings.slipping_pace:
        return "slipping"
    return "growing" if pace > settings.growing_pace else "steady"


def spending_pace(customer: Customer, now: int) -> float:
    """Recent spending over usual spending: about 1 for who spends as ever, 2 for who spends twice as much.

    The ratio of the rates that the decayed sums of half-lives of 90 and of 365 days stand for. A steady spending keeps
    each sum at the rate times the integral of the decay over the time watched, which divides out.

    Args:
        customer: As it stands at ``now``.
        now: ms since 1970.
    """
    recent, usual = _rate(customer, now, SPEND_90), _rate(customer, now, SPEND_365)
    return recent / usual if usual > 0.0 else 1.0


def _rate(customer: Customer, now: int, index: int) -> float:
    half_life = HALF_LIVES[SUM_HALF_LIVES[index]] * DAY_MS
    watched = max(now - customer.first_purchase, DAY_MS)
    integral = half_life / log(2.0) * (1.0 - 2.0 ** (-watched / half_life))
    left = 2.0 ** (-max(now - customer.as_of, 0) / half_life)
    rate: float = customer.sums[index] * left / integral
    return rate


def _came_back(customer: Customer, now: int, horizon_ms: int, settings: SegmentSettings) -> bool:
    """Whether a purchase within the last horizon ended a silence in which the customer was gone."""
    times = customer.purchase_times
    for index in range(len(times) - 1, 0, -1):
        if now - times[index] > horizon_ms:
            break
        silence = times[index] - times[index - 1]
        if silence > horizon_ms:
            before = customer.purchases - (len(times) - index)
            gap = _usual_gap(times[index - 1] - customer.first_purchase, before)
            if silence > _gone_after(gap, horizon_ms, settings):
                return True
    return False


def _usual_gap(span: int, purchases: int) -> float:
    """Mean gap of so many purchases within a span, ms; 0 where one purchase has no gap."""
    return max(span / (purchases - 1), _LEAST_GAP_MS) if purchases > 1 else 0.0


def _gone_after(gap: float, horizon_ms: int, settings: SegmentSettings) -> float:
    return max(horizon_ms, settings.gone_gaps * gap)
