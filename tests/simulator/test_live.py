from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest

from deploy.simulator import live_shop_events

START = datetime(2026, 1, 1, tzinfo=UTC)


def _when(event: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(event["occurred_at"])


class FakeClock:
    """A clock that moves only when someone sleeps."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """Read the clock."""
        return self.moment

    def sleep(self, seconds: float) -> None:
        """Move the clock on."""
        self.moment += timedelta(seconds=seconds)


def _live(clock: FakeClock, *, rate: float = 50.0, customers: int = 200) -> Iterator[Mapping[str, Any]]:
    return live_shop_events(seed=7, customers=customers, rate=rate, now=clock.now, sleep=clock.sleep)


def test_live_events_come_at_the_rate_asked_for() -> None:
    clock = FakeClock(START)

    events = list(islice(_live(clock, rate=50.0), 501))

    assert _when(events[-1]) - _when(events[0]) == timedelta(seconds=10)
    assert _when(events[-1]) == clock.now()


def test_live_events_catch_up_after_a_pause_and_are_never_stamped_in_the_past() -> None:
    clock = FakeClock(START)
    live = _live(clock, rate=50.0)
    next(live)

    clock.sleep(1.0)
    behind = list(islice(live, 50))

    assert {_when(event) for event in behind} == {START + timedelta(seconds=1)}
    assert _when(next(live)) == START + timedelta(seconds=1.02)


def test_live_ids_are_unique_over_restarts() -> None:
    first = {event["event_id"] for event in islice(_live(FakeClock(START)), 500)}
    second = {event["event_id"] for event in islice(_live(FakeClock(START + timedelta(seconds=1))), 500)}

    assert len(first) == len(second) == 500
    assert not first & second
    assert max(map(len, first | second)) <= 64


def test_the_live_shop_goes_on_when_its_first_customers_have_left() -> None:
    late = islice(_live(FakeClock(START), customers=20), 5_000, 6_000)

    assert {event["customer_id"] for event in late} - {f"customer-{number:06d}" for number in range(20)}


def test_a_live_rate_of_nothing_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="rate"):
        _live(FakeClock(START), rate=0)
