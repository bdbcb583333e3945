"""The JSON Schemas and Stayline's validation agree on every event."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.events.raw_events import EVENT_CLASSES, EventType
from tests.kit.suite.cases import cases
from tests.schemas.values import DOCUMENTS, events_of, spoilt, validator_of

KINDS: list[EventType] = list(EVENT_CLASSES)
drawn = settings(max_examples=cases(150, usual=25), suppress_health_check=[HealthCheck.too_slow])


def _is_valid(kind: EventType, event: dict[str, Any]) -> bool:
    try:
        EVENT_CLASSES[kind].model_validate_json(json.dumps(event))
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("kind", KINDS)
@drawn
@given(data=st.data())
def test_an_event_that_the_schema_accepts_is_accepted(kind: EventType, data: st.DataObject) -> None:
    event = data.draw(events_of(kind))

    assert validator_of(DOCUMENTS[f"{kind}.json"]).is_valid(event)
    assert _is_valid(kind, event)


@pytest.mark.parametrize("kind", KINDS)
@drawn
@given(data=st.data())
def test_schema_and_stayline_give_the_same_verdict_on_a_spoilt_event(kind: EventType, data: st.DataObject) -> None:
    event = data.draw(spoilt(data.draw(events_of(kind))))

    assert _is_valid(kind, event) == validator_of(DOCUMENTS[f"{kind}.json"]).is_valid(event)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("event_id", ""),
        ("event_id", "x" * 65),
        ("customer_id", "x" * 129),
        ("occurred_at", "2026-03-01"),
        ("occurred_at", "2026-03-01T12:00:00"),
        ("occurred_at", "1772323200"),
        ("occurred_at", 1772323200),
        ("currency", "eur"),
        ("currency", "EURO"),
        ("items", []),
        ("items", [{"sku": "s", "quantity": 1, "unit_price": "1"}] * 501),
        ("items", [{"sku": "s", "quantity": 0, "unit_price": "1"}]),
        ("items", [{"sku": "s", "quantity": 1.5, "unit_price": "1"}]),
        ("items", [{"sku": "s", "quantity": "1", "unit_price": "1"}]),
        ("items", [{"sku": "s", "quantity": 1, "unit_price": -0.01}]),
        ("items", [{"sku": "s", "quantity": 1, "unit_price": 10**12}]),
        ("items", [{"sku": "s", "quantity": 1, "unit_price": "1e3"}]),
        ("items", [{"sku": "s", "quantity": 1, "unit_price": "1_000"}]),
        ("channel", "fax"),
        ("extra", {"x" * 65: ""}),
        ("extra", {"note": "x" * 1025}),
        ("extra", {"note": 1}),
        ("extra", {str(number): "" for number in range(33)}),
        ("custommer_id", "c"),
    ],
)
def test_both_refuse_a_purchase_with_a_wrong_field(field: str, value: object) -> None:
    good = {
        "event_id": "e",
        "customer_id": "c",
        "occurred_at": "2026-03-01T12:00:00+01:00",
        "order_id": "o",
        "currency": "EUR",
        "items": [{"sku": "s", "quantity": 1, "unit_price": "19.99"}],
    }
    validator = validator_of(DOCUMENTS["purchase.json"])
    assert (_is_valid("purchase", good), validator.is_valid(good)) == (True, True)

    bad = {**good, field: value}

    assert (_is_valid("purchase", bad), validator.is_valid(bad)) == (False, False)


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("action_taken", "action", "Call"),
        ("action_taken", "action", "x" * 33),
        ("action_taken", "by", ""),
        ("action_taken", "by", None),
        ("action_taken", "decision_id", ""),
        ("action_taken", "decision_id", "x" * 65),
        ("action_taken", "result", "gone"),
        ("action_taken", "result", None),
        ("action_taken", "note", "x" * 4097),
        ("judgement", "by", "x" * 129),
        ("judgement", "sentiment", 3),
        ("judgement", "sentiment", 0.5),
        ("judgement", "likely_to_leave", "yes"),
        ("judgement", "decision_id", "d-1"),
    ],
)
def test_both_refuse_what_people_did_or_thought_with_a_wrong_field(kind: EventType, field: str, value: object) -> None:
    said = {"action": "call", "result": "done"} if kind == "action_taken" else {"likely_to_leave": False}
    good = {"event_id": "e", "customer_id": "c", "occurred_at": "2026-03-01T12:00:00+01:00", "by": "ann", **said}
    validator = validator_of(DOCUMENTS[f"{kind}.json"])
    assert (_is_valid(kind, good), validator.is_valid(good)) == (True, True)

    bad = {**good, field: value}

    assert (_is_valid(kind, bad), validator.is_valid(bad)) == (False, False)
