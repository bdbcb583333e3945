"""Timing: a complaint within a day, a reminder by the customer's rhythm, and nothing on quiet days."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from retention.catalogue.playbook import Action, Contacts
from retention.catalogue.quiet_days import QuietDays
from retention.decide.eligibility.timing import TimeWindow, begin_of, overdue_at, window_of
from schemas.moments import DAY_MS, HOUR_MS, from_ms, to_ms
from schemas.records.score import NextPurchase
from tests.retention.decide.cases import NOW, action, customer_of

_NEVER_QUIET = QuietDays(frozenset(), frozenset(), 0)


def _action(**settings: Any) -> Action:  # noqa: ANN401 - any setting
    return Action.model_validate(action(**settings))


def _quiet(*days: str, offset: float = 0.0) -> QuietDays:
    return QuietDays.of(Contacts(quiet_days=days, utc_offset_hours=offset))


@given(
    st.integers(0, 20_000 * DAY_MS),
    st.sampled_from(["Europe/Berlin", "America/Sao_Paulo", "Asia/Beirut", "Pacific/Apia", "Australia/Lord_Howe"]),
)
def test_every_instant_lies_between_the_begin_of_its_day_and_of_the_next(moment: int, zone: str) -> None:
    days = QuietDays.of(Contacts(time_zone=zone))

    day = days.day_of(moment)

    assert days.start_of(day) <= moment < days.start_of(day + 1)


def test_a_quiet_sunday_follows_daylight_saving_time() -> None:
    berlin = QuietDays.of(Contacts(quiet_days=("sunday",), time_zone="Europe/Berlin"))
    winter, summer = (to_ms(datetime(2026, *day, 12, tzinfo=UTC)) for day in ((3, 22), (3, 29)))

    begins = [from_ms(window_of(_action(), moment, berlin).do_after) for moment in (winter, summer)]

    assert begins == [datetime(2026, 3, 22, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)]


def test_a_sunday_of_twenty_three_hours_takes_as_much_from_a_time() -> None:
    berlin = QuietDays.of(Contacts(quiet_days=("sunday",), time_zone="Europe/Berlin"))
    saturday = to_ms(datetime(2026, 3, 28, 11, tzinfo=UTC))

    assert window_of(_action(within_days=1.0), saturday, berlin) == TimeWindow(
        saturday, saturday + DAY_MS + 23 * HOUR_MS
    )


def test_an_action_of_now_begins_now() -> None:
    assert begin_of(_action(), NOW, 0) == NOW


def test_an_action_by_rhythm_begins_when_the_next_purchase_is_overdue() -> None:
    assert begin_of(_action(timing="rhythm"), NOW, NOW + 3 * DAY_MS) == NOW + 3 * DAY_MS


def test_it_is_too_early_for_an_action_by_rhythm_until_its_time_is_near() -> None:
    assert begin_of(_action(timing="rhythm"), NOW, NOW + 3 * DAY_MS + 1) is None


def test_an_action_by_rhythm_whose_time_has_passed_begins_now() -> None:
    assert begin_of(_action(timing="rhythm"), NOW, NOW - DAY_MS) == NOW


def test_an_action_is_to_be_done_within_its_days() -> None:
    assert window_of(_action(within_days=1.0), NOW, _NEVER_QUIET) == TimeWindow(NOW, NOW + DAY_MS)


def test_the_next_purchase_is_overdue_at_the_upper_end_of_its_interval() -> None:
    moments = [from_ms(NOW + days * DAY_MS) for days in (5, 1, 9)]

    assert overdue_at(customer_of(), NextPurchase(*moments), NOW) == NOW + 9 * DAY_MS


def test_without_a_prediction_it_is_overdue_after_one_and_a_half_usual_gaps() -> None:
    assert overdue_at(customer_of(), None, NOW) == NOW - 40 * DAY_MS + 45 * DAY_MS


def test_who_bought_once_has_no_rhythm_to_wait_for() -> None:
    assert overdue_at(customer_of(purchases=1), None, NOW) == NOW


def test_a_decision_of_saturday_evening_waits_for_monday() -> None:
    saturday = NOW + DAY_MS + 18 * HOUR_MS

    assert window_of(_action(within_days=1.0), saturday, _quiet("sunday")) == TimeWindow(
        saturday, saturday + 2 * DAY_MS
    )


def test_a_decision_of_a_quiet_day_begins_with_the_next() -> None:
    sunday = NOW + 2 * DAY_MS + 6 * HOUR_MS
    monday = NOW + 3 * DAY_MS

    assert window_of(_action(within_days=1.0), sunday, _quiet("sunday")) == TimeWindow(monday, monday + DAY_MS)


def test_quiet_days_are_counted_in_local_time() -> None:
    late_on_saturday = NOW + DAY_MS + 23 * HOUR_MS  # already Sunday, one hour east

    window = window_of(_action(within_days=1.0), late_on_saturday, _quiet("sunday", offset=2.0))

    assert window == TimeWindow(NOW + 3 * DAY_MS - 2 * HOUR_MS, NOW + 4 * DAY_MS - 2 * HOUR_MS)


def test_a_date_can_be_quiet() -> None:
    assert window_of(_action(within_days=1.0), NOW, _quiet("2024-10-04")) == TimeWindow(NOW + DAY_MS, NOW + 2 * DAY_MS)


@given(
    st.integers(0, 10**13),
    st.sets(st.sampled_from(("monday", "saturday", "sunday", "2024-10-04"))),
    st.floats(0.01, 30.0),
    st.integers(-12, 14),
)
def test_a_window_has_its_length_in_days_that_are_not_quiet(
    now: int, days: set[str], within: float, offset: int
) -> None:
    quiet = _quiet(*sorted(days), offset=offset)
    window = window_of(_action(within_days=within), now, quiet)

    assert window.do_after >= now
    assert quiet.day_of(window.do_after) not in quiet
    loud = sum(
        max(min(window.due_by, quiet.start_of(day + 1)) - max(window.do_after, quiet.start_of(day)), 0)
        for day in range(quiet.day_of(window.do_after), quiet.day_of(window.due_by) + 1)
        if day not in quiet
    )
    assert loud == round(within * DAY_MS)
