from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.facts import PURCHASE, Fact
from customers.features.features import features_of
from customers.state import Customer
from risk.scoring import value
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


def test_customers_who_never_bought_or_paid_nothing_are_worth_nothing() -> None:
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
