"""Presets of shops and payments, on files with the headers of their exports."""

import csv
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from tests.imports.made import Made, make_as

_SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,"
    "Billing Name,Billing Street,Shipping Name,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,"
    "Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,Lineitem discount"
)
_WOO = (
    "order_id,order_number,date,status,shipping_total,tax_total,discount_total,order_total,refunded_total,order_currency,"
    "payment_method,customer_id,billing_first_name,billing_email,item_id,item_product_id,item_name,item_sku,item_quantity,"
    "item_subtotal,item_total,item_refunded"
)
_STRIPE = (
    "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Converted Amount,Converted Amount Refunded,"
    "Converted Currency,Decline Reason,Description,Fee,Refunded date (UTC),Statement Descriptor,Status,Seller Message,"
    "Taxes On Fee,Card ID,Customer ID,Customer Description,Customer Email,Invoice ID,Transfer"
)
_MAGENTO = (
    "ID,Purchase Point,Purchase Date,Bill-to Name,Ship-to Name,Grand Total (Base),Grand Total (Purchased),Status,"
    "Billing Address,Shipping Address,Shipping Information,Customer Email,Customer Group,Subtotal,"
    "Shipping and Handling,Customer Name,Payment Method,Total Refunded"
)


def _made(tmp_path: Path, preset: str, header: str, *rows: Mapping[str, object]) -> Made:
    names = header.split(",")
    path = tmp_path / "export.csv"
    with path.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, names, restval="")
        writer.writeheader()
        writer.writerows(rows)
    made = make_as(path, preset)
    made.interactions()
    return made


def _shopify(name: str, **fields: object) -> dict[str, object]:
    """A row after the first of its order."""
    said = {"Name": name, "Email": "ann@example.com", "Created at": "2025-10-07 09:50:26 +0200"}
    return {**said, "Lineitem quantity": 1, "Lineitem price": "34.90", "Lineitem name": "Mask", **fields}


def _first(name: str, **fields: object) -> dict[str, object]:
    said = {
        "Financial Status": "paid",
        "Currency": "EUR",
        "Total": "110.59",
        "Refunded Amount": "0.00",
        "Source": "web",
    }
    return _shopify(name, **said, **fields)


def test_an_order_of_shopify_has_what_its_first_row_says(tmp_path: Path) -> None:
    second = _shopify("#1", Email="", **{"Lineitem sku": "S-2", "Lineitem quantity": 2, "Lineitem discount": "4.00"})
    made = _made(tmp_path, "shopify-orders", _SHOPIFY, _first("#1", **{"Lineitem sku": "S-1"}), second)

    (event,) = made.events
    assert event["occurred_at"] == "2025-10-07T07:50:26Z"
    assert (event["order_id"], event["currency"], event["channel"]) == ("#1", "EUR", "web")
    assert event["customer_id"].startswith("email-")
    assert event["items"][1] == {"sku": "S-2", "quantity": 2, "unit_price": "34.9", "discount": "2"}


def test_a_refund_of_shopify_is_one_return_of_the_order(tmp_path: Path) -> None:
    made = _made(tmp_path, "shopify-orders", _SHOPIFY, _first("#1") | {"Refunded Amount": "10.50"}, _shopify("#1"))

    purchase, refund = made.events
    assert (purchase["type"], len(purchase["items"])) == ("purchase", 2)
    assert (refund["type"], refund["order_id"], refund["items"][0]["refund"]) == ("return", "#1", "10.5")


def test_cancelled_and_voided_orders_of_shopify_are_left_out(tmp_path: Path) -> None:
    cancelled = _first("#1") | {"Cancelled at": "2025-10-08 09:00:00 +0200"}
    voided = _first("#2") | {"Financial Status": "voided"}
    made = _made(tmp_path, "shopify-orders", _SHOPIFY, cancelled, _shopify("#1"), voided)
    assert (made.events, made.left_out) == ([], 3)


