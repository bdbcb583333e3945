"""``--as events``: Stayline's own events, with what they lack."""

import json
from pathlib import Path
from typing import Any

from tests.imports.made import make, make_as


def _write(path: Path, *events: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return path


def _purchase(event_id: str, **fields: object) -> dict[str, Any]:
    event = {"type": "purchase", "event_id": event_id, "customer_id": "a", "occurred_at": "2024-05-03T10:15:21Z"}
    items = [
        {"sku": "s", "quantity": 2, "unit_price": "9.50", "discount": 1},
        {"sku": "t", "quantity": 1, "unit_price": 3},
    ]
    return {**event, "order_id": event_id, "currency": "EUR", "items": items, **fields}


def _contact(event_id: str, rating: object) -> dict[str, Any]:
    event = {"type": "support_contact", "event_id": event_id, "customer_id": "a", "channel": "email"}
    return {**event, "occurred_at": "2024-05-03T10:15:21Z", "satisfaction": rating}


def test_items_stay_those_of_their_purchase(tmp_path: Path) -> None:
    given = _purchase("o-1")
    (event,) = make_as(_write(tmp_path / "e.ndjson", given), "events").events
    assert event["items"] == [
        {"sku": "s", "quantity": 2, "unit_price": "9.5", "discount": "1"},
        {"sku": "t", "quantity": 1, "unit_price": "3"},
    ]
    assert (event["order_id"], event["customer_id"], event["occurred_at"]) == ("o-1", "a", given["occurred_at"])


def test_a_return_and_a_contact_stay_what_they_are(tmp_path: Path) -> None:
    items = [{"sku": "s", "quantity": 1, "refund": "8.50"}]
    back = {**_purchase("r-1"), "type": "return", "items": items, "order_id": "o-1", "reason": "late"}
    made = make_as(_write(tmp_path / "e.ndjson", back, _contact("c-1", 4)), "events")
    assert [(one.type, one.units, one.order_id, one.satisfaction) for one in made.interactions()] == [
        ("return", 1, "o-1", None),
        ("support_contact", 0, "", 4),
    ]


def test_moments_without_an_offset_are_taken_in_the_zone_that_is_given(tmp_path: Path) -> None:
    path = _write(tmp_path / "e.ndjson", _purchase("1", occurred_at="2024-05-03T10:15:21"), _purchase("2"))
    assert make_as(path, "events").faults() == {"purchases.occurred_at has no offset from UTC": 2}
    zoned = make_as(path, "events", "time.zone=Europe/Berlin")
    assert [event["occurred_at"] for event in zoned.events] == ["2024-05-03T08:15:21Z", "2024-05-03T10:15:21Z"]


def test_other_scales_of_satisfaction_are_taken(tmp_path: Path) -> None:
    path = _write(tmp_path / "e.ndjson", _contact("1", 85), _contact("2", 0))
    made = make_as(path, "events", "support_contacts.satisfaction_scale=percent")
    assert [event["satisfaction"] for event in made.events] == [4, 1]


def test_purchases_without_a_customer_are_guests_where_that_is_said(tmp_path: Path) -> None:
    guests = [_purchase("1", customer_id=None), _purchase("2", customer_id=""), _purchase("3")]
    made = make_as(_write(tmp_path / "e.ndjson", *guests), "events", "customers.missing=guests")
    assert (made.guests.orders, made.guests.revenue) == (2, {"EUR": 40.0})
    assert len(made.events) == 1


def test_orders_of_an_api_have_a_row_for_each_of_their_items(tmp_path: Path) -> None:
    order = {"id": 7, "at": "2024-05-03T10:15:21Z", "buyer": {"id": 3}, "line_items": [{"price": "2"}, {"price": "3"}]}
    path = tmp_path / "orders.json"
    path.write_text(json.dumps([order, {**order, "id": 8, "line_items": []}], indent=1))
    mapping = """
        [reading]
        each = "line_items"
        [columns]
        buyer = "buyer.id"
        price = "line_items.price"
        [customers]
        id = "buyer"
        [purchases]
        order_id = "id"
        occurred_at = "at"
        currency = "EUR"
        unit_price = "price"
    """
    made = make(path, mapping)
    assert [[item["unit_price"] for item in event["items"]] for event in made.events] == [["2", "3"]]
    assert made.faults() == {"purchases.unit_price is empty": 1}
