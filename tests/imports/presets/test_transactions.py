"""``--as transactions``: customer, date, amount."""

from pathlib import Path

import pytest

from schemas.errors import UsageError
from tests.imports.made import make_as, write_csv


def _row(customer: str, date: str, amount: str) -> dict[str, str]:
    return {"Customer ID": customer, "Date": date, "Amount": amount}


def test_each_row_is_a_purchase(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [_row("b", "2024-02-01", "5"), _row("a", "2024-01-31", "$1,234.50")])

    made = make_as(path, "transactions", "time.zone=Europe/Berlin")

    assert [(event["customer_id"], event["occurred_at"]) for event in made.events] == [
        ("a", "2024-01-30T23:00:00Z"),
        ("b", "2024-01-31T23:00:00Z"),
    ]
    assert made.interactions()[0].original_amount == 1234.5


def test_a_negative_amount_is_money_back(tmp_path: Path) -> None:
    made = make_as(write_csv(tmp_path / "t.csv", [_row("a", "2024-01-31", "-7.5")]), "transactions")

    assert made.events[0]["type"] == "return"
    assert made.events[0]["items"][0]["refund"] == "7.5"


def test_equal_rows_are_several_purchases_with_ids_that_stay(tmp_path: Path) -> None:
    rows = [_row("a", "2024-01-31", "5")] * 3
    once = make_as(write_csv(tmp_path / "t.csv", rows), "transactions")
    again = make_as(write_csv(tmp_path / "u.csv", [_row("z", "2024-01-01", "1"), *rows]), "transactions")

    ids = [event["event_id"] for event in once.events]
    assert len(set(ids)) == 3
    assert [event["event_id"] for event in again.events if event["customer_id"] == "a"] == ids
    assert len({event["order_id"] for event in once.events}) == 3


def test_the_currency_is_changed_on_the_command_line(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [_row("a", "2024-01-31", "5")])

    assert make_as(path, "transactions", "purchases.currency=EUR").events[0]["currency"] == "EUR"


def test_dates_that_can_be_read_in_two_ways_are_refused_with_both(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [_row("a", "03/04/2024", "5")])

    with pytest.raises(UsageError, match=r"2024-03-04.*2024-04-03.*--set 'time\.formats=%m/%d/%Y'"):
        make_as(path, "transactions")
    changed = make_as(path, "transactions", "time.formats=%d/%m/%Y")
    assert changed.events[0]["occurred_at"].startswith("2024-04-03")


def test_a_column_that_there_is_not_is_named_with_those_that_there_are(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [{"who": "a", "date": "2024-01-31", "amount": "5"}])

    with pytest.raises(UsageError, match=r"columns\.customer: no column is called customer_id .*there are who, date"):
        make_as(path, "transactions")
