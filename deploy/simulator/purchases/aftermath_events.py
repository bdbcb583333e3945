"""The events that may follow a purchase: a return, and a contact with support."""

from random import Random
from typing import NamedTuple

from deploy.simulator.customers.population import SimulatedCustomer
from deploy.simulator.draw import Event, money, pick, timestamp, weighted
from deploy.simulator.purchases.purchase import Line, Order

RATED = 0.55
"""Share of happy or indifferent contacts that are rated."""

RATED_IF_BAD = 0.85
BAD = 2
"""The best rating that is still a bad one."""

OUTBOUND = 0.07
WAITED_FOR = frozenset({"phone", "chat", "store"})
"""Channels on which someone waits in a queue."""

_CHANNELS = weighted(phone=0.3, email=0.3, chat=0.28, store=0.06, social=0.05, other=0.01)
_NOTES = {
    -2: "Very upset, asked how to close the account.",
    -1: "Disappointed, compared us with another shop.",
    0: "Matter of fact.",
    1: "Friendly.",
    2: "Thanked us.",
}


class PlannedReturn(NamedTuple):
    """A return before it is an event: lines of an order, a moment (Unix seconds), a reason of the contract."""

    moment: float
    reason: str
    lines: list[Line]


class Contact(NamedTuple):
    """A contact before it is an event.

    Attributes:
        moment: Unix seconds.
        topic: Topic of the contract.
        resolved: True if the customer's question was settled.
        satisfaction: 1 to 5, as the customer would rate it if they did.
        sentiment: -2 to 2 where the agent wrote down a judgement, else None.
        likely_to_leave: True if that judgement foresees a leaving.
    """

    moment: float
    topic: str
    resolved: bool
    satisfaction: int
    sentiment: int | None
    likely_to_leave: bool


def return_event(customer: SimulatedCustomer, order: Order, returned: PlannedReturn, *, name: str) -> Event:
    """Return a return as a raw event of this name; the price paid is refunded."""
    return {
        "type": "return",
        "event_id": name,
        "customer_id": customer.customer_id,
        "occurred_at": timestamp(returned.moment),
        "order_id": order.order_id,
        "currency": order.currency,
        "items": [
            {"sku": line.product.sku, "quantity": line.quantity, "refund": money(line.paid)} for line in returned.lines
        ],
        "reason": returned.reason,
    }


def contact_event(random: Random, customer: SimulatedCustomer, contact: Contact, *, name: str) -> Event:
    """Return a contact as a raw event of this name."""
    channel = pick(random, _CHANNELS)
    event: Event = {
        "type": "support_contact",
        "event_id": name,
        "customer_id": customer.customer_id,
        "occurred_at": timestamp(contact.moment),
        "channel": channel,
        "topic": contact.topic,
        "direction": "outbound" if contact.resolved and random.random() < OUTBOUND else "inbound",
        "resolved": contact.resolved,
    }
    if channel in WAITED_FOR:
        event["wait_seconds"] = int(random.lognormvariate(4.6 if contact.resolved else 5.6, 0.9))
    if random.random() < (RATED_IF_BAD if contact.satisfaction <= BAD else RATED):
        event["satisfaction"] = contact.satisfaction
    if contact.sentiment is not None:
        event["agent_judgement"] = {
            "sentiment": contact.sentiment,
            "likely_to_leave": contact.likely_to_leave,
            "note": _NOTES[contact.sentiment],
        }
    return event
