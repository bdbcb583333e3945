"""Findings: each is made where it is true, and only there."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.history import decode_history
from schemas.events.interaction import Interaction
from schemas.settings.risk import MoneySettings
from streams.imports.analysis.findings import findings, summary
from streams.imports.analysis.profile import HashSample, HeavyHitters, Profile

_START = datetime(2024, 1, 1, 9, tzinfo=UTC)


def _purchase(number: int, day: float, customer: str, **fields: object) -> dict[str, object]:
    event: dict[str, object] = {
        "type": "purchase",
        "event_id": f"e{number}",
        "customer_id": customer,
        "occurred_at": (_START + timedelta(days=day)).isoformat(),
        "order_id": f"o{number}",
        "currency": "USD",
        "items": [{"sku": "a", "quantity": 1, "unit_price": "20"}],
    }
    return {**event, **fields}


def _profile(events: list[dict[str, object]]) -> Profile:
    profile = Profile()
    for read in decode_history(map(msgspec.json.encode, events), MoneySettings().rates, 100_000):
        assert isinstance(read, Interaction), read
        profile.add(read)
    return profile


def _found(events: list[dict[str, object]], horizon_days: float = 30.0) -> list[str]:
    return [finding.what for finding in findings(_profile(events), horizon_days)]


def _sound() -> list[dict[str, object]]:
    return [_purchase(number, number / 5, f"c{number % 100}") for number in range(1000)]


def test_nothing_is_found_in_a_sound_history() -> None:
    assert _found(_sound()) == []


def test_the_summary_says_events_customers_and_span() -> None:
    (line,) = summary(_profile(_sound()))
    assert "1,000 events (1,000 of type purchase), 100 customers, 2024-01-01T09:00:00Z" in line
    assert "200 days" in line


def test_ids_that_are_made_anew_for_each_order_are_found() -> None:
    found = _found([_purchase(number, number / 5, f"c{number}") for number in range(1000)])
    assert found == ["no customer ever bought twice (1,000 customers, 1,000 orders)"]


def test_a_history_of_one_time_buyers_is_found() -> None:
    once = [_purchase(number, number / 10, f"once{number}") for number in range(1000)]
    found = _found([*once, *(_purchase(2000 + number, 100 + number, "often") for number in range(5))])
    assert found == ["100% of 1,001 customers bought once only"]


def test_a_customer_with_a_tenth_of_all_orders_is_found() -> None:
    till = [_purchase(5000 + number, 200 + number / 50, "till") for number in range(200)]
    assert _found([*_sound(), *till]) == ["customer till has 17% of all orders"]


def test_repeats_are_told_from_ids_with_other_content() -> None:
    sound = _sound()
    other = {**sound[3], "items": [{"sku": "a", "quantity": 2, "unit_price": "20"}]}
    found = _found([*sound, sound[1], sound[1], other], horizon_days=30.0)
    assert "2 events came again under their id with the same content" in found
    assert "1 event came under an id that another event has" in found


def test_orders_in_several_events_are_one_order() -> None:
    split = [_purchase(number, number / 5, f"c{number}", order_id=f"o{number // 2}") for number in range(40)]
    for event in split:
        event["customer_id"] = "c" + str(event["order_id"])
    profile = _profile(split)
    assert sum(profile.customers.kept.values()) == 20
    assert "20 orders came in several events" in [finding.what for finding in findings(profile, 1.0)]


def test_a_history_shorter_than_two_horizons_is_found() -> None:
    assert _found(_sound(), horizon_days=150.0) == [
        "the history has 200 days, less than two horizons of 150 days",
    ]


def test_days_without_a_time_are_found() -> None:
    days = [
        _purchase(number, 0, f"c{number % 100}", occurred_at=f"2024-{number % 9 + 1:02}-01T00:00:00Z")
        for number in sorted(range(900), key=lambda one: one % 9)
    ]
    assert any(found.startswith("all purchases have the time 00:00") for found in _found(days))


def test_time_in_which_nothing_was_heard_is_found() -> None:
    hour = 1 / 24
    heard = [_purchase(number, number * hour, f"c{number % 100}") for number in range(3000)]
    after = [_purchase(9000 + number, 185 + number * hour, f"c{number % 100}") for number in range(500)]
    (found,) = _found([*heard, *after])
    assert found.startswith("nothing was heard on purchases from 2024-05-05T")


@given(st.lists(st.sampled_from("abcdefgh"), min_size=1))
def test_few_keys_are_counted_exactly(keys: list[str]) -> None:
    heavy, sample = HeavyHitters(), HashSample[int]()
    for key in keys:
        heavy.add(key)
        sample.update(key, lambda before: (before or 0) + 1)
    assert sample.kept == Counter(keys)
    assert heavy.most() is not None
    assert heavy.most() == (max(Counter(keys), key=lambda key: Counter(keys)[key]), max(Counter(keys).values()))


def test_many_keys_are_sampled_and_their_number_estimated() -> None:
    sample = HashSample[int](limit=1000)
    for number in range(50_000):
        sample.update(f"key {number}", lambda before: (before or 0) + 1)
    assert len(sample.kept) <= 1000
    assert abs(sample.number() - 50_000) < 5_000


@given(st.permutations([*["heavy"] * 60, *(f"light {number}" for number in range(100))]))
def test_a_heavy_key_is_found_among_many(keys: list[str]) -> None:
    heavy = HeavyHitters()
    for key in keys:
        heavy.add(key)
    found = heavy.most()
    assert found is not None
    assert found[0] == "heavy"
    assert 60 - 160 / 30 - 1 <= found[1] <= 60
