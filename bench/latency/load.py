"""The purchases that are published: generated beforehand, so that publishing them is cheap."""

import time
from random import Random
from typing import Final

import msgspec

from schemas.moments import text_of_ms

PAUSE_SECONDS: Final = 4
"""A customer buys again after so long."""

_encode: Final = msgspec.json.Encoder().encode


def purchases_at(rate: int, count: int, seed: int, run: str) -> list[tuple[str, bytes]]:
    """Raw purchases from now on, with the customer of each; the customers take turns.

    Args:
        rate: Purchases a second.
        count: How many.
        seed: Of what is bought.
        run: Tells these customers and purchases from those of other runs.
    """
    random = Random(f"{seed} {rate}")
    customers = rate * PAUSE_SECONDS
    begin = time.time()
    return [
        (customer, _encode(_purchase(random, f"{run}-{number}", customer, begin + number / rate)))
        for number in range(count)
        for customer in [f"customer-{run}-{number % customers}"]
    ]


def _purchase(random: Random, name: str, customer_id: str, at: float) -> dict[str, object]:
    items = [
        {
            "sku": f"sku-{random.randrange(5_000)}",
            "quantity": random.randint(1, 3),
            "unit_price": f"{random.lognormvariate(3.0, 0.7):.2f}",
        }
        for _ in range(random.choice((1, 1, 1, 2, 3)))
    ]
    return {
        "event_id": f"purchase-{name}",
        "customer_id": customer_id,
        "occurred_at": text_of_ms(int(at * 1000)),
        "order_id": f"order-{name}",
        "currency": random.choice(("USD", "EUR")),
        "items": items,
        "channel": random.choice(("web", "app", "store")),
    }
