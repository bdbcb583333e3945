"""Value tiers and segments: how much customers are worth compared with others, and how to treat them.

Tier thresholds are quantiles of yearly revenue over all customers, which no single worker knows. The learner sees the
answered questions of all customers, so it keeps a histogram of their revenue and publishes it with the model; a worker
derives the thresholds from it. So a tier follows from the customer's state and the model alone, like the risk.

The histogram is logarithmic, after Masson, Rim and Lee, "DDSketch" (VLDB 2019): bounded, within a known relative error,
and independent of the order of answers except for the fading.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log
from typing import Final

from customers.features.feature_names import RECENCY
from risk.scoring.value import YEAR_DAYS, yearly_revenue
from schemas.records.score import LifeCycle, Segment, ValueTier
from schemas.settings.risk import SegmentSettings

BINS: Final = 256
_SMALLEST: Final = 0.01
"""Upper end of the first bin: yearly revenue that counts as nothing, reporting currency."""

_STEP: Final = 1.1
"""Ratio of successive bin ends: thresholds are exact to 5 %, up to some 300 million."""

_LOG_STEP: Final = log(_STEP)
_LOG_YEAR: Final = log(1.0 + YEAR_DAYS)
_FADES_AT: Final = 1 << 17
"""Total at which all counts are halved, so that old spending fades and counts stay small."""

LEAST_COUNTED: Final = 100
"""Number of counted answers from which thresholds are learnt."""


class RevenueSketch:
    """Histogram of customers by yearly revenue.

    Attributes:
        counts: Answers per bin; the first bin holds customers who are worth nothing.
    """

    def __init__(self, counts: Sequence[int] = ()) -> None:
        """Start empty, or continue from published counts."""
        self.counts = [*counts[:BINS], *[0] * (BINS - len(counts))]
        self._total = sum(self.counts)

    def add(self, features: Sequence[float]) -> None:
        """Count the customer of an answered question.

        Only questions asked at reviews count, since reviews ask everyone equally often, while purchases ask frequent
        buyers more. Customers who were silent for a year do not count either.

        Args:
            features: Of the moment of the question, in the order of ``FEATURE_NAMES``.
        """
        if not 0.0 < features[RECENCY] <= _LOG_YEAR:
            return
        self.counts[_bin_of(yearly_revenue(features))] += 1
        self._total += 1
        if self._total >= _FADES_AT:
            self.counts = [count // 2 for count in self.counts]
            self._total = sum(self.counts)

    def published(self) -> tuple[int, ...]:
        """Return the counts up to the last bin that is not empty."""
        used = next((index for index in range(BINS, 0, -1) if self.counts[index - 1]), 0)
        return tuple(self.counts[:used])


@dataclass(frozen=True, slots=True)
class TierThresholds:
    """Yearly margins, reporting currency, from which a customer is of high and of middle value."""

    high: float
    middle: float


def thresholds_of(counts: Sequence[int], margin: float, settings: SegmentSettings) -> TierThresholds:
    """Return the thresholds in force: learnt ones if enough answers were counted, else those of the settings.

    Args:
        counts: Published counts of the histogram.
        margin: Share of revenue that is margin.
        settings: Shares of customers of high and of middle value, and the thresholds before any are learnt.
    """
    if not settings.learn_tiers or sum(counts) < LEAST_COUNTED:
        return TierThresholds(settings.high_value, min(settings.middle_value, settings.high_value))
    high = margin * _exceeded_by(counts, settings.high_share)
    middle = margin * _exceeded_by(counts, min(settings.high_share + settings.middle_share, 1.0))
    return TierThresholds(high, middle)


def value_tier_of(margin: float, life_cycle: LifeCycle, thresholds: TierThresholds) -> ValueTier:
    """Return a customer's value tier; empty for one who never bought.

    Args:
        margin: Expected margin of a year, reporting currency.
        life_cycle: Empty for a customer who never bought.
        thresholds: Margins at which tiers begin.
    """
    if not life_cycle:
        return ""
    if margin <= 0.0:
        return "low"
    if margin >= thresholds.high:
        return "high"
    return "middle" if margin >= thresholds.middle else "low"


def segment_of(risk: float, life_cycle: LifeCycle, value_tier: ValueTier, settings: SegmentSettings) -> Segment:
    """Return the segment of a customer.

    Args:
        risk: Probability of leaving.
        life_cycle: A customer who is gone can only be won back.
        value_tier: Empty for a customer who never bought.
        settings: Risk from which a customer is likely to leave.
    """
    if value_tier not in {"high", "middle"}:
        return "let_be"
    if life_cycle == "gone":
        return "win_back"
    if risk < settings.high_risk:
        return "look_after"
    return "keep_at_all_costs" if value_tier == "high" else "win_back"


def _bin_of(revenue: float) -> int:
    if revenue <= _SMALLEST:
        return 0
    return min(max(ceil(log(revenue / _SMALLEST) / _LOG_STEP), 1), BINS - 1)


def _exceeded_by(counts: Sequence[int], share: float) -> float:
    """Return the yearly revenue, to within a bin, that a share of the customers reaches."""
    wanted = share * sum(counts)
    reached = 0
    for index in range(len(counts) - 1, -1, -1):
        reached += counts[index]
        if reached >= wanted:
            return _SMALLEST * _STEP ** (index - 0.5) if index else 0.0
    return 0.0
