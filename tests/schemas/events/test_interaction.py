"""Money is exact: the lines add up to the event's total, to the last digit."""

import json
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.events.decode import decode
from schemas.events.interaction import Interaction, Origin
from schemas.events.money import MONEY_PLACES
from schemas.events.raw_events import TOPIC_OF_TYPE, EventType
from tests.kit.suite.cases import cases
from tests.schemas.values import STAMPED_AT, events_of

drawn = settings(max_examples=cases(200, usual=30), suppress_health_check=[HealthCheck.too_slow])
rates = st.decimals("0.000001", "1000000", places=6)
prices = st.decimals(0, "999999999999", places=MONEY_PLACES)
lines = st.tuples(st.integers(1, 1_000_000), prices, prices)


def _line(event: Mapping[str, object], topic: str, rate: Decimal) -> Interaction:
    stamped = Origin(topic, 0, 0, STAMPED_AT)
    line = decode(json.dumps({**event, "currency": "EUR"}).encode(), stamped, {"EUR": rate}, 10**6)
    assert isinstance(line, Interaction)
    return line


def _purchase(items: list[tuple[int, Decimal, Decimal]], rate: Decimal) -> Interaction:
    event = {
        "event_id": "e",
        "customer_id": "c",
        "occurred_at": "2026-03-01T12:00:00Z",
        "order_id": "o",
        "items": [
            {"sku": "s", "quantity": quantity, "unit_price": f"{price:f}", "discount": f"{discount:f}"}
            for quantity, price, discount in items
        ],
    }
    return _line(event, "purchases", rate)


def _sum(amounts: list[Decimal]) -> Fraction:
    return sum((Fraction(amount) for amount in amounts), Fraction(0))


@drawn
@given(data=st.data(), rate=rates)
def test_the_items_amounts_add_up_to_the_purchases(data: st.DataObject, rate: Decimal) -> None:
    line = _line(data.draw(events_of("purchase", of_today=True)), "purchases", rate)

    assert Fraction(line.amount) == _sum([item.amount for item in line.items])


@drawn
@given(data=st.data(), rate=rates)
def test_the_items_amounts_add_up_to_the_returns(data: st.DataObject, rate: Decimal) -> None:
    line = _line(data.draw(events_of("return", of_today=True)), "returns", rate)

    assert Fraction(line.amount) == _sum([item.amount for item in line.items])


@drawn
@given(items=st.lists(lines, min_size=1, max_size=20))
def test_in_the_reporting_currency_the_amount_is_exactly_what_was_paid(
    items: list[tuple[int, Decimal, Decimal]],
) -> None:
    line = _purchase(items, Decimal(1))

    expected = sum(
        (quantity * (Fraction(price) - Fraction(discount)) for quantity, price, discount in items), Fraction(0)
    )
    assert Fraction(line.original_amount) == Fraction(line.amount) == expected


@drawn
@given(items=st.lists(lines, min_size=1, max_size=20), rate=rates)
def test_a_converted_line_is_off_by_no_more_than_half_the_last_digit(
    items: list[tuple[int, Decimal, Decimal]], rate: Decimal
) -> None:
    line = _purchase(items, rate)

    for (quantity, price, discount), item in zip(items, line.items, strict=True):
        exact = quantity * (Fraction(price) - Fraction(discount)) * Fraction(rate)
        assert abs(Fraction(item.amount) - exact) <= Fraction(1, 2 * 10**MONEY_PLACES)


@drawn
@given(items=st.lists(lines, min_size=1, max_size=5), rate=rates)
def test_every_amount_fits_the_tables_decimal(items: list[tuple[int, Decimal, Decimal]], rate: Decimal) -> None:
    line = _purchase(items, rate)

    for amount in (line.amount, line.original_amount, *(item.amount for item in line.items)):
        assert abs(Fraction(amount)) < 10**29
        assert Fraction(amount) * 10**MONEY_PLACES % 1 == 0


_MOMENTS: Final = {"occurred_at", "until"}
"""Written in many ways, and read as instants."""


@pytest.mark.parametrize("kind", ["action_taken", "judgement"])
@drawn
@given(data=st.data())
def test_a_line_of_what_people_told_has_every_field_of_its_event(kind: EventType, data: st.DataObject) -> None:
    event = data.draw(events_of(kind, of_today=True))
    line = decode(json.dumps(event).encode(), Origin(TOPIC_OF_TYPE[kind], 0, 0, STAMPED_AT), {}, 10**6)
    assert isinstance(line, Interaction)

    said = {name: value for name, value in event.items() if name not in _MOMENTS and value is not None}
    said |= {name: str(said[name]) for name in ("event_id", "customer_id")}

    assert {name: getattr(line, name) for name in said} == said
    assert line.type == kind


def test_units_are_counted_over_all_lines() -> None:
    line = _purchase([(2, Decimal(1), Decimal(0)), (3, Decimal(1), Decimal(0))], Decimal(1))

    assert line.units == 5
