"""The CDNOW purchase log as raw events: every purchase of 23,570 customers who began in early 1997, to June 1998.

Source: P. S. Fader and B. G. S. Hardie, "Forecasting Repeat Sales at CDNOW", Interfaces 31 (2001); the file is the
one inside the PyPI package ``lifetimes``. That package is never imported: it would pull in an automatic
differentiation library for the sake of one text file.
"""

import importlib.metadata
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

PACKAGE = "lifetimes"
LOG = "lifetimes/datasets/CDNOW_master.txt"


class CdnowTotals(NamedTuple):
    """Totals of the whole log.

    Attributes:
        rows: Transactions in the log.
        customers: Different customers.
        dollars: Sum of all transactions in US dollars.
    """

    rows: int
    customers: int
    dollars: Decimal


class _Row(NamedTuple):
    date: str  # YYYYMMDD
    customer_id: str
    number: int  # position in the file, from 1
    quantity: int
    dollars: str


def cdnow_events() -> Iterator[dict[str, object]]:
    """Yield the log's purchases as raw events with ``type``, by day, then customer, then place in the file.

    Each transaction is n discs for one amount, so its lines carry prices in whole cents that add up to exactly that
    amount: three discs for 39.11 are one at 13.03 and two at 13.04.

    Raises:
        FileNotFoundError: The package that carries the log is not installed.
    """
    for row in sorted(_rows()):
        yield {
            "type": "purchase",
            "event_id": f"cdnow-{row.number:06d}",
            "customer_id": row.customer_id,
            "occurred_at": f"{row.date[:4]}-{row.date[4:6]}-{row.date[6:]}T00:00:00Z",
            "order_id": f"cdnow-order-{row.number:06d}",
            "currency": "USD",
            "items": _items(row.quantity, cents=int(row.dollars.replace(".", ""))),
            "channel": "web",
        }


def cdnow_totals() -> CdnowTotals:
    """Add up the file itself, to check anything made from it.

    Raises:
        FileNotFoundError: The package that carries the log is not installed.
    """
    rows = list(_rows())
    return CdnowTotals(
        rows=len(rows),
        customers=len({row.customer_id for row in rows}),
        dollars=sum((Decimal(row.dollars) for row in rows), Decimal(0)),
    )


def _rows() -> Iterator[_Row]:
    try:
        path = Path(str(importlib.metadata.distribution(PACKAGE).locate_file(LOG)))
    except importlib.metadata.PackageNotFoundError as error:
        raise FileNotFoundError(f"the CDNOW log comes with the package {PACKAGE}: install stayline[local]") from error
    with path.open(encoding="ascii") as lines:
        next(lines)
        for number, line in enumerate(lines, start=1):
            customer_id, date, quantity, dollars = line.split()
            yield _Row(date, customer_id, number, int(quantity), dollars)


def _items(quantity: int, *, cents: int) -> list[dict[str, object]]:
    price, dearer = divmod(cents, quantity)
    lines = [(quantity - dearer, price), (dearer, price + 1)]
    return [
        {"sku": "cd", "quantity": count, "unit_price": f"{each // 100}.{each % 100:02d}", "category": "music"}
        for count, each in lines
        if count
    ]
