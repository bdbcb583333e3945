"""The real history keeps its dates, or is moved by whole weeks to the present; a shop's ends at the present."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest

from deploy.demo.play.cdnow import cdnow_events
from deploy.demo.play.sources import DemoSource, read_source

NOW = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)


def times_of(source: DemoSource) -> list[datetime]:
    return [datetime.fromisoformat(msgspec.json.decode(line)["occurred_at"]) for line in source.lines]


@pytest.fixture(scope="module")
def moved() -> list[datetime]:
    return times_of(read_source("cdnow", seed=1, end=NOW, ends_now=True))


@pytest.fixture(scope="module")
def own() -> list[datetime]:
    return times_of(read_source("cdnow", seed=1, end=NOW))


def test_the_history_has_its_own_dates(own: list[datetime]) -> None:
    assert own == [datetime.fromisoformat(str(event["occurred_at"])) for event in cdnow_events()]


def test_a_moved_history_ends_within_the_last_week(moved: list[datetime]) -> None:
    assert timedelta(0) <= NOW - moved[-1] < timedelta(weeks=1)


def test_a_moved_history_keeps_weekdays_and_gaps(own: list[datetime], moved: list[datetime]) -> None:
    assert {(later - before) % timedelta(weeks=1) for before, later in zip(own, moved, strict=True)} == {timedelta(0)}
    assert [later - before for before, later in pairwise(moved)] == [later - before for before, later in pairwise(own)]


def test_the_part_of_a_history_that_is_played_is_what_ends_now() -> None:
    part = times_of(read_source("cdnow", seed=1, end=NOW, limit=100, ends_now=True))
    assert (len(part), NOW - part[-1] < timedelta(weeks=1)) == (100, True)


def test_the_part_of_a_shops_history_that_is_played_is_its_last() -> None:
    part = read_source("shop", seed=1, end=NOW, limit=100)

    assert part.shop is not None
    assert part.shop.end == NOW
    assert len(part.lines) == 100
    assert NOW - timedelta(days=3) < times_of(part)[-1] <= NOW
