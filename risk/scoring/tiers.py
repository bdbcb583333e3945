"""Value tiers: which customers are worth most, by borders that the learner finds as it goes.

Borders are quantiles of the yearly revenue of customers, over all customers and so known to no worker. The learner, who
sees the answered questions of all, keeps a sketch of them and publishes it with the model; a worker reads the borders
off it. So a tier follows from the customer's state and the model alone, as the risk does.

The sketch counts on a logarithmic scale, after Masson, Rim and Lee, "DDSketch" (VLDB 2019): bounded, within a known
relative error, and the same in whatever order answers come, up to the fading.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp2, expm1, log
from typing import Final

from customers.features import AGE, BOUGHT_ONCE, PURCHASES, RECENCY, SPEND_365
from risk.scoring.value import LEAST_WATCHED_DAYS, YEAR_DAYS
from schemas.records import LifeCycle, ValueTier
from schemas.settings import SegmentSettings

BINS: Final = 256
_SMALLEST: Final = 0.01
"""Revenue a year up to which a customer counts as worth nothing, reporting currency."""

_STEP: Final = 1.1
"""Each bin ends at so many times the one before: a border is right to a twentieth, up to some 300 million."""

_LOG_STEP: Final = log(_STEP)
_FADES_AT: Final = 1 << 17
"""Counts are halved at so many: what customers spent long ago is forgotten, and numbers stay small."""

LEAST_COUNTED: Final = 100
"""Borders are read off the sketch from so many counted on."""


class RevenueSketch:
    """How many customers are expected to spend how much a year.

    Attributes:
        counts: Answers counted a bin; the first bin holds those worth nothing.
    """

    def __init__(self, counts: Sequence[int] = ()) -> None:
        """Begin, or go on from counts as they were published."""
        self.counts = [*counts[:BINS], *[0] * (BINS - len(counts))]
        self._total = sum(self.counts)

    def add(self, features: Sequence[float]) -> None:
        """Count the customer of an answered question.

        Only questions asked at reviews count, since these are asked of everyone equally often; purchases ask more of
        who buys more. Who was silent for a year does not count either.

        Args:
            features: Of the moment of the question.
        """
        if not 0.0 < features[RECENCY] <= _LOG_YEAR:
            return
        self.counts[_bin_of(yearly_revenue(features))] += 1
        self._total += 1
        if self._total >= _FADES_AT:
            self.counts = [count // 2 for count in self.counts]
            self._total = sum(self.counts)

    def published(self) -> tuple[int, ...]:
        """The counts up to the last bin that holds any."""
        used = next((index for index in range(BINS, 0, -1) if self.counts[index - 1]), 0)
        return tuple(self.counts[:used])


@dataclass(frozen=True, slots=True)
class TierThresholds:
    """Margin a year, reporting currency, from which a customer is of high and of middle value."""

    high: float
    middle: float


def thresholds_of(counts: Sequence[int], margin: float, settings: SegmentSettings) -> TierThresholds:
    """The borders that hold now.

    Args:
        counts: Of the sketch, as published.
        margin: Share of the revenue that is margin.
        settings: The shares that are of high and of middle value, and the borders while nothing is learnt.
    """
    if not settings.learn_tiers or sum(counts) < LEAST_COUNTED:
        return TierThresholds(settings.high_value, min(settings.middle_value, settings.high_value))
    high = margin * _exceeded_by(counts, settings.high_share)
    middle = margin * _exceeded_by(counts, min(settings.high_share + settings.middle_share, 1.0))
    return TierThresholds(high, middle)


def value_tier_of(margin: float, life_cycle: LifeCycle, borders: TierThresholds) -> ValueTier:
    """How much a customer is worth, set against the others.

    Args:
        margin: Expected of a year, reporting currency.
        life_cycle: Empty for who never bought, and so has no tier.
        borders: Where tiers begin.
    """
    if not life_cycle:
        return ""
    if margin <= 0.0:
        return "low"
    if margin >= borders.high:
        return "high"
    return "middle" if margin >= borders.middle else "low"


def yearly_revenue(features: Sequence[float]) -> float:
    """What a customer's decayed rate of spending comes to in a year; :func:`risk.scoring.value.yearly_margin` for one.

    Args:
        features: Of one customer, in the order of ``FEATURE_NAMES``.
    """
    if not (features[PURCHASES] > 0.0 or features[BOUGHT_ONCE] > 0.0):
        return 0.0
    watched = max(expm1(features[AGE]), LEAST_WATCHED_DAYS)
    integral_days = YEAR_DAYS / log(2.0) * (1.0 - exp2(-watched / YEAR_DAYS))
    return expm1(features[SPEND_365]) / integral_days * YEAR_DAYS


_LOG_YEAR: Final = log(1.0 + YEAR_DAYS)


def _bin_of(revenue: float) -> int:
    if revenue <= _SMALLEST:
        return 0
    return min(max(ceil(log(revenue / _SMALLEST) / _LOG_STEP), 1), BINS - 1)


def _exceeded_by(counts: Sequence[int], share: float) -> float:
    """The least revenue a year, to within a bin, of the given share of customers who are worth most."""
    wanted = share * sum(counts)
    reached = 0
    for index in range(len(counts) - 1, -1, -1):
        reached += counts[index]
        if reached >= wanted:
            return _SMALLEST * _STEP ** (index - 0.5) if index else 0.0
    return 0.0
