"""Raw messages for tests, as publishers make them."""

import json
from dataclasses import dataclass
from typing import Any

from schemas.trace import Header, Headers

NOON = 1_772_366_400_000
"""2026-03-01T12:00:00Z in milliseconds since 1970."""


def purchase(event_id: str, customer_id: str = "c-1", **changes: Any) -> bytes:  # noqa: ANN401 - any field
    """A good purchase, but for the changes."""
    event: dict[str, Any] = {
        "event_id": event_id,
        "customer_id": customer_id,
        "occurred_at": "2026-03-01T12:00:00Z",
        "order_id": f"o-{event_id}",
        "currency": "EUR",
        "items": [{"sku": "tea", "quantity": 2, "unit_price": "19.99", "discount": "0.99"}],
    }
    return json.dumps({**event, **changes}).encode()


def action(event_id: str, customer_id: str = "c-1", **changes: Any) -> bytes:  # noqa: ANN401 - any field
    """A call that reached the customer, but for the changes."""
    return json.dumps({**_said(event_id, customer_id), "action": "call", "result": "done", **changes}).encode()


def judgement(event_id: str, customer_id: str = "c-1", **changes: Any) -> bytes:  # noqa: ANN401 - any field
    """A judgement of a customer who may leave, but for the changes."""
    return json.dumps({**_said(event_id, customer_id), "sentiment": -1, "likely_to_leave": True, **changes}).encode()


def _said(event_id: str, customer_id: str) -> dict[str, Any]:
    return {"event_id": event_id, "customer_id": customer_id, "occurred_at": "2026-03-01T12:00:00Z", "by": "ann"}


@dataclass(frozen=True)
class Raw:
    """A message that needs no broker."""

    raw_value: bytes | None
    at: int = NOON
    raw_offset: int = 0
    raw_topic: str = "purchases"
    raw_partition: int = 0
    raw_key: bytes | None = None
    raw_headers: tuple[Header, ...] = ()

    def topic(self) -> str:
        """Its topic."""
        return self.raw_topic

    def partition(self) -> int:
        """Its partition there."""
        return self.raw_partition

    def offset(self) -> int:
        """Its offset there."""
        return self.raw_offset

    def timestamp(self) -> tuple[int, int]:
        """Kind of time, and the time."""
        return (1, self.at) if self.at >= 0 else (0, -1)

    def key(self) -> bytes | None:
        """Its key."""
        return self.raw_key

    def value(self) -> bytes | None:
        """Its bytes."""
        return self.raw_value

    def headers(self) -> Headers | None:
        """Headers beside its bytes."""
        return list(self.raw_headers) or None
