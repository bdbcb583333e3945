from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.facts import PURCHASE, Fact
from customers.features import features_of
from customers.state import Customer
from risk import value
from risk.segment import segment_of
from schemas.settings import SegmentSettings
from tests.risk.histories import customer_of, day

_MARGIN = 0.3
_moments = st.lists(st.floats(0.0, 2000.0), min_size=1, max_size=20)


def _buyer(days: list[float], amount: float) -> Customer:
    return customer_of(
        Fact(day(number), index, PURCHASE, day(number), amount, 1) for index, number in enumerate(sorted(days))
    )


def _yearly_margin(customer: Customer, now: int, margin: float) -> float:
    return float(value.yearly_margin(features_of([customer], [now], 90.0), margin)[0])


def test_a_steady_buyer_is_worth_the_margin_of_a_years_spending() -> None:
    monthly = [30.0 * number for number in range(25)]

    margin = _yearly_margin(_buyer(monthly, 100.0), day(735), _MARGIN)

    assert margin == pytest.approx(0.3 * 100.0 * 365 / 30, rel=0.05)


def test_one_purchase_counts_as_one_in_about_half_a_year_not_as_one_a_day() -> None:
    margin = _yearly_margin(_buyer([0.0], 100.0), day(0), _MARGIN)

    assert margin == pytest.approx(0.3 * 100.0 * 365 / 180, rel=0.2)


def test_who_never_bought_and_who_paid_nothing_are_worth_nothing() -> None:
    assert _yearly_margin(Customer(), day(1), _MARGIN) == 0.0
    assert _yearly_margin(_buyer([0.0, 1.0], 0.0), day(400), _MARGIN) == 0.0


@given(_moments, st.floats(0.0, 1e9), st.floats(0.0, 20_000.0))
def test_value_is_finite_and_never_negative(days: list[float], amount: float, later: float) -> None:
    margin = _yearly_margin(_buyer(days, amount), day(max(days) + later), _MARGIN)

    assert isfinite(margin)
    assert margin >= 0.0


@given(_moments, st.floats(0.01, 1e6), st.floats(0.0, 1000.0), st.floats(0.0, 1000.0))
def test_value_fades_with_silence(days: list[float], amount: float, later: float, more: float) -> None:
    customer = _buyer(days, amount)
    earlier = _yearly_margin(customer, day(max(days) + later), _MARGIN)

    assert _yearly_margin(customer, day(max(days) + later + more), _MARGIN) <= earlier * (1 + 1e-9)


@given(st.floats(0.0, 1.0), st.floats(0.0, 1e9), st.floats(0.0, 1.0), st.floats(0.0, 1e9))
def test_every_customer_is_of_one_kind_set_by_the_two_limits(
    risk: float, margin: float, high_risk: float, high_value: float
) -> None:
    segment = segment_of(risk, margin, SegmentSettings(high_risk=high_risk, high_value=high_value))

    assert (segment in {"keep_at_all_costs", "look_after"}) == (margin >= high_value)
    assert segment != "keep_at_all_costs" or risk >= high_risk
    assert segment != "win_back" or (risk >= high_risk and margin > 0.0)


def test_a_worthless_customer_is_not_won_back() -> None:
    assert segment_of(1.0, 0.0, SegmentSettings()) == "let_be"
