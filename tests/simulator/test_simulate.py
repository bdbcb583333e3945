from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import mean, median
from typing import Any, get_args

import pytest

from deploy.simulator import Cause, Shop, ShopTruth, shop_events, simulate_shop
from deploy.simulator.catalogue import draw_catalogue

START = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS: dict[str, Any] = {"seed": 7, "customers": 1_000, "start": START, "days": 365}
EVERY = {"type", "event_id", "customer_id", "occurred_at"}
REQUIRED = {
    "purchase": EVERY | {"order_id", "currency", "items"},
    "return": EVERY | {"currency", "items"},
    "support_contact": EVERY | {"channel"},
}
OPTIONAL = {
    "purchase": {"channel", "campaign"},
    "return": {"order_id", "reason"},
    "support_contact": {"topic", "direction", "resolved", "wait_seconds", "satisfaction", "agent_judgement"},
}
ALLOWED: dict[tuple[str, str], set[object]] = {
    ("purchase", "channel"): {"web", "store", "app", "phone", "other"},
    ("return", "reason"): {"defective", "wrong_item", "not_as_described", "no_longer_wanted", "late", "other"},
    ("support_contact", "channel"): {"phone", "email", "chat", "store", "social", "other"},
    ("support_contact", "direction"): {"inbound", "outbound"},
    ("support_contact", "resolved"): {True, False},
    ("support_contact", "satisfaction"): {1, 2, 3, 4, 5},
}

Events = list[Mapping[str, Any]]


@pytest.fixture(scope="module")
def shop() -> Shop:
    return simulate_shop(**SETTINGS)


@pytest.fixture(scope="module")
def events(shop: Shop) -> Events:
    return list(shop.events())


@pytest.fixture(scope="module")
def truth(shop: Shop) -> dict[str, ShopTruth]:
    return shop.truth()


@pytest.fixture(scope="module")
def lives(events: Events) -> dict[str, Events]:
    by_customer = defaultdict(list)
    for event in events:
        by_customer[event["customer_id"]].append(event)
    return by_customer


