"""Value tiers and segments."""

from itertools import product
from math import exp, log1p
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.features.feature_names import AGE, BOUGHT_ONCE, FEATURE_NAMES, PURCHASES, RECENCY, SPEND_365
from customers.features.features import Features
from risk.scoring.segments import (
    BINS,
    LEAST_COUNTED,
    RevenueSketch,
    TierThresholds,
    segment_of,
    thresholds_of,
    value_tier_of,
)
from risk.scoring.value import yearly_margin, yearly_revenue
from schemas.records.score import LifeCycle, ValueTier
from schemas.settings.risk import SegmentSettings

SETTINGS = SegmentSettings()
THRESHOLDS = TierThresholds(high=100.0, middle=20.0)
AMOUNTS = st.floats(0.0, 1e8)


def features(spend: float, *, age: float = 400.0, silent: float = 10.0, purchases: int = 3) -> list[float]:
    """Return the features of a customer by age in days and decayed yearly spending."""
    values = [0.0] * len(FEATURE_NAMES)
    values[SPEND_365], values[AGE], values[RECENCY] = log1p(spend), log1p(age), log1p(silent)
    values[PURCHASES], values[BOUGHT_ONCE] = np.log(max(purchases, 1)), float(purchases == 1)
    return values


def sketch_of(revenues: list[float]) -> RevenueSketch:
    """Return a histogram of customers by yearly revenue."""
    a_year_of_one = yearly_revenue(features(1.0))
    sketch = RevenueSketch()
    for revenue in revenues:
        sketch.add(features(revenue / a_year_of_one))
    return sketch


@given(AMOUNTS, st.floats(0.0, 5000.0), st.integers(0, 50))
def test_the_revenue_of_one_is_that_of_many(spend: float, age: float, purchases: int) -> None:
    one = features(spend, age=age, purchases=purchases)
    margin = yearly_margin(Features(np.array([one]).T, 90.0), 1.0)[0]
    assert yearly_revenue(one) == pytest.approx(margin, rel=1e-9)


@given(st.lists(st.floats(1.0, 1e7), min_size=LEAST_COUNTED, max_size=300), st.floats(0.05, 0.6))
def test_a_learnt_border_is_the_quantile_to_a_tenth(revenues: list[float], share: float) -> None:
    settings = SegmentSettings(high_share=share)
    borders = thresholds_of(sketch_of(revenues).published(), 0.3, settings)
    ranked = sorted(revenues, reverse=True)
    place = int(np.ceil(share * len(ranked) - 1e-9)) - 1
    exact = 0.3 * ranked[place]
    assert exact / 1.1 <= borders.high <= exact * 1.1
    assert borders.middle <= borders.high


@given(st.lists(AMOUNTS, max_size=200))
def test_the_sketch_does_not_depend_on_the_order_of_answers(revenues: list[float]) -> None:
    assert sketch_of(revenues).published() == sketch_of(revenues[::-1]).published()


@given(st.lists(AMOUNTS, max_size=50), st.lists(AMOUNTS, max_size=50))
def test_a_sketch_resumes_from_its_published_counts(before: list[float], after: list[float]) -> None:
    resumed = RevenueSketch(sketch_of(before).published())
    for revenue in after:
        resumed.add(features(revenue / yearly_revenue(features(1.0))))
    assert resumed.published() == sketch_of(before + after).published()


def test_the_sketch_is_bounded_and_fades() -> None:
    sketch = RevenueSketch()
    for number in range(300_000):
        sketch.add(features(exp(number % 40)))
    assert sum(sketch.published()) < 1 << 17
    assert len(sketch.published()) <= BINS


def test_only_reviews_of_buyers_of_the_last_year_are_counted() -> None:
    sketch = RevenueSketch()
    sketch.add(features(100.0, silent=0.0))
    sketch.add(features(100.0, silent=366.0))
    assert sketch.published() == ()
    sketch.add(features(100.0, silent=365.0))
    assert sum(sketch.published()) == 1


def test_until_enough_is_learnt_the_settings_say_where_tiers_begin() -> None:
    few = sketch_of([1000.0] * (LEAST_COUNTED - 1)).published()
    assert thresholds_of(few, 0.3, SETTINGS) == TierThresholds(SETTINGS.high_value, SETTINGS.middle_value)
    enough = sketch_of([1000.0] * LEAST_COUNTED).published()
    assert thresholds_of(enough, 0.3, SETTINGS).high == pytest.approx(300.0, rel=0.1)


def test_settings_can_fix_where_tiers_begin() -> None:
    fixed = SegmentSettings(learn_tiers=False, high_value=7.0)
    assert thresholds_of(sketch_of([1000.0] * 500).published(), 0.3, fixed) == TierThresholds(7.0, 7.0)


@given(AMOUNTS, AMOUNTS)
def test_a_customer_worth_more_is_never_in_a_lower_tier(one: float, other: float) -> None:
    order = ["low", "middle", "high"]
    lower, higher = (order.index(value_tier_of(margin, "steady", THRESHOLDS)) for margin in sorted((one, other)))
    assert lower <= higher


def test_a_customer_who_never_bought_has_no_tier_and_one_who_paid_nothing_the_lowest() -> None:
    assert value_tier_of(0.0, "", THRESHOLDS) == ""
    assert value_tier_of(0.0, "steady", TierThresholds(0.0, 0.0)) == "low"


@pytest.mark.parametrize(
    ("value_tier", "life_cycle", "risk", "segment"),
    [
        ("high", "steady", 0.7, "keep_at_all_costs"),
        ("high", "slipping", 0.69, "look_after"),
        ("high", "gone", 0.95, "win_back"),
        ("middle", "slipping", 0.9, "win_back"),
        ("middle", "growing", 0.1, "look_after"),
        ("middle", "gone", 0.1, "win_back"),
        ("low", "gone", 0.9, "let_be"),
        ("", "", 1.0, "let_be"),
    ],
)
def test_stage_tier_and_risk_say_what_to_do(
    value_tier: ValueTier, life_cycle: LifeCycle, risk: float, segment: str
) -> None:
    assert segment_of(risk, life_cycle, value_tier, SETTINGS) == segment


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_every_customer_is_of_one_kind_set_by_stage_tier_and_risk(risk: float, high_risk: float) -> None:
    settings = SegmentSettings(high_risk=high_risk)
    for life_cycle, value_tier in product(get_args(LifeCycle), get_args(ValueTier)):
        segment = segment_of(risk, life_cycle, value_tier, settings)
        assert (segment == "let_be") == (value_tier not in {"high", "middle"})
        assert segment != "keep_at_all_costs" or (value_tier, life_cycle != "gone") == ("high", True)
        assert segment != "look_after" or risk < high_risk
