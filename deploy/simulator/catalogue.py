"""The catalogue of the shop: products, prices, popularity."""

from math import exp
from random import Random
from typing import NamedTuple

from deploy.simulator.draw import stream

PRODUCTS = 60

PRICE_SPREAD = 0.45
"""Standard deviation of the logarithm of prices within a category."""

CATEGORIES = {
    "clothing": 35.0,
    "shoes": 70.0,
    "home": 30.0,
    "kitchen": 25.0,
    "beauty": 18.0,
    "toys": 22.0,
    "books": 14.0,
    "sports": 45.0,
}
"""Category and its median price."""

TRIED_ON = frozenset({"clothing", "shoes"})
"""Categories whose items may not fit, so that they come back more often."""


class Product(NamedTuple):
    """One thing on the shelf; ``cents`` is its list price and ``partner`` the product often bought with it."""

    sku: str
    category: str
    cents: int
    partner: int


class Catalogue(NamedTuple):
    """All products, and their popularity as cumulative weights: over the whole shop and by category."""

    products: list[Product]
    popularity: list[float]
    shelves: dict[str, tuple[list[int], list[float]]]


def draw_catalogue(seed: int) -> Catalogue:
    """Draw the shop's products: lognormal prices, a few best-sellers, partners bought together."""
    random = stream(seed, "catalogue")
    names = list(CATEGORIES)
    partners = _pair(random)
    products = [_product(random, names[number % len(names)], number, partners[number]) for number in range(PRODUCTS)]
    ranks = random.sample(range(1, PRODUCTS + 1), PRODUCTS)
    weights = [1 / rank**0.7 for rank in ranks]
    shelves = {}
    for name in names:
        on_shelf = [number for number, product in enumerate(products) if product.category == name]
        shelves[name] = (on_shelf, _cumulative([weights[number] for number in on_shelf]))
    return Catalogue(products, _cumulative(weights), shelves)


def _product(random: Random, category: str, number: int, partner: int) -> Product:
    price = CATEGORIES[category] * exp(random.gauss(0.0, PRICE_SPREAD))
    return Product(f"{category}-{number:03d}", category, round(price) * 100 - 1, partner)


def _pair(random: Random) -> list[int]:
    shuffled = random.sample(range(PRODUCTS), PRODUCTS)
    partners = [0] * PRODUCTS
    for one, other in zip(shuffled[::2], shuffled[1::2], strict=True):
        partners[one], partners[other] = other, one
    return partners


def _cumulative(weights: list[float]) -> list[float]:
    total, sums = 0.0, []
    for weight in weights:
        total += weight
        sums.append(total)
    return sums
