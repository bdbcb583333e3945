"""Numbers, moments, ids and customers, as files write them."""

from pathlib import Path

import pytest

from schemas.errors import UsageError
from tests.imports.made import Made, make, write_csv

_MAPPING = """
[customers]
id = "who"
email = "email"
[purchases]
occurred_at = "at"
currency = "currency"
quantity = "units"
unit_price = "price"
"""


def _made(tmp_path: Path, *changes: str, **values: object) -> Made:
    row: dict[str, object] = {"who": "a", "email": "", "at": "2024-03-01T00:00:00Z", "currency": "eur", "units": 1}
    path = write_csv(tmp_path / "t.csv", [{**row, "price": "1", **values}], quoting=1)
    return make(path, _MAPPING, *changes)


@pytest.mark.parametrize(
    ("written", "read"),
    [("2.55", "2.55"), ("1,234.5", "1234.5"), ("$ 3", "3"), ("5 €", "5"), ("1e2", "100"), ("1 234.5", "1234.5")],
)
def test_numbers_with_a_decimal_point(tmp_path: Path, written: str, read: str) -> None:
    assert _made(tmp_path, price=written).events[0]["items"][0]["unit_price"] == read


@pytest.mark.parametrize(("written", "read"), [("2,55", "2.55"), ("1.234,5", "1234.5"), ("5,00 €", "5"), ("7", "7")])
def test_numbers_with_a_decimal_comma(tmp_path: Path, written: str, read: str) -> None:
    made = _made(tmp_path, "reading.decimal_comma=true", price=written)
    assert made.events[0]["items"][0]["unit_price"] == read


@pytest.mark.parametrize("written", ["12,50", "much", "1.2.3", "12,5000", "--1", "1e99", "inf"])
def test_a_number_that_is_none_is_refused_and_never_taken_for_another(tmp_path: Path, written: str) -> None:
    assert _made(tmp_path, price=written).faults() == {"purchases.unit_price is no number": 1}


@pytest.mark.parametrize(
    ("units", "fault"),
    [("0", "is zero"), ("-1", "is negative"), ("1.5", "is no whole number"), ("2000000", "is above 1,000,000")],
)
def test_a_number_of_units_that_the_contract_refuses_is_named(tmp_path: Path, units: str, fault: str) -> None:
    assert _made(tmp_path, units=units).faults() == {f"purchases.quantity {fault}": 1}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-05-03 10:15:21 -0400", "2024-05-03T14:15:21Z"),
        ("2024-05-03T10:15:21-0400", "2024-05-03T14:15:21Z"),
        ("2024-05-03T10:15Z", "2024-05-03T10:15:00Z"),
        ("2024-05-03 10:15:21 UTC", "2024-05-03T10:15:21Z"),
        ("2024-10-27T02:30:00+02:00", "2024-10-27T00:30:00Z"),
        ("2024-10-27T02:30:00+01:00", "2024-10-27T01:30:00Z"),
        ("2024-05-03T10:15:21.25Z", "2024-05-03T10:15:21.250000Z"),
    ],
)
def test_moments_with_an_offset_need_no_zone(tmp_path: Path, written: str, read: str) -> None:
    assert _made(tmp_path, at=written).events[0]["occurred_at"] == read


@pytest.mark.parametrize("written", ["2024-05-03T10:15:21", "2024-05-03"])
def test_a_moment_without_an_offset_is_refused_without_a_zone_and_read_with_one(tmp_path: Path, written: str) -> None:
    made = _made(tmp_path, at=written)
    assert made.faults() == {"purchases.occurred_at has no offset from UTC": 1}
    assert "time.zone" in made.refused[0].remedy
    zoned = _made(tmp_path, "time.zone=America/New_York", at=written)
    assert zoned.events[0]["occurred_at"] in {"2024-05-03T14:15:21Z", "2024-05-03T04:00:00Z"}


@pytest.mark.parametrize("change", ["time.formats=epoch_seconds", "time.formats=epoch_milliseconds"])
def test_seconds_and_milliseconds_since_1970_are_read(tmp_path: Path, change: str) -> None:
    written = 1714731321 if change.endswith("seconds") and "milli" not in change else 1714731321000
    assert _made(tmp_path, change, at=written).events[0]["occurred_at"] == "2024-05-03T10:15:21Z"


@pytest.mark.parametrize(
    ("written", "fault"),
    [("soon", "cannot be read as a moment"), ("", "is empty"), ("2099-01-01T00:00:00Z", "lies in the future")],
)
def test_a_moment_that_is_none_is_refused(tmp_path: Path, written: str, fault: str) -> None:
    assert _made(tmp_path, at=written).faults() == {f"purchases.occurred_at {fault}": 1}


def test_a_zone_that_there_is_not_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"time\.zone is 'Mars': expected an IANA name"):
        _made(tmp_path, "time.zone=Mars")


def test_a_customer_without_an_id_is_named_by_the_address_whatever_its_case(tmp_path: Path) -> None:
    one = _made(tmp_path, "customers.missing=email", who="", email="Ann@Example.com ").events[0]
    other = _made(tmp_path, "customers.missing=email", who="", email="ann@example.com").events[0]
    assert one["customer_id"] == other["customer_id"]
    assert "ann" not in one["customer_id"]


def test_guests_are_counted_with_their_revenue_and_make_no_event(tmp_path: Path) -> None:
    made = _made(tmp_path, "customers.missing=guests", who="", units=3, price="2.5")
    assert not made.events
    assert not made.refused
    assert (made.guests.orders, made.guests.revenue) == (1, {"EUR": 7.5})


def test_rows_of_no_section_are_left_out_and_counted(tmp_path: Path) -> None:
    made = _made(tmp_path, "purchases.rows=who <> 'a'")
    assert (made.left_out, made.events, made.refused) == (1, [], [])


def test_a_row_of_which_it_cannot_be_told_is_refused(tmp_path: Path) -> None:
    assert _made(tmp_path, "purchases.rows=number(price) > 0", price="x").faults() == {
        "purchases.rows cannot be told": 1
    }


def test_a_currency_that_is_none_is_refused(tmp_path: Path) -> None:
    assert _made(tmp_path, currency="Euro").faults() == {"purchases.currency is no currency": 1}


def test_thirteen_digits_are_milliseconds_among_other_moments(tmp_path: Path) -> None:
    assert _made(tmp_path, at=1714731321000).events[0]["occurred_at"] == "2024-05-03T10:15:21Z"
