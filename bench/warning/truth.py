"""Counts leavers who were warned of in time, and alerts that were right, where the truth is known."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import numpy as np

from bench.warning.watch import Watched
from deploy.simulator.simulate import ShopTruth
from schemas.events.interaction import Interaction
from schemas.moments import DAY_MS, to_ms

IN_TIME_GAPS: Final = 3.0
"""Of the customer's own usual gaps after the last purchase: an alert until then is in time."""

_LEAST_PURCHASES: Final = 3
"""Purchases from which on a usual gap is known."""

_SETTLING_DAYS: Final = 60
"""Days of the first model that are left out: everybody is new to it."""


class WarningQuality(NamedTuple):
    """Quality of the alerts of a run.

    Attributes:
        leavers: Customers of high and middle value who left for good.
        margin_warned: Share of their yearly margin with an alert in time.
        gaps: Median number of usual gaps from the last purchase to the alert; infinite without one.
        alerts: Alerts that can be judged: a horizon of the log follows them.
        right: Share of these that were followed by a horizon without a purchase, or by leaving for good within it.
        silent: Share of these that were followed by a horizon without a purchase.
        alerts_a_day: Number of alerts a day.
    """

    leavers: int
    margin_warned: float
    gaps: float
    alerts: int
    right: float
    silent: float
    alerts_a_day: float


class _Leaver(NamedTuple):
    margin: float
    gaps: float


def warning_quality(
    watched: Watched, interactions: Iterable[Interaction], truth: Mapping[str, ShopTruth], horizon_days: float
) -> WarningQuality:
    """Judge the alerts of a run of the shop.

    Args:
        watched: The run.
        interactions: The history.
        truth: Of every customer.
        horizon_days: Horizon of leaving, days.
    """
    bought: defaultdict[str, list[int]] = defaultdict(list)
    for one in interactions:
        if one.type == "purchase":
            bought[one.customer_id].append(to_ms(one.occurred_at))
    since, horizon = watched.since + _SETTLING_DAYS * DAY_MS, round(horizon_days * DAY_MS)
    leavers = list(_leavers(watched, bought, truth, since))
    judged = [alert for alert in watched.alerts if since <= alert.at <= watched.until - horizon]
    silent = [_is_silent(bought[alert.customer_id], alert.at, horizon) for alert in judged]
    right = [
        no_purchase or _leaves(truth[alert.customer_id], alert.at + horizon)
        for alert, no_purchase in zip(judged, silent, strict=True)
    ]
    margins = np.array([leaver.margin for leaver in leavers])
    gaps = np.array([leaver.gaps for leaver in leavers])
    return WarningQuality(
        len(leavers),
        float(margins[gaps <= IN_TIME_GAPS].sum() / margins.sum()),
        float(np.median(gaps)),
        len(judged),
        float(np.mean(right)),
        float(np.mean(silent)),
        len(judged) * DAY_MS / (watched.until - horizon - since),
    )


def _leavers(
    watched: Watched, bought: Mapping[str, list[int]], truth: Mapping[str, ShopTruth], since: int
) -> Iterable[_Leaver]:
    raised: defaultdict[str, list[int]] = defaultdict(list)
    for alert in watched.alerts:
        raised[alert.customer_id].append(alert.at)
    for customer_id, what in truth.items():
        own = bought.get(customer_id, [])
        margin, middle = watched.margins.get(customer_id, (0.0, 0.0))
        if what.left_at is None or len(own) < _LEAST_PURCHASES or not 0.0 < middle <= margin:
            continue
        gap = max((own[-1] - own[0]) / (len(own) - 1), DAY_MS)
        if since <= own[-1] <= watched.until - IN_TIME_GAPS * gap:
            after = min((at - own[-1] for at in raised[customer_id] if at >= own[-1]), default=np.inf)
            yield _Leaver(margin, after / gap)


def _is_silent(bought: list[int], at: int, horizon: int) -> bool:
    following = bisect_right(bought, at)
    return following == len(bought) or bought[following] > at + horizon


def _leaves(truth: ShopTruth, until: int) -> bool:
    return truth.left_at is not None and to_ms(truth.left_at) <= until
