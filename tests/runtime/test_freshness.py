"""How late events are, and which of them say anything about it."""

from datetime import UTC, datetime

from prometheus_client import CollectorRegistry

from runtime.service.freshness import Freshness
from schemas.moments import DAY_MS, to_ms
from schemas.pages import published_ms

NOW_MS = to_ms(datetime(2026, 3, 1, tzinfo=UTC))


def _observed(*published: int) -> tuple[float | None, float | None]:
    registry = CollectorRegistry()
    Freshness("delay_seconds", "Delay.", registry).arrived(published, NOW_MS)
    return registry.get_sample_value("delay_seconds_count"), registry.get_sample_value("delay_seconds_sum")


def test_a_page_counts_once_with_the_delay_of_its_first_event() -> None:
    assert _observed(NOW_MS - 1_500) == (1, 1.5)


def test_a_history_published_with_its_own_time_is_not_late() -> None:
    assert _observed(NOW_MS - DAY_MS) == (0, 0)


def test_a_publisher_whose_clock_is_ahead_is_not_early() -> None:
    assert _observed(NOW_MS + 2_000) == (1, 0)


def test_a_page_tells_when_its_first_event_was_published() -> None:
    page = b'{"event_id":"a","stamped_at":"2026-03-01T00:00:00Z"}\n{"stamped_at":"2026-03-02T00:00:00Z"}\n'

    assert published_ms(page) == NOW_MS


def test_a_heartbeat_and_a_spoilt_page_tell_nothing() -> None:
    assert (published_ms(b""), published_ms(b"{\n"), published_ms(b"\xff\n")) == (None, None, None)
