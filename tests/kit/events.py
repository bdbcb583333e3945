"""Raw events of this moment."""

import json
from datetime import UTC, datetime


def purchase(customer_id: str, event_id: str) -> bytes:
    item = {"sku": "s", "quantity": 1, "unit_price": "100"}
    return json.dumps(
        {
            "type": "purchase",
            "event_id": event_id,
            "customer_id": customer_id,
            "occurred_at": datetime.now(UTC).isoformat(),
            "order_id": event_id,
            "currency": "USD",
            "items": [item],
        }
    ).encode()