def test_orders_of_woocommerce_with_an_item_in_a_row(tmp_path: Path) -> None:
    order = {"order_id": 7, "date": "2024-05-03 10:15:21", "status": "wc-completed", "order_currency": "EUR"}
    order |= {"order_total": "35.00", "customer_id": 12, "billing_email": "a@b.c", "refunded_total": "-5.00"}
    first = {"item_sku": "A", "item_quantity": 2, "item_total": "20.00", "item_refunded": "0"}
    second = {"item_sku": "B", "item_quantity": 1, "item_total": "15.00", "item_refunded": "-5.00"}
    made = _made(tmp_path, "woocommerce-orders", _WOO, order | first, order | second)

    purchase, refund = made.events
    assert [(item["sku"], item["quantity"], item["unit_price"]) for item in purchase["items"]] == [
        ("A", 2, "10"),
        ("B", 1, "15"),
    ]
    assert [(item["sku"], item["refund"]) for item in refund["items"]] == [("B", "5")]
    assert purchase["customer_id"] == "12"


def test_orders_of_woocommerce_with_an_order_in_a_row_and_a_guest(tmp_path: Path) -> None:
    header = "order_id,order_date,status,order_total,order_currency,customer_id,customer_email,refunded_total"
    order = {"order_id": 7, "order_date": "2024-05-03 10:15:21", "status": "completed", "order_currency": "EUR"}
    order |= {"order_total": "35.00", "customer_id": 0, "customer_email": "A@b.c"}
    made = _made(tmp_path, "woocommerce-orders", header, order, order | {"order_id": 8, "status": "failed"})

    (event,) = made.events
    assert event["items"] == [{"sku": "unspecified", "quantity": 1, "unit_price": "35"}]
    assert event["customer_id"].startswith("email-")
    assert made.left_out == 1


def test_charges_of_stripe_and_what_was_refunded(tmp_path: Path) -> None:
    charge = {"id": "ch_3Oabc", "Created date (UTC)": "2024-01-05 10:11:12", "Amount": "20.00", "Currency": "usd"}
    charge |= {"Amount Refunded": "0.00", "Status": "Paid", "Customer ID": "cus_1", "Customer Email": "a@b.c"}
    back = charge | {"id": "ch_2", "Status": "Refunded", "Amount Refunded": "20.00"}
    back |= {"Refunded date (UTC)": "2024-01-09 08:00:00"}
    failed = charge | {"id": "ch_4", "Status": "Failed"}
    made = _made(tmp_path, "stripe-charges", _STRIPE, charge, back, failed)

    assert [(event["event_id"], event["occurred_at"], event["currency"]) for event in made.events] == [
        ("order-ch_2", "2024-01-05T10:11:12Z", "USD"),
        ("order-ch_3Oabc", "2024-01-05T10:11:12Z", "USD"),
        ("return-ch_2", "2024-01-09T08:00:00Z", "USD"),
    ]
    assert made.left_out == 1


@pytest.mark.parametrize("date", ["Jan 5, 2024 10:11:12 AM", "Jan 5, 2024, 10:11:12 AM", "2024-01-05 10:11:12"])
def test_orders_of_magento_are_read_whatever_their_dates(tmp_path: Path, date: str) -> None:
    order = {"ID": "000000042", "Purchase Date": date, "Grand Total (Base)": "$1,036.39", "Status": "Complete"}
    order |= {"Grand Total (Purchased)": "$1,036.39", "Customer Email": "a@b.c", "Total Refunded": "$6.39"}
    made = _made(tmp_path, "magento-orders", _MAGENTO, order, order | {"ID": "000000043", "Status": "Canceled"})

    assert [event["type"] for event in made.events] == ["purchase", "return", "return"]
    assert made.events[0]["occurred_at"] == "2024-01-05T10:11:12Z"
    assert made.interactions()[0].original_amount == Decimal("1036.39")
    assert made.events[0]["order_id"] == "000000042"
