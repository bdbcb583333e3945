"""Exact arithmetic with money, rounded only to the digits that ClickHouse keeps."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

MONEY_PLACES: Final = 9
"""Decimals of ClickHouse's Decimal(38, 9); finer amounts are rounded half to even."""

_FINEST: Final = Decimal(1).scaleb(-MONEY_PLACES)

_EXACT: Final = Context(prec=60, rounding=ROUND_HALF_EVEN)


def minus(price: Decimal, discount: Decimal) -> Decimal:
    """Return the exact difference of two amounts."""
    return _EXACT.subtract(price, discount)


def times(amount: Decimal, quantity: int) -> Decimal:
    """Return the exact amount of a number of units."""
    return _EXACT.multiply(amount, Decimal(quantity))


def sum_of(amounts: Sequence[Decimal]) -> Decimal:
    """Return the exact sum of at least one amount."""
    total = amounts[0]
    for amount in amounts[1:]:
        total = _EXACT.add(total, amount)
    return total


def convert(amount: Decimal, rate: Decimal) -> Decimal:
    """Return an amount in another currency, rounded.

    Args:
        amount: In the first currency.
        rate: Worth of one unit of it in the other.
    """
    return rounded(_EXACT.multiply(amount, rate))


def rounded(amount: Decimal) -> Decimal:
    """Round to the digits that ClickHouse keeps, without adding any."""
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and -MONEY_PLACES <= exponent <= 0:
        return amount
    return _EXACT.quantize(amount, _FINEST)
