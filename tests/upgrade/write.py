"""Writes files of the present version, before a layout changes: ``python -m tests.upgrade.write``."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from customers.advance import receive
from customers.encoding.encode import encode_customer
from customers.facts import CONTACT, RETURN, Fact
from customers.reviews.schedule import due_at
from customers.state import STATE_VERSION, Customer
from schemas.events.decode import decode
from schemas.events.interaction import Interaction, Origin, encode_interaction
from schemas.moments import DAY_MS
from schemas.pages.page import PAGE_VERSION, Page, encode_headers, encode_lines
from schemas.pages.watermark import PartitionProgress, Progress
from tests.customers.lives import NARROW, START, lived, purchase

FOLDER = Path(__file__).parent / "written"

Json = dict[str, Any]


def customers() -> dict[str, Customer]:
    """Return states of every kind that matters to the layout."""
    life = [purchase(START + day * DAY_MS, amount=19.99) for day in range(0, 40, 4)]
    returned = Fact(START + 5 * DAY_MS, 2**64 - 1, RETURN, START + 3 * DAY_MS, 19.99, 1, harmful=True)
    complained = Fact(START + 6 * DAY_MS, 7, CONTACT, START + 6 * DAY_MS, unhappy=True, sentiment=-2, leaving=True)
    waiting, _ = lived(life, START + 38 * DAY_MS, NARROW)
    receive(waiting, purchase(START + 39 * DAY_MS))
    alerted, _ = lived([*life, returned, complained], START + 30 * DAY_MS)
    alerted.alert_raised = START + 29 * DAY_MS
    return {
        "new": Customer(),
        "bought once": lived(life[:1], START)[0],
        "fact pending": waiting,
        "alert raised": alerted,
        "long silent": lived([*life, returned, complained], START + 900 * DAY_MS)[0],
    }


def pages() -> dict[str, tuple[Page, list[Interaction]]]:
    """Return a full page and a heartbeat."""
    progress: Progress = {
        "purchases": [PartitionProgress(START, idle=False), None],
        "returns": [PartitionProgress(START - 1, idle=True)],
    }
    return {
        "lines": (Page("intake-Zürich", 2, START, progress), [_line("e-1", "anna"), _line("e-2", "Jürgen\n")]),
        "heartbeat": (Page("intake-1", 0, START, progress), []),
    }


def _line(event_id: str, customer_id: str) -> Interaction:
    at = datetime.fromtimestamp(START / 1000, UTC)
    event = {
        "event_id": event_id,
        "customer_id": customer_id,
        "occurred_at": at.isoformat(),
        "order_id": "o",
        "currency": "EUR",
        "items": [{"sku": "tea", "quantity": 2, "unit_price": "19.99", "discount": "0.99", "category": "drinks"}],
        "channel": "web",
        "extra": {"shop": "1"},
    }
    line = decode(json.dumps(event).encode(), Origin("purchases", 1, 17, at), {"EUR": Decimal("1.16")}, 10_000)
    if not isinstance(line, Interaction):
        raise TypeError(line.detail)
    return line


def state_document() -> Json:
    """Write the states, encoded and as JSON."""
    return {
        name: {
            "encoded": b64encode(encode_customer(customer, due_at(customer))).decode(),
            "due": due_at(customer),
            "means": msgspec.to_builtins(customer),
        }
        for name, customer in customers().items()
    }


def page_document() -> Json:
    """Write the pages, encoded and as JSON."""
    return {
        name: {
            "headers": {key: b64encode(value).decode() for key, value in encode_headers(page)},
            "value": b64encode(encode_lines([encode_interaction(line) for line in lines])).decode(),
            "means": {"page": msgspec.to_builtins(page), "lines": msgspec.to_builtins(lines)},
        }
        for name, (page, lines) in pages().items()
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for kind, version, document in (
        ("states", STATE_VERSION, state_document()),
        ("pages", PAGE_VERSION, page_document()),
    ):
        (FOLDER / f"{kind}-{version}.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
