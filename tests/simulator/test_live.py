"""A shop goes on after its history as its customers would, by the clock or by a clock that runs fast."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from typing import Any

import pytest

from deploy.simulator import LiveShop, Shop, simulate_shop

END = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAYS = 300.0
SHOP = simulate_shop(seed=7, customers=200, start=END - timedelta(days=DAYS), days=DAYS)


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


def _when(event: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(event["occurred_at"])


def _live(clock: FakeClock, speed: float = 1, shop: Shop = SHOP) -> LiveShop:
    return LiveShop(shop, speed, clock.now, clock.sleep)


def _after(days: float) -> Iterator[Mapping[str, Any]]:
    return takewhile(lambda event: _when(event) < END + timedelta(days=days), _live(FakeClock(END)).events())


def _is_due(event: Mapping[str, Any], at: datetime) -> bool:
    return abs(at - _when(event)) <= timedelta(milliseconds=2)


def test_at_its_own_pace_each_event_comes_when_it_happens() -> None:
    clock = FakeClock(END)

    assert all(_is_due(event, clock.now()) for event in islice(_live(clock).events(), 200))


def test_a_fast_clock_runs_from_the_end_of_the_history_and_brings_each_event_in_its_time() -> None:
    clock = FakeClock(END + timedelta(days=30))
    live = _live(clock, speed=1_000)
    began = clock.now()

    for event in islice(live.events(), 50):
        assert _is_due(event, live.clock)
        assert _when(event) - END == pytest.approx(1_000 * (clock.now() - began), abs=timedelta(seconds=2))


def test_a_fast_clock_meets_the_present_and_is_the_clock_from_there_on() -> None:
    clock = FakeClock(END + timedelta(days=3))
    live = _live(clock, speed=1_000)
    meets = live.meets_present_at

    before = list(takewhile(lambda _: clock.now() < meets, live.events()))
    after = list(islice(live.events(), len(before) + 20))[-20:]

    assert timedelta(minutes=4) < meets - END - timedelta(days=3) < timedelta(minutes=5)
    assert before
    assert live.is_present
    assert all(_when(event) <= clock.now() for event in after)


def test_those_who_left_do_not_come_back_and_nobody_buys_more_often_than_before() -> None:
    truth = SHOP.truth()
    history = Counter(str(event["customer_id"]) for event in SHOP.events())
    live = Counter(str(event["customer_id"]) for event in _after(30))

    assert not {customer_id for customer_id in live if customer_id in truth and truth[customer_id].left_at}
    assert live.total() / 30 == pytest.approx(history.total() / DAYS, rel=0.4)
    assert max(live.values()) <= 1 + max(history.values()) / DAYS * 30 * 3


def test_events_keep_the_shops_hours() -> None:
    hours = Counter(_when(event).hour for event in _after(90) if event["type"] == "purchase")

    assert sum(hours[hour] for hour in range(7)) + hours[23] < 0.02 * hours.total()
    assert hours[18] + hours[19] > 3 * (hours[7] + hours[8])


def test_ids_go_on_from_those_of_the_history() -> None:
    before = {event["event_id"] for event in SHOP.events()}
    after = [event["event_id"] for event in _after(60)]

    assert len(set(after)) == len(after)
    assert not before & set(after)


def test_a_shop_that_was_paused_catches_up() -> None:
    clock = FakeClock(END)
    events = _live(clock).events()
    next(events)
    clock.sleep(3 * 86_400)

    behind = list(takewhile(lambda event: _when(event) < END + timedelta(days=3), events))

    assert len(behind) > 3
    assert all(_when(event) <= clock.now() for event in behind)


def test_the_live_shop_goes_on_when_its_first_customers_have_left() -> None:
    late = islice(_live(FakeClock(END)).events(), 5_000, 6_000)

    assert {event["customer_id"] for event in late} - {f"customer-{number:06d}" for number in range(200)}


def test_a_clock_slower_than_time_is_refused() -> None:
    with pytest.raises(ValueError, match="speed"):
        _live(FakeClock(END), speed=0.5)
