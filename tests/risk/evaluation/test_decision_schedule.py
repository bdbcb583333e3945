from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.state import Customer
from risk.evaluation.decision_schedule import AtMoments, AtPurchases, Decision, DecisionSchedule, OnCalendar
from schemas.moments import from_ms, to_ms

_CUSTOMERS = {"buyer": Customer(purchases=1), "caller": Customer()}


def _ms(text: str) -> int:
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=UTC))


def _first_moments(schedule: OnCalendar, first: str, count: int) -> list[str]:
    schedule.start(_ms(first))
    moments = []
    for _ in range(count):
        at = schedule.next_at()
        assert at is not None
        moments.append(from_ms(at).strftime("%Y-%m-%dT%H:%M"))
        schedule.pop(at, _CUSTOMERS)
    return moments


@pytest.mark.parametrize(
    ("first", "moments"),
    [
        ("2023-12-31T23:59:59.999", ["2024-01-01T00:00", "2024-02-01T00:00", "2024-03-01T00:00"]),
        ("2024-01-01T00:00:00", ["2024-02-01T00:00", "2024-03-01T00:00", "2024-04-01T00:00"]),
    ],
)
def test_months_begin_at_midnight_after_the_first_event(first: str, moments: list[str]) -> None:
    assert _first_moments(OnCalendar("month"), first, 3) == moments


@pytest.mark.parametrize(
    ("first", "moments"),
    [
        ("2024-02-25T12:00:00", ["2024-02-26T00:00", "2024-03-04T00:00"]),
        ("2024-02-26T00:00:00", ["2024-03-04T00:00", "2024-03-11T00:00"]),
    ],
)
def test_weeks_begin_on_mondays_after_the_first_event(first: str, moments: list[str]) -> None:
    assert _first_moments(OnCalendar("week"), first, 2) == moments


def test_the_calendar_asks_about_everyone_who_has_bought() -> None:
    schedule = OnCalendar("month")
    schedule.start(_ms("2024-01-05"))

    assert schedule.pop(_ms("2024-02-01"), _CUSTOMERS) == ["buyer"]


def test_the_calendar_asks_nothing_before_the_first_and_after_the_last_event() -> None:
    schedule = OnCalendar("week")

    assert schedule.next_at() is None
    assert schedule.end_after(5000) == 5000


def test_several_purchases_of_one_customer_at_one_moment_are_one_decision() -> None:
    schedule = AtPurchases()
    for customer_id in ("b", "a", "b"):
        schedule.note_purchase(5000, customer_id)

    assert schedule.next_at() == 5000
    assert schedule.pop(5000, {}) == ["b", "a"]
    assert schedule.next_at() is None


def test_the_same_customer_is_asked_about_again_at_the_next_purchase() -> None:
    schedule = AtPurchases()
    schedule.note_purchase(5000, "a")
    schedule.pop(5000, {})
    schedule.note_purchase(6000, "a")

    assert schedule.next_at() == 6000
    assert schedule.pop(6000, {}) == ["a"]


@given(st.lists(st.builds(Decision, st.integers(0, 50), st.sampled_from("abc")), max_size=30), st.integers(0, 60))
def test_given_decisions_are_each_popped_once_in_time_order(decisions: list[Decision], last: int) -> None:
    schedule = AtMoments(decisions)
    popped = []
    while (at := schedule.next_at()) is not None:
        popped += [Decision(at, customer_id) for customer_id in schedule.pop(at, {})]

    assert popped == sorted(decisions, key=lambda decision: decision.at)
    assert schedule.end_after(last) == max([last, *(decision.at for decision in decisions)])


def test_the_base_schedule_has_no_decisions() -> None:
    schedule = DecisionSchedule()
    schedule.start(1)
    schedule.note_purchase(2, "a")

    assert schedule.next_at() is None
    assert schedule.pop(2, {}) == []
