"""``--as order-lines``, on files of the layout of UCI's Online Retail."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.imports.made import Made, make_as, write_csv


def _row(invoice: str, article: str = "85123A", **fields: object) -> dict[str, object]:
    row: dict[str, object] = {
        "InvoiceNo": invoice,
        "StockCode": article,
        "Description": "WHITE HANGING HEART",
        "Quantity": 6,
        "InvoiceDate": "12/13/2010 8:26",
        "UnitPrice": 2.55,
        "CustomerID": "17850.0",
        "Country": "United Kingdom",
    }
    return {**row, **fields}


def _made(tmp_path: Path, *rows: dict[str, object]) -> Made:
    return make_as(write_csv(tmp_path / "lines.csv", rows), "order-lines")


def test_the_lines_of_an_invoice_are_one_purchase(tmp_path: Path) -> None:
    made = _made(tmp_path, _row("536365"), _row("536366"), _row("536365", "71053", Quantity=2, UnitPrice=3.39))

    first, second = made.events
    assert first == {
        "type": "purchase",
        "event_id": "order-536365",
        "customer_id": "17850",
        "occurred_at": "2010-12-13T08:26:00Z",
        "order_id": "536365",
        "currency": "GBP",
        "items": [
            {"sku": "85123A", "quantity": 6, "unit_price": "2.55"},
            {"sku": "71053", "quantity": 2, "unit_price": "3.39"},
        ],
    }
    assert second["order_id"] == "536366"
    assert made.interactions()[0].original_amount == Decimal("22.08")


def test_a_cancelled_invoice_is_a_return(tmp_path: Path) -> None:
    made = _made(tmp_path, _row("C536379", "D", Quantity=-1, UnitPrice=27.5))

    (event,) = made.events
    assert event["type"] == "return"
    assert event["event_id"] == "return-C536379"
    assert event["items"] == [{"sku": "D", "quantity": 1, "refund": "27.5"}]


def test_lines_without_a_customer_are_refused_with_what_to_do(tmp_path: Path) -> None:
    made = _made(tmp_path, _row("1"), *(_row("2", CustomerID=word) for word in ("", "nan", "NULL")))

    (refused,) = made.refused
    assert (refused.setting, refused.rows, refused.place) == ("customers.id", 3, "lines.csv, row 2")
    assert "customers.missing" in refused.remedy
    assert len(made.events) == 1


def test_a_line_without_a_price_is_refused_and_the_rest_of_its_order_is_taken(tmp_path: Path) -> None:
    made = _made(tmp_path, _row("1"), _row("1", "POST", UnitPrice="NaN"), _row("1", "71053"))

    assert made.faults() == {"purchases.unit_price is empty": 1}
    assert [item["sku"] for item in made.events[0]["items"]] == ["85123A", "71053"]


def test_a_price_of_nothing_is_a_price(tmp_path: Path) -> None:
    assert _made(tmp_path, _row("1", UnitPrice=0.0)).events[0]["items"][0]["unit_price"] == "0"


def test_a_negative_price_points_to_the_returns(tmp_path: Path) -> None:
    made = _made(tmp_path, _row("1"), _row("A563186", UnitPrice=-11062.06))

    assert made.faults() == {"purchases.unit_price is negative": 1}
    assert "[returns]" in made.refused[0].remedy
    assert made.refused[0].value == "-11062.06"


def test_an_order_of_1100_lines_is_split_into_events_of_one_order(tmp_path: Path) -> None:
    made = _made(tmp_path, *(_row("581492", f"{number}") for number in range(1100)))

    assert [event["event_id"] for event in made.events] == ["order-581492", "order-581492/2", "order-581492/3"]
    assert [len(event["items"]) for event in made.events] == [500, 500, 100]
    assert {event["order_id"] for event in made.events} == {"581492"}
    assert [item["sku"] for event in made.events for item in event["items"]] == [str(n) for n in range(1100)]


def test_a_line_that_stands_there_twice_is_two_items(tmp_path: Path) -> None:
    assert len(_made(tmp_path, _row("1"), _row("1")).events[0]["items"]) == 2


def test_an_invoice_of_two_customers_is_an_event_of_each(tmp_path: Path) -> None:
    made = _made(tmp_path, _row("1"), _row("1", CustomerID="12346.0"))

    assert {event["customer_id"] for event in made.events} == {"17850", "12346"}
    assert len({event["event_id"] for event in made.events}) == 2


@pytest.mark.parametrize(
    ("dates", "first"),
    [
        (("12/01/2010 8:26", "12/13/2010 9:01"), "2010-12-01T08:26:00Z"),
        (("12/01/2010 8:26", "13/01/2010 9:01"), "2010-01-12T08:26:00Z"),
        (("2010-12-01 08:26:00", "2010-12-13 09:01:00"), "2010-12-01T08:26:00Z"),
    ],
)
def test_all_dates_of_a_file_are_read_in_the_same_way(tmp_path: Path, dates: tuple[str, str], first: str) -> None:
    made = _made(tmp_path, *(_row(str(number), InvoiceDate=date) for number, date in enumerate(dates)))

    assert made.events[0]["occurred_at"] == first


def test_the_names_of_the_second_edition_are_found_too(tmp_path: Path) -> None:
    row = _row("489434")
    names = {"InvoiceNo": "Invoice", "UnitPrice": "Price", "CustomerID": "Customer ID"}
    path = write_csv(tmp_path / "second.csv", [{names.get(name, name): value for name, value in row.items()}])

    assert make_as(path, "order-lines").events[0]["order_id"] == "489434"
