"""Feed parts: a channel, a campaign or a raw partition that falls silent alone is seen, and nothing else is."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.feed.feed_parts import GIVEN_UP_HOURS, MOST_CAMPAIGNS
from customers.feed.feed_watch import PURCHASES, FeedWatch
from customers.feed.hole_detector import LEAST_MISSING
from customers.feed.holes import Hole
from schemas.moments import DAY_MS, HOUR_MS
from schemas.pages.feed_part import CAMPAIGN, CHANNEL, FeedPart
from schemas.pages.hourly_counts import HourlyCounts, add_count
from tests.customers.feed.feeds import START, SUNDAY, any_time, opening_hours, without
from tests.kit.suite.cases import cases

WEB = FeedPart(PURCHASES, CHANNEL, "web")
PHONE = FeedPart(PURCHASES, CHANNEL, "phone")


def _campaign(number: int) -> FeedPart:
    return FeedPart(PURCHASES, CAMPAIGN, f"campaign {number}")


def _hour(stamp: int) -> int:
    return stamp // HOUR_MS


def _told(stamps: Mapping[FeedPart, Iterable[int]]) -> tuple[HourlyCounts, HourlyCounts]:
    """Return the events by topic, and by part."""
    topics: HourlyCounts = {}
    parts: HourlyCounts = {}
    for part, own in stamps.items():
        for stamp in own:
            add_count(topics, part.topic, _hour(stamp), 1)
            add_count(parts, part.text, _hour(stamp), 1)
    return topics, parts


def _silences(stamps: Mapping[FeedPart, Iterable[int]], days: int) -> list[tuple[int, FeedPart, Hole]]:
    """Return the parts that are silent at the end of each hour: hour since the start, part and hole."""
    watch, found = FeedWatch(), []
    watch.count_all(*_told(stamps))
    for hour in range(days * 24):
        watch.pass_to(START + (hour + 1) * HOUR_MS - 1)
        found += [(hour, part, Hole(hole.start, hole.known_at, 0, hole.missing)) for part, hole in watch.parts.silent()]
    return found


@settings(max_examples=cases(8, usual=4), deadline=None)
@given(a_day=st.floats(5, 200), silent_from=st.integers(40, 60), seed=st.integers(0, 99))
def test_a_part_is_named_once_fifty_of_its_events_are_missing(a_day: float, silent_from: int, seed: int) -> None:
    heard = without(any_time(90, a_day, seed), silent_from, 90)

    found = _silences({WEB: any_time(90, 300, seed + 1), PHONE: heard}, 90)

    first, part, hole = found[0]
    last = (heard[-1] - START) // HOUR_MS
    assert {one[1] for one in found} == {part} == {PHONE}
    assert hole.start == START + (last + 1) * HOUR_MS
    assert hole.missing >= LEAST_MISSING
    assert 24 <= first - last <= max(24, 2.5 * 24 * LEAST_MISSING / a_day) + 1


@settings(max_examples=cases(8, usual=4), deadline=None)
@given(a_day=st.floats(0.1, 2), seed=st.integers(0, 99))
def test_a_part_that_is_seldom_heard_is_never_missed(a_day: float, seed: int) -> None:
    assert not _silences({WEB: any_time(120, 100, seed + 1), PHONE: any_time(120, a_day, seed)}, 120)


@settings(max_examples=cases(8, usual=4), deadline=None)
@given(a_day=st.integers(20, 500), opens=st.integers(0, 12), hours=st.integers(4, 11))
def test_a_part_that_is_closed_by_night_and_on_sundays_is_not_missed(a_day: int, opens: int, hours: int) -> None:
    stamps = {WEB: any_time(90, 200), PHONE: opening_hours(90, a_day, hours_on=lambda _day: (opens, opens + hours))}

    assert not _silences(stamps, 90)


@pytest.mark.parametrize("days", [2, 20, 120])
def test_no_part_is_missed_where_the_whole_topic_is_silent(days: int) -> None:
    stamps = {WEB: without(any_time(200, 300), 60, days), PHONE: without(any_time(200, 40, seed=2), 60, days + 0.5)}

    assert not _silences(stamps, 200)


def test_a_part_that_is_heard_again_is_not_missed_any_more() -> None:
    found = _silences({WEB: any_time(90, 300), PHONE: without(any_time(90, 100, seed=2), 50, 5)}, 90)

    assert [hour // 24 for hour, _, _ in found][-1] == 54


def test_a_part_that_is_silent_for_two_weeks_is_given_up() -> None:
    found = _silences({WEB: any_time(120, 300), PHONE: without(any_time(120, 100, seed=2), 50, 70)}, 120)

    assert found[-1][0] - 50 * 24 == pytest.approx(GIVEN_UP_HOURS, abs=2)


def test_an_outage_after_sundays_were_given_up_is_seen() -> None:
    phone = opening_hours(200, 100, open_on=lambda day: day % 7 != SUNDAY)

    found = _silences({WEB: any_time(200, 300), PHONE: without(phone, 150, 5)}, 200)

    assert {one[1] for one in found} == {PHONE}


def test_campaigns_of_any_name_neither_fill_memory_nor_hide_a_frequent_one() -> None:
    watch, often = FeedWatch(), FeedPart(PURCHASES, CAMPAIGN, "spring")
    for hour in range(60 * 24):
        now = _hour(START) + hour
        parts: HourlyCounts = {_campaign(40 * hour + number).text: {now: 1} for number in range(40)}
        if hour < 50 * 24:
            add_count(parts, often.text, now, 10)
        watch.count_all({PURCHASES: {now: 50}}, parts)
        watch.pass_to((now + 1) * HOUR_MS - 1)

    assert len(watch.parts.stored()) <= MOST_CAMPAIGNS
    ((part, hole),) = watch.parts.silent()
    assert part == often
    assert hole.missing == pytest.approx(10 * 240, rel=0.05)


@settings(max_examples=cases(8, usual=4), deadline=None)
@given(clocks=st.lists(st.integers(0, 100 * 24 * 60), max_size=30), data=st.data())
def test_silent_parts_do_not_depend_on_when_they_are_asked_for_nor_on_restarts(
    clocks: list[int], data: st.DataObject
) -> None:
    stamps = {
        WEB: without(any_time(100, 200), 60, 3),
        PHONE: without(any_time(100, 80, seed=2), 50, 5),
        _campaign(1): without(any_time(100, 60, seed=3), 92, 8),
    }
    end = START + 99 * DAY_MS
    whole, stepped = FeedWatch(), FeedWatch()
    whole.count_all(*_told(stamps))
    whole.pass_to(end)

    counted = dict.fromkeys(stamps, 0)
    for clock in [*sorted(START + minutes * 60_000 for minutes in clocks if minutes < 99 * 24 * 60), end]:
        some = {part: own[counted[part] : bisect_left(own, clock + 1)] for part, own in _lists(stamps).items()}
        counted = {part: counted[part] + len(own) for part, own in some.items()}
        stepped.count_all(*_told(some))
        stepped.pass_to(clock)
        if data.draw(st.booleans()):
            stepped = FeedWatch(stepped.encode())

    assert dict(stepped.parts.silent()) == dict(whole.parts.silent()) != {}


def _lists(stamps: Mapping[FeedPart, Iterable[int]]) -> dict[FeedPart, list[int]]:
    return {part: list(own) for part, own in stamps.items()}
