"""A return."""

from typing import NamedTuple

from deploy.simulator.draw import Event, money, timestamp
from deploy.simulator.population import Customer
from deploy.simulator.purchase import Line, Order


class GivenBack(NamedTuple):
    """Lines of an order that come back at a moment (Unix seconds), for a reason of the contract."""

    moment: float
    reason: str
    lines: list[Line]


def return_event(customer: Customer, order: Order, given_back: GivenBack, *, name: str) -> Event:
    """Write down a return as a raw event of this name; what was paid is refunded."""
    return {
        "type": "return",
        "event_id": name,
        "customer_id": customer.customer_id,
        "occurred_at": timestamp(given_back.moment),
        "order_id": order.order_id,
        "currency": order.currency,
        "items": [
            {"sku": line.product.sku, "quantity": line.quantity, "refund": money(line.paid)}
            for line in given_back.lines
        ],
        "reason": given_back.reason,
    }
