"""Prices: capacity is used up and not exceeded, and counts may be added in any order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retention.decide.choice.prices import Bid, PriceCalibration, bids_of, count_bids
from retention.decide.decide import decide
from retention.decide.policy_state import PolicyState, policy_in_force
from schemas.moments import DAY_MS
from tests.retention.decide.cases import NOW, action, book_of, case_of, customer_of, policy_of, score_of

_amounts = st.lists(st.floats(0.001, 1e6), max_size=50)


def _bids(amounts: list[float]) -> list[Bid]:
    return [Bid(customer, 0, amount) for customer, amount in enumerate(amounts)]


def test_a_bid_is_what_the_action_brings_beyond_the_next_best() -> None:
    assert bids_of(7, {0: 9.0, 1: 6.0}, {0: 9.0, 1: 4.0}) == [Bid(7, 0, 5.0)]


def test_doing_nothing_is_the_next_best_where_the_others_do_not_pay() -> None:
    assert bids_of(7, {0: 9.0, 2: -2.0}, {0: 9.0, 2: -2.0}) == [Bid(7, 0, 9.0)]


def test_with_one_action_a_bid_is_its_gain_beyond_cost() -> None:
    assert [bids_of(0, {0: gain}, {0: gain - 3.5}) for gain in (3.0, -1.0)] == [[Bid(0, 0, 3.0)], []]


@given(_amounts, st.integers(0, 10), st.floats(0.5, 10.0))
def test_no_more_bids_lie_above_the_price_than_there_is_capacity(
    amounts: list[float], capacity: int, days: float
) -> None:
    calibration = PriceCalibration(book_of(actions={"call": action(capacity_per_day=capacity)}))
    calibration.add_epoch(count_bids(_bids(amounts), 1), days)
    price = calibration.prices()["call"]

    assert sum(amount > max(price, 0.01) * 1.01 for amount in amounts) <= max(capacity * days, 0)
    if len(amounts) <= capacity * days:
        assert price == 0.0


@given(_amounts, _amounts)
def test_counts_of_two_workers_add_up(one: list[float], other: list[float]) -> None:
    together = count_bids(_bids([*one, *other]), 1)

    assert (count_bids(_bids(one), 1) + count_bids(_bids(other), 1) == together).all()


def test_a_price_falls_when_demand_does() -> None:
    calibration = PriceCalibration(book_of(actions={"call": action(capacity_per_day=1)}))
    calibration.add_epoch(count_bids(_bids([50.0] * 20), 1), 1.0)
    before = calibration.prices()["call"]
    for _ in range(60):
        calibration.add_epoch(count_bids(_bids([]), 1), 1.0)

    assert before > 45.0
    assert calibration.prices()["call"] == 0.0


def test_prices_keep_the_number_of_decisions_at_the_capacity() -> None:
    capacity, arrivals = 20, 200
    book = book_of(actions={"call": action(capacity_per_day=capacity, keeps=0.2)})
    calibration, draw = PriceCalibration(book), np.random.default_rng(7)
    raised: list[int] = []
    for day in range(60):
        policy = policy_in_force(book, PolicyState(f"e-{day}", prices=calibration.prices()))
        now = NOW + day * DAY_MS
        cases = [
            case_of(f"c-{day}-{index}", now, customer_of(now), score_of(value_at_risk=float(value)))
            for index, value in enumerate(draw.exponential(60.0, arrivals))
        ]
        result = decide(cases, policy)
        calibration.add_epoch(count_bids(result.bids, 1), 1.0)
        raised.append(sum(one.action == "call" for one in result.raised))

    assert raised[0] > 5 * capacity
    assert abs(np.mean(raised[20:]) - capacity) < 0.2 * capacity


def test_an_action_without_capacity_is_never_taken() -> None:
    assert decide([case_of()], policy_of(actions={"call": action(capacity_per_day=0)})).raised == []
