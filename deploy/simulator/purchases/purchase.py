"""A purchase: the basket, its prices, the campaign."""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from deploy.simulator.catalogue import Catalogue, Product
from deploy.simulator.customers.population import SimulatedCustomer
from deploy.simulator.draw import Event, money, one_of, pick, place, timestamp, weighted
from deploy.simulator.seasons import campaign

MOST_PRODUCTS = 6
FROM_FAVOURITES = 0.6
WITH_PARTNER = 0.35
"""Chance that a product takes along the one it is often bought with."""

IN_CAMPAIGN = 0.6
"""Chance that a purchase made while a campaign runs is owed to it."""

DISCOUNT = 0.06
"""Chance of a discount outside campaigns."""

USUAL_CHANNEL = 0.85
DRIFTED_BASKET = 0.35
"""Share of the usual basket that is left at the end of a drift."""

_CHANNELS = weighted(web=0.5, app=0.3, store=0.15, phone=0.04, other=0.01)
_QUANTITIES = [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3]
_PERCENT_OFF = [10, 10, 15, 20, 20, 30]


class Line(NamedTuple):
    """One line of an order; ``paid`` is the net price of one unit in cents."""

    product: Product
    quantity: int
    paid: int


class Order(NamedTuple):
    """Facts of a purchase that a return needs."""

    order_id: str
    currency: str
    lines: list[Line]


def buy(
    random: Random, catalogue: Catalogue, customer: SimulatedCustomer, *, name: str, now: float, drifted: float
) -> tuple[Event, Order]:
    """Fill a basket and pay.

    Args:
        random: The customer's stream.
        catalogue: Products of the shop.
        customer: Who buys.
        name: Unique name of the event; the order is named after it.
        now: Unix seconds.
        drifted: 0 to 1, how far the customer has drifted away: the further, the smaller the basket.

    Returns:
        The purchase as a raw event, and the order for what may follow.
    """
    running = campaign(now)
    owed_to = running if running and random.random() < IN_CAMPAIGN else ""
    percent_off = one_of(random, _PERCENT_OFF) if owed_to or random.random() < DISCOUNT else 0
    order = Order(f"order-{name}", customer.currency, [])
    items: list[Event] = []
    for product in _basket(random, catalogue, customer, drifted):
        quantity = one_of(random, _QUANTITIES) if drifted == 0.0 else 1
        discount = product.cents * percent_off // 100
        order.lines.append(Line(product, quantity, product.cents - discount))
        items.append(_item(product, quantity, discount))
    event: Event = {
        "type": "purchase",
        "event_id": name,
        "customer_id": customer.customer_id,
        "occurred_at": timestamp(now),
        "order_id": order.order_id,
        "currency": customer.currency,
        "items": items,
        "channel": customer.channel if random.random() < USUAL_CHANNEL else pick(random, _CHANNELS),
    }
    if owed_to:
        event["campaign"] = owed_to
    return event, order


def _item(product: Product, quantity: int, discount: int) -> Event:
    item: Event = {
        "sku": product.sku,
        "quantity": quantity,
        "unit_price": money(product.cents),
        "category": product.category,
    }
    if discount:
        item["discount"] = money(discount)
    return item


def _basket(random: Random, catalogue: Catalogue, customer: SimulatedCustomer, drifted: float) -> Iterator[Product]:
    # Exponential, so that most baskets are small and a few are full.
    wished = 1 + int(random.expovariate(1 / customer.basket) * (1 - drifted * (1 - DRIFTED_BASKET)))
    chosen: dict[int, None] = {}
    for _ in range(min(wished, MOST_PRODUCTS)):
        number = _choose(random, catalogue, customer)
        chosen[number] = None
        if drifted == 0.0 and random.random() < WITH_PARTNER:
            chosen[catalogue.products[number].partner] = None
    return (catalogue.products[number] for number in list(chosen)[:MOST_PRODUCTS])


def _choose(random: Random, catalogue: Catalogue, customer: SimulatedCustomer) -> int:
    if random.random() < FROM_FAVOURITES:
        shelf, popularity = catalogue.shelves[one_of(random, customer.favourites)]
        return shelf[place(random, popularity)]
    return place(random, catalogue.popularity)
