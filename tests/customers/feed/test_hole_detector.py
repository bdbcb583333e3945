"""Hole detector: real holes are found with their bounds, closed doors and slow days are not."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.feed.feed_watch import PURCHASES, FeedWatch
from deploy.demo.play.cdnow import cdnow_events
from deploy.simulator import shop_events
from schemas.events.raw_events import FEEDS, RAW_TOPICS
from schemas.moments import DAY_MS, HOUR_MS, to_ms
from tests.customers.feed.feeds import START as FIRST
from tests.customers.feed.feeds import SUNDAY, any_time, holes_in, opening_hours, without
from tests.kit.suite.cases import cases
from tests.risk.histories import START

A_LOT = cases(50_000, usual=5_000)
"""Events a day of a large business."""


def _stamp(event: Mapping[str, Any]) -> int:
    return to_ms(datetime.fromisoformat(event["occurred_at"]))


def _by_day(days: Iterable[int], events_on: Callable[[int], int]) -> Iterator[int]:
    """Yield stamps of a feed with a number of events on each day, spread evenly over it."""
    for day in days:
        number = events_on(day)
        yield from (FIRST + day * DAY_MS + one * DAY_MS // number for one in range(number))


@pytest.mark.parametrize("days", [2, 20, 120])
def test_a_hole_is_named_by_its_start_end_and_missing_events(days: int) -> None:
    (hole,) = holes_in(without(any_time(365, 100), 200, days))

    assert abs(hole.start - FIRST - 200 * DAY_MS) <= 2 * HOUR_MS
    assert abs(hole.end - hole.start - days * DAY_MS) <= 3 * HOUR_MS
    assert hole.missing == pytest.approx(100 * days, rel=0.15)
    assert hole.start + DAY_MS <= hole.known_at < hole.end


def test_a_hole_lasts_while_nothing_comes() -> None:
    (hole,) = holes_in(any_time(100, 100), until=FIRST + 130 * DAY_MS)

    assert not hole.end
    assert hole.missing == pytest.approx(3_000, rel=0.15)


def test_three_weeks_of_closing_a_year_are_holes() -> None:
    found = holes_in(opening_hours(900, 200, open_on=lambda day: day % 7 != SUNDAY and not 200 <= day % 365 < 221))

    assert [round((hole.end - hole.start) / DAY_MS) for hole in found] == [22, 22]  # the nights before and after, too


@pytest.mark.parametrize("a_day", [20, 1_000])
def test_closed_nights_and_sundays_are_no_holes(a_day: int) -> None:
    assert holes_in(opening_hours(150, a_day)) == []


def test_a_weekday_given_up_is_missed_twice_and_then_known() -> None:
    found = holes_in(opening_hours(700, 100, open_on=lambda day: day % 7 < (SUNDAY if day < 365 else SUNDAY - 1)))

    assert len(found) == 2
    assert found[0].end - found[0].start < 3 * DAY_MS


def test_an_outage_is_a_hole_after_a_weekday_was_given_up() -> None:
    week = opening_hours(700, 100, open_on=lambda day: day % 7 < (SUNDAY if day < 365 else SUNDAY - 1))

    *_, outage = holes_in(without(week, 560, 21))

    assert outage.end - outage.start == pytest.approx(23 * DAY_MS, abs=DAY_MS)


def test_bills_that_go_out_once_a_month_are_missed_twice_and_then_known() -> None:
    months = [FIRST + month * 30 * DAY_MS + second * 1000 for month in range(24) for second in range(3_000)]

    assert len(holes_in(months)) == 2


def test_a_market_on_every_second_saturday_is_known_after_two() -> None:
    assert len(holes_in(opening_hours(700, 1_000, open_on=lambda day: day % 14 == SUNDAY - 1))) <= 2


def test_other_opening_hours_are_no_holes() -> None:
    assert holes_in(opening_hours(150, 1_000, hours_on=lambda day: (8, 20) if day < 80 else (9, 17))) == []


@pytest.mark.parametrize("seed", range(5))
def test_a_business_with_two_orders_a_day_has_no_holes(seed: int) -> None:
    assert holes_in(any_time(1_000, 2, seed)) == []


def test_a_decline_is_no_hole() -> None:
    assert holes_in([*any_time(60, 50), *(stamp + 60 * DAY_MS for stamp in any_time(600, 3))]) == []


def test_a_burst_on_the_first_day_is_no_rate() -> None:
    assert holes_in(without(any_time(300, 1_000), 1, 298)) == []


def test_cdnow_has_no_hole() -> None:
    assert holes_in(_stamp(event) for event in cdnow_events()) == []


def test_the_simulated_shop_has_no_hole_in_any_topic() -> None:
    events = list(shop_events(seed=3, customers=1_000, start=START, days=365))

    for kind in ("purchase", "return", "support_contact"):
        assert holes_in(_stamp(event) for event in events if event["type"] == kind) == []


def test_a_second_hole_is_found_as_well_as_the_first() -> None:
    first, second = holes_in(without(without(any_time(400, 100), 100, 120), 230, 5))

    assert round((first.end - first.start) / DAY_MS) == 120
    assert round((second.end - second.start) / DAY_MS) == 5
    assert second.missing == pytest.approx(500, rel=0.2)


@pytest.mark.parametrize(("a_day", "trickle"), [(1_000, 1), (1_000, 5), (100, 0.5), (A_LOT, A_LOT / 250)])
def test_a_trickle_hides_no_outage(a_day: float, trickle: float) -> None:
    stamps = without(any_time(120, a_day), 60, 20)
    few = [stamp for stamp in any_time(120, trickle, seed=2) if FIRST + 60 * DAY_MS <= stamp < FIRST + 80 * DAY_MS]

    (hole,) = holes_in(sorted([*stamps, *few]))

    assert abs(hole.start - FIRST - 60 * DAY_MS) <= 24 * HOUR_MS
    assert abs(hole.end - FIRST - 80 * DAY_MS) <= 3 * HOUR_MS
    assert hole.missing == pytest.approx(20 * a_day, rel=0.1)


@settings(max_examples=cases(20, usual=10), deadline=None)
@given(a_day=st.floats(20, 300), left=st.floats(0.05, 1), seed=st.integers(0, 99))
def test_a_feed_that_shrinks_to_a_twentieth_has_no_hole_for_long(a_day: float, left: float, seed: int) -> None:
    shrunk = [stamp + 60 * DAY_MS for stamp in any_time(200, left * a_day, seed + 1)]

    found = holes_in([*any_time(60, a_day, seed), *shrunk])

    assert len(found) <= 2
    assert sum(hole.end - hole.start for hole in found) < 14 * DAY_MS


@pytest.mark.parametrize("times", [3, 20, 50])
def test_a_slump_after_each_sales_campaign_is_no_hole(times: int) -> None:
    def events_on(day: int) -> int:
        return {0: 200 * times, 1: 200 * times, 2: 20, 3: 40}.get(day % 45, 200)

    assert holes_in(_by_day(range(700), events_on)) == []


def test_a_trickle_that_lasts_is_the_new_rate_of_the_feed() -> None:
    few = [stamp + 60 * DAY_MS for stamp in any_time(800, 2, seed=2)]

    hole, *others = holes_in([*any_time(60, 1_000), *few])

    assert round((hole.end - hole.start) / DAY_MS) == pytest.approx(180, abs=2)
    assert not others


@pytest.mark.parametrize(("topic", "found"), [(topic, topic in FEEDS) for topic in RAW_TOPICS])
def test_only_what_systems_publish_can_fall_silent(topic: str, *, found: bool) -> None:
    watch = FeedWatch()
    for stamp in any_time(100, 100):
        watch.count(topic, stamp // HOUR_MS)

    watch.pass_to(FIRST + 130 * DAY_MS)

    assert [name for name, _ in watch.known()] == [topic] * found


@settings(max_examples=cases(30, usual=15), deadline=None)
@given(
    hole=st.tuples(st.integers(40, 60), st.integers(1, 30)),
    clocks=st.lists(st.integers(0, 120 * 24 * 60), max_size=30),
    data=st.data(),
)
def test_holes_do_not_depend_on_when_they_are_asked_for_nor_on_restarts(
    hole: tuple[int, int], clocks: list[int], data: st.DataObject
) -> None:
    few = any_time(100, data.draw(st.sampled_from([0.1, 1])), seed=2)
    stamps = sorted([*without(any_time(100, 60), *hole), *few])
    end = FIRST + 120 * DAY_MS
    watch, counted = FeedWatch(), 0
    for clock in [*sorted(FIRST + minutes * 60_000 for minutes in clocks), end]:
        ahead = data.draw(st.integers(bisect_left(stamps, clock + 1), len(stamps)))
        for stamp in stamps[counted:ahead]:
            watch.count(PURCHASES, stamp // HOUR_MS)
        counted = max(counted, ahead)
        watch.pass_to(clock)
        if data.draw(st.booleans()):
            watch = FeedWatch(watch.encode())

    assert watch.holes.known == holes_in(stamps, until=end)
