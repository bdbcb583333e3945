"""Decoding: any raw message becomes an interaction or a refusal, never an exception."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.events.dead_letter import Refusal
from schemas.events.decode import decode
from schemas.events.interaction import Interaction, Origin, decode_interaction, encode_interaction
from schemas.events.raw_events import TYPE_OF_TOPIC
from tests.kit.suite.cases import cases
from tests.schemas.values import DOCUMENTS, STAMPED_AT, anything, events_of, moments, spoilt, validator_of

MAX_BYTES = 128 * 1024
RATES = {"USD": Decimal(1), "EUR": Decimal("1.16")}
PURCHASE: dict[str, Any] = {
    "event_id": "e",
    "customer_id": "c",
    "occurred_at": "2026-03-01T12:00:00Z",
    "order_id": "o",
    "currency": "EUR",
    "items": [{"sku": "s", "quantity": 2, "unit_price": "19.99", "discount": 0.99}],
}
RAW = st.sampled_from(sorted(TYPE_OF_TOPIC))
drawn = settings(max_examples=cases(200, usual=30), suppress_health_check=[HealthCheck.too_slow])


def _decode(value: bytes, topic: str = "purchases", stamped_at: datetime = STAMPED_AT) -> Interaction | Refusal:
    return decode(value, Origin(topic, 3, 17, stamped_at), RATES, MAX_BYTES)


def _with(**changes: object) -> bytes:
    return json.dumps({**PURCHASE, **changes}).encode()


def _reason(value: bytes) -> str:
    result = _decode(value)
    return result.reason if isinstance(result, Refusal) else "taken"


@drawn
@given(value=st.binary(max_size=300), topic=RAW)
def test_any_bytes_are_refused_or_taken(value: bytes, topic: str) -> None:
    assert isinstance(_decode(value, topic), (Interaction, Refusal))


@drawn
@given(data=st.data(), topic=RAW)
def test_a_valid_event_with_a_broken_byte_is_refused_or_taken(data: st.DataObject, topic: str) -> None:
    value = json.dumps(data.draw(events_of(TYPE_OF_TOPIC[topic], of_today=True))).encode()
    place = data.draw(st.integers(0, len(value)))
    broken = value[:place] + data.draw(st.binary(max_size=3)) + value[place + data.draw(st.integers(0, 3)) :]

    assert isinstance(_decode(broken, topic), (Interaction, Refusal))


surprises = anything | st.sampled_from(
    [float("nan"), float("inf"), -float("inf"), 1e-320, -0.0, 2**63, 10**400, "\ud800", "\x00", "٣", "1e999999999"]
)


@drawn
@given(data=st.data(), topic=RAW, stamped_at=st.datetimes(timezones=st.just(UTC)))
def test_a_spoilt_event_at_any_time_is_refused_or_taken(data: st.DataObject, topic: str, stamped_at: datetime) -> None:
    event = data.draw(spoilt(data.draw(events_of(TYPE_OF_TOPIC[topic])), surprises))

    assert isinstance(_decode(json.dumps(event).encode(), topic, stamped_at), (Interaction, Refusal))


@drawn
@given(data=st.data(), topic=RAW)
def test_a_line_reads_back_as_it_was_written_and_fits_its_schema(data: st.DataObject, topic: str) -> None:
    event = data.draw(events_of(TYPE_OF_TOPIC[topic], of_today=True))
    event |= {"currency": "EUR"} if "currency" in event else {}
    line = _decode(json.dumps(event).encode(), topic)

    assert isinstance(line, Interaction)
    encoded = encode_interaction(line)
    assert decode_interaction(encoded) == line
    assert b"\n" not in encoded
    assert validator_of(DOCUMENTS["interaction.json"]).is_valid(json.loads(encoded))


@drawn
@given(text=moments(STAMPED_AT - timedelta(days=3652), STAMPED_AT))
def test_the_moment_is_kept_and_written_in_utc(text: str) -> None:
    line = _decode(_with(occurred_at=text))

    assert isinstance(line, Interaction)
    assert (line.occurred_at, line.occurred_at.utcoffset()) == (datetime.fromisoformat(text), timedelta(0))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"\xef\xbb\xbf{}", "not_json"),
        (b'{"event_id": "e"', "not_json"),
        (b"[" * 100_000, "not_json"),
        (b'{"a":' * 20_000, "not_json"),
        (_with(event_id="\ud800"), "not_json"),
        (b"null", "invalid"),
        (b"[]", "invalid"),
        (b"1e400", "invalid"),
        (_with(event_id=""), "invalid"),
        (_with(type="return"), "invalid"),
        (_with(custommer_id="c"), "invalid"),
        (_with(occurred_at="1772323200"), "invalid"),
        (_with(occurred_at=1772323200), "invalid"),
        (_with(occurred_at="0001-01-01T00:00:00+23:59"), "invalid"),
        (_with(occurred_at="9999-12-31T23:59:59-23:59"), "invalid"),
        (_with(items=[{"sku": "s", "quantity": 1, "unit_price": "1e-30"}]), "invalid"),
        (_with(items=[{"sku": "s", "quantity": 1, "unit_price": float("nan")}]), "invalid"),
        (_with(items=[{"sku": "s", "quantity": 1, "unit_price": float("inf")}]), "invalid"),
        (_with(items=[{"sku": "s", "quantity": 10**30, "unit_price": 1}]), "invalid"),
        (_with(currency="XTS"), "unknown_currency"),
        (_with(occurred_at="2026-03-01T12:05:00.000001Z"), "from_the_future"),
        (_with(occurred_at="9999-12-31T23:59:59Z"), "from_the_future"),
        (_with(occurred_at="0001-01-01T00:00:00Z"), "too_old"),
        (_with(occurred_at="2016-02-28T11:59:59Z"), "too_old"),
        (_with() + b" " * MAX_BYTES, "too_large"),
    ],
)
def test_a_refused_message_gets_the_reason_that_helps_its_publisher(value: bytes, reason: str) -> None:
    assert _reason(value) == reason


@pytest.mark.parametrize(
    "value",
    [
        _with(occurred_at="2026-03-01T12:05:00Z"),
        _with(occurred_at="2016-02-29T12:00:00Z"),
        _with(occurred_at="2026-03-01 12:00:00+00:00"),
        _with(occurred_at="2026-03-01t11:00:00.123456789-01:00"),
        _with(type="purchase", channel=None, campaign="", extra={"x" * 64: "y" * 1024}),
        _with(items=[{"sku": "s", "quantity": 1, "unit_price": 1e-30}]),
        _with(items=[{"sku": "s", "quantity": 1_000_000, "unit_price": 999_999_999_999}] * 500),
    ],
)
def test_a_message_at_its_limits_is_taken(value: bytes) -> None:
    assert _reason(value) == "taken"


def test_the_detail_of_an_invalid_message_holds_pydantics_errors_and_not_the_message() -> None:
    result = _decode(_with(event_id="", items=[{"sku": "secret", "quantity": 0, "unit_price": 1}]))

    assert isinstance(result, Refusal)
    errors = json.loads(result.detail)
    assert [(error["type"], error["loc"]) for error in errors[:2]] == [
        ("string_too_short", ["event_id"]),
        ("greater_than_equal", ["items", 0, "quantity"]),
    ]
    assert "secret" not in result.detail


def test_the_detail_stays_short_however_much_is_wrong() -> None:
    result = _decode(_with(**{f"{number}" * 20: "x" for number in range(1_000, 2_000)}))

    assert isinstance(result, Refusal)
    assert len(result.detail) < 8 * 1024
    assert json.loads(result.detail)[-1]["msg"] == "and 980 more"
