"""The state as numbers for a model: what the customer looks like at one instant.

Most are logarithms, since what matters of gaps, counts and amounts is their ratio. Products and squares give a
linear model the bends that it lacks; those of recency and count carry most, as the sufficient statistics of
Fader, Hardie and Lee, "Counting Your Customers the Easy Way" (Marketing Science 2005) suggest.
"""

from collections.abc import Sequence
from hashlib import blake2b
from math import log, log1p
from struct import Struct
from typing import Final

from customers.fold import decay
from customers.state import (
    CONTACTS_30,
    HARMFUL_RETURNS_90,
    NEVER,
    PURCHASES_7,
    PURCHASES_30,
    PURCHASES_90,
    PURCHASES_365,
    RETURNS_90,
    SPEND_90,
    SPEND_365,
    UNHAPPY_90,
    UNRESOLVED_90,
    Customer,
)
from schemas.moments import DAY_MS

Features = tuple[float, ...]

FEATURE_GROUPS: Final[dict[str, str]] = {
    "log_recency": "silence",
    "log_age": "tenure",
    "log_purchases": "rhythm",
    "log_last_gap": "rhythm",
    "log_mean_gap": "rhythm",
    "log_smoothed_gap": "rhythm",
    "log_longest_gap": "rhythm",
    "recency_over_gap": "silence",
    "log_purchases_7": "rhythm",
    "log_purchases_30": "rhythm",
    "log_purchases_90": "rhythm",
    "log_purchases_365": "rhythm",
    "log_spend_90": "spend",
    "log_spend_365": "spend",
    "log_mean_amount": "spend",
    "log_mean_units": "spend",
    "recency_by_purchases": "silence",
    "age_by_purchases": "tenure",
    "recency_by_age": "silence",
    "recency_squared": "silence",
    "purchases_squared": "rhythm",
    "age_squared": "tenure",
    "recency_share_of_age": "silence",
    "bought_once": "rhythm",
    "log_rate": "rhythm",
    "expected_silence": "silence",
    "log_returns_90": "returns",
    "log_harmful_returns_90": "returns",
    "log_contacts_30": "contacts",
    "log_unresolved_90": "contacts",
    "log_unhappy_90": "contacts",
    "complaint_open": "contacts",
    "sentiment": "judgement",
    "expected_to_leave": "judgement",
}
"""Every feature, in order, and the group that speaks for it."""

FEATURE_NAMES: Final = tuple(FEATURE_GROUPS)
FEATURE_SET: Final = blake2b("\n".join(FEATURE_NAMES).encode(), digest_size=4).hexdigest()
"""Names this list; a model learnt on another one is refused."""

_PRIOR_DAYS: Final = 30.0
"""Smooths rates of the young: as if each customer had been watched for a month before."""

_PACKED: Final = Struct(f"<{len(FEATURE_NAMES)}f")


def pack(features: Features) -> bytes:
    """Freeze features into little-endian 32-bit floats."""
    return _PACKED.pack(*features)


def unpack(packed: bytes) -> Features:
    """Thaw frozen features, to six digits: 32-bit floats hold no more."""
    # round(value, 6) gives the same and costs more than all else that is done for an answer.
    return tuple([round(value * 1e6) / 1e6 for value in _PACKED.unpack(packed)])


def features_of(customer: Customer, now: int, horizon_days: float) -> Features:
    """The customer's features at an instant.

    Args:
        customer: State with everything folded that was stamped until ``now``.
        now: Instant, ms since 1970.
        horizon_days: How far the question looks ahead.

    Returns:
        One finite number for each of ``FEATURE_NAMES``.
    """
    times = customer.purchase_times
    count = customer.purchases
    last = times[-1] if times else customer.first_seen
    first = customer.first_purchase if count else customer.first_seen
    recency = max(now - last, 0) / DAY_MS
    age = max(now - first, 0) / DAY_MS
    last_gap, mean_gap, smoothed_gap, longest_gap = _gaps(times, count, first)
    week, month, quarter, year = decay(max(now - customer.as_of, 0))
    sums = customer.sums
    log_recency = log1p(recency)
    log_age = log1p(age)
    log_count = log(count) if count else 0.0
    return (
        log_recency,
        log_age,
        log_count,
        log1p(last_gap),
        log1p(mean_gap),
        log1p(smoothed_gap),
        log1p(longest_gap),
        log_recency - log1p(mean_gap if count > 1 else horizon_days),
        log1p(sums[PURCHASES_7] * week),
        log1p(sums[PURCHASES_30] * month),
        log1p(sums[PURCHASES_90] * quarter),
        log1p(sums[PURCHASES_365] * year),
        log1p(sums[SPEND_90] * quarter),
        log1p(sums[SPEND_365] * year),
        log1p(customer.spend / count) if count else 0.0,
        log1p(customer.units / count) if count else 0.0,
        log_recency * log_count,
        log_age * log_count,
        log_recency * log_age,
        log_recency * log_recency,
        log_count * log_count,
        log_age * log_age,
        recency / (age + 1.0),
        1.0 if count == 1 else 0.0,
        log((count + 0.5) / (age + _PRIOR_DAYS)),
        (0.5 + count) * log((_PRIOR_DAYS + age) / (_PRIOR_DAYS + age + horizon_days)),
        log1p(sums[RETURNS_90] * quarter),
        log1p(sums[HARMFUL_RETURNS_90] * quarter),
        log1p(sums[CONTACTS_30] * month),
        log1p(sums[UNRESOLVED_90] * quarter),
        log1p(sums[UNHAPPY_90] * quarter),
        quarter_since(customer.last_unresolved, now) if has_open_complaint(customer) else 0.0,
        customer.sentiment * quarter_since(customer.last_judged, now),
        quarter_since(customer.last_judged, now) if customer.leaving else 0.0,
    )


def has_open_complaint(customer: Customer) -> bool:
    """Whether the latest contact that stayed unresolved has not been followed by one that was resolved."""
    return customer.last_unresolved > customer.last_resolved


def quarter_since(moment: int, now: int) -> float:
    """What is left of an impression after the time since, with a half-life of 90 days."""
    return 0.0 if moment == NEVER else decay(max(now - moment, 0))[2]


def _gaps(times: Sequence[int], count: int, first: int) -> tuple[float, float, float, float]:
    """Last, mean, smoothed and longest gap between purchases in days; zeros before there are two."""
    if len(times) < 2:  # noqa: PLR2004 - a gap lies between two
        return 0.0, 0.0, 0.0, 0.0
    smoothed = longest = last = (times[1] - times[0]) / DAY_MS
    for index in range(2, len(times)):
        last = (times[index] - times[index - 1]) / DAY_MS
        smoothed = 0.5 * (smoothed + last)
        longest = max(longest, last)
    return last, (times[-1] - first) / DAY_MS / (count - 1), smoothed, longest
