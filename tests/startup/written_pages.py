"""Pages of purchases as an intake would have written them."""

import json
from datetime import UTC, datetime
from decimal import Decimal

from confluent_kafka import Producer

from runtime.kafka.options import client_options
from schemas.events.decode import decode
from schemas.events.interaction import Interaction, Origin, encode_interaction
from schemas.moments import to_ms
from schemas.pages.page import Page, encode_headers, encode_lines
from schemas.pages.watermark import PartitionProgress
from tests.integration.stack import LocalPipeline
from tests.kit.waiting import PATIENCE_SECONDS

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PARTITION = 3
CUSTOMERS = 20


def write_page(pipeline: LocalPipeline, number: int) -> None:
    """One purchase of every customer, on one page."""
    lines = [_line(number, customer) for customer in range(CUSTOMERS)]
    clock = to_ms(NOON) + number
    page = Page("a", len(lines), clock, {"purchases": [PartitionProgress(clock, idle=False)]})
    producer = Producer(client_options(pipeline.kafka))
    headers = dict(encode_headers(page))
    producer.produce("interactions", encode_lines(lines), partition=PARTITION, headers=headers)  # type: ignore[arg-type]
    assert producer.flush(PATIENCE_SECONDS) == 0


def _line(number: int, customer: int) -> bytes:
    event = {
        "event_id": f"e{number}-{customer}",
        "customer_id": f"c{customer}",
        "occurred_at": NOON.isoformat(),
        "order_id": f"o{number}",
        "currency": "USD",
        "items": [{"sku": "tea", "quantity": 1, "unit_price": 1}],
    }
    line = decode(json.dumps(event).encode(), Origin("purchases", 0, number, NOON), {"USD": Decimal(1)}, 10_000)
    assert isinstance(line, Interaction)
    return encode_interaction(line)
