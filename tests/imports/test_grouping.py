"""Lines to events: nothing is lost, doubled or changed, whatever the lines and their order."""

import random
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.imports.made import make_as, write_csv

_LINE = st.fixed_dictionaries(
    {
        "InvoiceNo": st.sampled_from(["1", "2", "3", "C4", "5"]),
        "StockCode": st.sampled_from(["a", "b", 'quote"d', "ümlaut"]),
        "Quantity": st.integers(1, 9),
        "InvoiceDate": st.integers(1, 28).map(lambda day: f"2024-02-{day:02} 10:00"),
        "UnitPrice": st.decimals("0", "99", places=2),
        "CustomerID": st.sampled_from(["7.0", "8.0"]),
    }
)


@settings(max_examples=25, deadline=None)
@given(lines=st.lists(_LINE, min_size=1, max_size=30), seed=st.integers(0, 99))
def test_every_line_is_an_item_of_an_event_of_its_invoice_and_customer(
    lines: list[dict[str, object]], seed: int
) -> None:
    shuffled = random.Random(seed).sample(lines, len(lines))  # noqa: S311 - a shuffle, seeded
    with TemporaryDirectory() as folder:
        made = make_as(write_csv(Path(folder) / "lines.csv", lines), "order-lines")
        again = make_as(write_csv(Path(folder) / "again.csv", shuffled), "order-lines")

    expected: defaultdict[tuple[str, str], list[tuple[str, int, Decimal]]] = defaultdict(list)
    for line in lines:
        customer = str(line["CustomerID"]).removesuffix(".0")
        item = (str(line["StockCode"]), int(str(line["Quantity"])), Decimal(str(line["UnitPrice"])))
        expected[str(line["InvoiceNo"]), customer].append(item)
    found = {
        (event["event_id"].split("-")[1].split("/")[0], event["customer_id"]): [
            (item["sku"], item["quantity"], Decimal(item.get("unit_price") or item["refund"]))
            for item in event["items"]
        ]
        for event in made.events
    }
    assert found == expected
    assert len({event["event_id"] for event in made.events}) == len(made.events)
    assert len(made.interactions()) == len(made.events)
    moments = [event["occurred_at"] for event in made.events]
    assert moments == sorted(moments)
    assert {event["event_id"]: event["occurred_at"] for event in again.events} == {
        event["event_id"]: event["occurred_at"] for event in made.events
    }