def _when(event: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(event["occurred_at"])


def _of(kind: str, events: Events) -> Events:
    return [event for event in events if event["type"] == kind]


def _leavers(cause: Cause, truth: dict[str, ShopTruth], lives: dict[str, Events]) -> Iterator[Events]:
    return (lives[customer] for customer, told in truth.items() if told.cause == cause)


def _after_the_last_purchase(life: Events) -> Events:
    last = max(place for place, event in enumerate(life) if event["type"] == "purchase")
    return life[last + 1 :]


def _lengthening(life: Events) -> float:
    gaps: list[float] = [
        (_when(after) - _when(before)).total_seconds() for before, after in pairwise(_of("purchase", life))
    ]
    return mean(gaps[-3:]) / mean(gaps[:-3])


def _shrinking(life: Events) -> float:
    sizes: list[int] = [sum(item["quantity"] for item in event["items"]) for event in _of("purchase", life)]
    return mean(sizes[-3:]) / mean(sizes[:-3])


def test_the_same_seed_gives_the_same_events(events: Events) -> None:
    assert list(shop_events(**SETTINGS)) == events


def test_another_seed_gives_other_events(events: Events) -> None:
    assert next(shop_events(**SETTINGS | {"seed": 8})) != events[0]


def test_a_life_does_not_depend_on_how_many_others_there_are(lives: dict[str, Events]) -> None:
    founding = {f"customer-{number:06d}" for number in range(60)}

    among_few = [event for event in shop_events(**SETTINGS | {"customers": 100}) if event["customer_id"] in founding]

    assert among_few == sorted((event for name in founding for event in lives[name]), key=_when)


def test_events_come_in_time_order_within_the_simulated_time(events: Events) -> None:
    moments = [_when(event) for event in events]

    assert moments == sorted(moments)
    assert moments[0] >= START
    assert moments[-1] < START + timedelta(days=365)


def test_event_and_order_ids_are_unique(events: Events) -> None:
    orders = [event["order_id"] for event in _of("purchase", events)]

    assert len({event["event_id"] for event in events}) == len(events)
    assert len(set(orders)) == len(orders)


def test_every_event_has_exactly_the_fields_of_the_contract(events: Events) -> None:
    for event in events:
        assert REQUIRED[event["type"]] <= set(event) <= REQUIRED[event["type"]] | OPTIONAL[event["type"]]
        for field, value in event.items():
            assert value in ALLOWED.get((event["type"], field), [value])


def test_every_purchase_has_one_to_six_products_at_prices_with_two_places(events: Events) -> None:
    for event in _of("purchase", events):
        assert 1 <= len(event["items"]) <= 6
        for item in event["items"]:
            price, discount = Decimal(item["unit_price"]), Decimal(item.get("discount", "0.00"))
            assert set(item) - {"discount"} == {"sku", "quantity", "unit_price", "category"}
            assert item["quantity"] >= 1
            assert 0 <= discount <= price
            assert price.as_tuple().exponent == discount.as_tuple().exponent == -2


def test_every_return_names_an_earlier_order_and_refunds_no_more_than_was_paid(events: Events) -> None:
    left: dict[tuple[str, str, str], int] = {}
    paid: dict[tuple[str, str, str], Decimal] = {}
    for event in events:
        for item in event.get("items", []):
            line = (event["order_id"], event["customer_id"] + event["currency"], item["sku"])
            if event["type"] == "purchase":
                left[line] = item["quantity"]
                paid[line] = Decimal(item["unit_price"]) - Decimal(item.get("discount", "0.00"))
            else:
                left[line] -= item["quantity"]
                assert left[line] >= 0
                assert 0 <= Decimal(item["refund"]) <= paid[line]


def test_a_quarter_to_two_fifths_of_the_customers_leave_in_a_year(truth: dict[str, ShopTruth]) -> None:
    assert 0.25 <= mean(told.left_at is not None for told in truth.values()) <= 0.40


def test_every_cause_occurs_and_those_who_stay_have_none(truth: dict[str, ShopTruth]) -> None:
    causes = Counter(told.cause for told in truth.values())

    assert set(causes) == {*get_args(Cause), None}
    assert min(causes.values()) >= 20
    assert all((told.left_at is None) == (told.cause is None) for told in truth.values())


def test_the_truth_is_told_of_every_customer_with_events(truth: dict[str, ShopTruth], lives: dict[str, Events]) -> None:
    assert set(truth) == set(lives)


def test_nobody_does_anything_after_leaving(truth: dict[str, ShopTruth], lives: dict[str, Events]) -> None:
    gone = {customer: told.left_at for customer, told in truth.items() if told.left_at}

    assert all(_when(lives[customer][-1]) <= left_at for customer, left_at in gone.items())


def test_an_unresolved_complaint_follows_the_last_purchase(
    truth: dict[str, ShopTruth], lives: dict[str, Events]
) -> None:
    for life in _leavers("unresolved_complaint", truth, lives):
        complaints = [event for event in _after_the_last_purchase(life) if event.get("resolved") is False]
        assert complaints
        assert complaints[-1].get("satisfaction", 1) <= 2


def test_a_defective_product_comes_back_before_the_customer_is_gone(
    truth: dict[str, ShopTruth], lives: dict[str, Events]
) -> None:
    for life in _leavers("defective_return", truth, lives):
        order = _of("purchase", life)[-1]["order_id"]
        returns = _of("return", _after_the_last_purchase(life))
        assert [event["reason"] for event in returns if event["order_id"] == order] == ["defective"]


def test_what_an_agent_foresaw_comes_true(truth: dict[str, ShopTruth], lives: dict[str, Events]) -> None:
    for life in _leavers("agent_foresaw", truth, lives):
        judgements = [event.get("agent_judgement", {}) for event in _after_the_last_purchase(life)]
        assert any(judged.get("likely_to_leave") and judged["sentiment"] < 0 for judged in judgements)


def test_a_competitor_leaves_no_trace_on_the_last_order(truth: dict[str, ShopTruth], lives: dict[str, Events]) -> None:
    for life in _leavers("competitor", truth, lives):
        order = _of("purchase", life)[-1]["order_id"]
        assert order not in [event["order_id"] for event in _of("return", life)]


def test_those_who_drift_away_buy_ever_less_often_and_less(
    truth: dict[str, ShopTruth], lives: dict[str, Events]
) -> None:
    drifted = [life for life in _leavers("drifted_away", truth, lives) if len(_of("purchase", life)) >= 8]
    stayed = [lives[name] for name, told in truth.items() if not told.cause and len(_of("purchase", lives[name])) >= 8]

    assert median(map(_lengthening, drifted)) > 1.5 * median(map(_lengthening, stayed))
    assert median(map(_shrinking, drifted)) < 0.8 * median(map(_shrinking, stayed))


def test_those_who_stay_have_bad_experiences_too(truth: dict[str, ShopTruth], events: Events) -> None:
    theirs = [event for event in events if truth[event["customer_id"]].cause is None]
    resolved = [event["resolved"] for event in _of("support_contact", theirs)]

    assert 0.85 < mean(resolved) < 1
    assert any(event["reason"] == "defective" for event in _of("return", theirs))
    assert any(event.get("agent_judgement", {}).get("likely_to_leave") for event in theirs)


def test_more_is_bought_before_christmas_than_in_summer(events: Events) -> None:
    months = Counter(_when(event).month for event in _of("purchase", events))

    assert months[12] > 1.3 * months[7]


def test_partners_are_bought_together(events: Events) -> None:
    partner = {product.sku: draw_catalogue(7).products[product.partner].sku for product in draw_catalogue(7).products}
    baskets = [{item["sku"] for item in event["items"]} for event in _of("purchase", events)]
    larger = [basket for basket in baskets if len(basket) > 1]

    assert mean(any(partner[sku] in basket for sku in basket) for basket in larger) > 0.4


def test_a_campaign_always_brings_a_discount(events: Events) -> None:
    owed = [event for event in _of("purchase", events) if "campaign" in event]

    assert owed
    assert all("discount" in item for event in owed for item in event["items"])


def test_currencies_are_those_asked_for() -> None:
    events = simulate_shop(**SETTINGS | {"customers": 20}, currencies={"CHF": 1.0}).events()

    assert {event["currency"] for event in events if "currency" in event} == {"CHF"}


@pytest.mark.parametrize("wrong", [{"start": datetime(2026, 1, 1)}, {"customers": 0}, {"days": 0}])  # noqa: DTZ001
def test_a_shop_without_offset_customers_or_days_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"offset|customers and days"):
        simulate_shop(**SETTINGS | wrong)
