"""Delays of events, and those that are left out."""

from datetime import UTC, datetime

from prometheus_client import CollectorRegistry

from runtime.service.freshness import Freshness
from schemas.moments import DAY_MS, Publication, to_ms
from schemas.pages.page import first_publication

NOW_MS = to_ms(datetime(2026, 3, 1, tzinfo=UTC))


def _observed(*published: int, is_own_time: bool = False) -> tuple[float | None, float | None]:
    registry = CollectorRegistry()
    Freshness("delay_seconds", "Delay.", registry).arrived(
        [Publication(at_ms, is_own_time) for at_ms in published], NOW_MS
    )
    return registry.get_sample_value("delay_seconds_count"), registry.get_sample_value("delay_seconds_sum")


def test_a_page_counts_once_with_the_delay_of_its_first_event() -> None:
    assert _observed(NOW_MS - 1_500) == (1, 1.5)


def test_a_history_published_with_its_own_time_is_not_late() -> None:
    assert _observed(NOW_MS - DAY_MS) == (0, 0)


def test_the_last_day_of_a_history_that_ends_now_is_not_late() -> None:
    assert _observed(NOW_MS - 60_000, NOW_MS - 7_200_000, is_own_time=True) == (0, 0)


def test_an_event_that_is_published_in_the_millisecond_in_which_it_occurs_counts() -> None:
    assert _observed(NOW_MS - 1_500, is_own_time=True) == (1, 1.5)


def test_an_event_published_hours_ago_is_late() -> None:
    assert _observed(NOW_MS - 7_200_000) == (1, 7_200)


def test_a_publisher_whose_clock_is_ahead_is_not_early() -> None:
    assert _observed(NOW_MS + 2_000) == (1, 0)


def test_a_page_tells_when_its_first_event_was_published() -> None:
    page = b'{"occurred_at":"2026-02-28T23:59:59Z","stamped_at":"2026-03-01T00:00:00Z"}\n{"stamped_at":"no"}\n'

    assert first_publication(page) == (NOW_MS, False)


def test_a_page_tells_that_its_first_event_was_published_at_its_own_time() -> None:
    page = b'{"occurred_at":"2026-03-01T00:00:00.000123Z","stamped_at":"2026-03-01T00:00:00Z"}\n'

    assert first_publication(page) == (NOW_MS, True)


def test_a_heartbeat_and_a_spoilt_page_tell_nothing() -> None:
    assert (first_publication(b""), first_publication(b"{\n"), first_publication(b"\xff\n")) == (None, None, None)
