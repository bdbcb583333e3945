"""One customer's features and odds in plain Python, as an engine that gets one message at a time needs them.

The worker computes them for many customers at once, which costs several times as much for one alone; peers, which are
given one at a time, shall not pay for that. A test holds the two equal.
"""

from collections.abc import Callable
from math import exp, log, log1p
from typing import Final

from customers.features.feature_names import FEATURE_NAMES
from customers.fold import decay
from customers.state import HARMFUL_RETURNS_90, SUM_HALF_LIVES, UNRESOLVED_90, Customer
from risk.scoring.model.risk_model import CLIP
from schemas.moments import DAY_MS
from schemas.records.model import Model

_SEEN_ONLY_BY_SERVICE: Final = (0.0, 0.0, 0.0)
"""Complaints and judgements: who only buys has none."""


def features_alone(customer: Customer, now: int, horizon_days: float) -> list[float]:
    """The features of a customer who has bought and never called.

    Args:
        customer: State with everything folded that was stamped until ``now``.
        now: Instant, ms since 1970.
        horizon_days: How far the question looks ahead.
    """
    count, bought = customer.purchases, customer.last_purchase
    recency, age = (now - bought) / DAY_MS, (now - customer.first_purchase) / DAY_MS
    log_recency, log_age, log_count = log1p(recency), log1p(age), log(count)
    last, mean, smoothed, longest = _gaps(customer.gaps, count, bought - customer.first_purchase)
    left = decay(now - customer.as_of)
    log_mean_gap = log1p(mean)
    usual, recent, most = (log1p(gap if count > 1 else horizon_days) for gap in (mean, smoothed, longest))
    sums = [log1p(total * left[index]) for total, index in zip(customer.sums, SUM_HALF_LIVES, strict=True)]
    over_gap = log_recency - usual
    overdue = max(over_gap, 0.0)
    watched = 30.0 + age
    return [
        log_recency,
        log_age,
        log1p(last),
        log_mean_gap,
        log1p(smoothed),
        log1p(longest),
        *sums,
        log1p(customer.spend / count),
        log1p(customer.units / count),
        log_count,
        1.0 if count == 1 else 0.0,
        *_SEEN_ONLY_BY_SERVICE,
        over_gap,
        log_recency * log_count,
        log_age * log_count,
        log_recency * log_age,
        log_recency * log_recency,
        log_count * log_count,
        log_age * log_age,
        recency / (age + 1.0),
        log((count + 0.5) / watched),
        (0.5 + count) * log(watched / (watched + horizon_days)),
        overdue,
        overdue * log_count,
        over_gap * over_gap,
        log1p((0.5 + count) * log(watched / (watched - max(min(recency, age), 0.0)))),
        max(over_gap - log(2.0), 0.0),
        max(log_recency - most, 0.0) * log_count,
        (log_recency - recent) * (log_recency - recent),
        (recent - usual) * (recent - usual),
        sums[HARMFUL_RETURNS_90] * log_recency,
        sums[UNRESOLVED_90] * log_recency,
    ]


def predictor_of(model: Model) -> Callable[[list[float]], float]:
    """Return a function from features to the probability of leaving: standardise, clip, weigh, add up."""
    scales = [variance**-0.5 if variance > 0.0 else 0.0 for variance in model.variances]
    terms = tuple(zip(model.means, scales, model.weights, strict=True))

    def predict(features: list[float]) -> float:
        log_odds = model.intercept
        for value, (mean, scale, weight) in zip(features, terms, strict=True):
            standardised = (value - mean) * scale
            if standardised > CLIP:
                standardised = CLIP
            elif standardised < -CLIP:
                standardised = -CLIP
            log_odds += weight * standardised
        return 1.0 / (1.0 + exp(-log_odds))

    if model.feature_names != FEATURE_NAMES:
        raise ValueError(f"model {model.version} has other features")
    return predict


def _gaps(gaps: list[int], count: int, span: int) -> tuple[float, float, float, float]:
    if count == 1:
        return 0.0, 0.0, 0.0, 0.0
    smoothed = longest = last = gaps[0] / DAY_MS
    for index in range(1, len(gaps)):
        last = gaps[index] / DAY_MS
        smoothed = 0.5 * (smoothed + last)
        longest = max(longest, last)
    return last, span / DAY_MS / (count - 1), smoothed, longest
