from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.facts import PURCHASE, Fact
from customers.features.features import features_of
from risk.scoring.model.regression import GROUPS
from risk.scoring.model.rule import effects_by_rule, log_odds_by_rule
from tests.risk.histories import customer_of, day

_purchase_days = st.lists(st.floats(0.0, 700.0), min_size=1, max_size=12)


def _odds(days: list[float], on: float, horizon_days: float = 90.0) -> float:
    customer = customer_of(
        Fact(day(number), index, PURCHASE, day(number), 20.0, 1) for index, number in enumerate(sorted(days))
    )
    return float(log_odds_by_rule(features_of([customer], [day(on)], horizon_days))[0])


@given(_purchase_days, st.floats(0.0, 3000.0), st.floats(0.0, 3000.0), st.floats(0.01, 730.0))
def test_the_rule_never_says_less_after_more_silence(
    days: list[float], silence: float, more: float, horizon_days: float
) -> None:
    earlier = _odds(days, max(days) + silence, horizon_days)
    later = _odds(days, max(days) + silence + more, horizon_days)

    assert isfinite(later)
    assert earlier <= later


@pytest.mark.parametrize("gap", [3.0, 30.0, 180.0])
def test_silence_of_several_usual_gaps_is_riskier_than_none(gap: float) -> None:
    days = [number * gap for number in range(5)]

    assert _odds(days, 4 * gap + 6 * gap) > _odds(days, 4 * gap)


def test_a_customer_who_bought_once_is_riskier_than_a_weekly_buyer() -> None:
    assert _odds([0.0], 10.0) > _odds([0.0, 7.0, 14.0, 21.0], 31.0)


def test_the_rule_is_finite_for_customers_who_never_bought() -> None:
    customer = customer_of([])

    assert isfinite(log_odds_by_rule(features_of([customer], [day(1)], 90.0))[0])


@given(_purchase_days, st.floats(0.0, 3000.0))
def test_the_rules_parts_add_up_and_silence_adds_nothing_before_the_usual_gap(
    days: list[float], silence: float
) -> None:
    customer = customer_of(Fact(day(on), index, PURCHASE, day(on), 20.0, 1) for index, on in enumerate(sorted(days)))
    now = day(max(days) + silence)
    features = features_of([customer], [now], 90.0)
    parts = dict(zip(GROUPS, effects_by_rule(features)[0], strict=True))
    usual = (max(days) - min(days)) / (len(days) - 1) if len(days) > 1 else 90.0

    assert sum(parts.values()) == pytest.approx(log_odds_by_rule(features)[0])
    assert parts["silence"] == 0.0 or silence > usual - 0.01
    assert {group for group, part in parts.items() if part} <= {"silence", "rhythm"}
