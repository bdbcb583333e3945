"""Prices of capacity: the gain at which an action's capacity of a day is used up (an online knapsack).

Choosing the best of a day needs everybody in one place. With a price for a unit of each action's capacity, a customer
can be decided for alone: the action is taken where what it brings beyond its cost and beyond the next best choice, the
customer's *bid*, exceeds the price. The price of an epoch is the quantile of recent bids at which the capacity is used
up, as in online linear programming with dual prices (Agrawal, Wang and Ye, Operations Research 2014); bids below the
price count, too, so that it can fall again.

Workers count bids in bins, which can be added in any order; the learner adds those of all customers and lets old ones
fade.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from retention.catalogue.compiled import CompiledPlaybook
from retention.outcomes.columns import Matrix

BINS: Final = 256
"""Number of bins of bids."""

_SMALLEST: Final = 0.01
_STEP: Final = 1.1
_EDGES: Final[list[float]] = (_SMALLEST * _STEP ** np.arange(BINS)).tolist()
"""Upper ends of the bins, reporting currency: prices are exact to a tenth."""

_HALF_LIFE_DAYS: Final = 7.0
"""Of the weight of bids: a price follows the weeks, not the hours."""

Counts = NDArray[np.int64]


class Bid(NamedTuple):
    """Bid: the gain that a unit of an action's capacity would bring for a customer.

    Attributes:
        customer: Index of the customer.
        action: Index of the action.
        amount: Amount above zero, reporting currency.
    """

    customer: int
    action: int
    amount: float

    @property
    def bin(self) -> int:
        """Bin of the bid, by which bids are counted; the last bin holds all larger ones."""
        return min(bisect_left(_EDGES, self.amount), BINS - 1)


def bids_of(customer: int, net_of_cost: Mapping[int, float], net: Mapping[int, float]) -> list[Bid]:
    """Return the bids of a customer: what each action brings beyond the best of the others, or doing nothing.

    Args:
        customer: Index of the customer.
        net_of_cost: Expected gain less cost of each action that the customer may get, by its index.
        net: The same less prices.
    """
    bids: list[Bid] = []
    for action, gain in net_of_cost.items():
        best_other = max((value for other, value in net.items() if other != action), default=0.0)
        amount = gain - max(best_other, 0.0)
        if amount > 0.0:
            bids.append(Bid(customer, action, amount))
    return bids


def count_bids(bids: Iterable[Bid], actions: int) -> Counts:
    """Return the number of bids by action and bin, shape (actions, bins); the last bin holds all larger ones."""
    counts: Counts = np.zeros((actions, BINS), dtype=np.int64)
    for bid in bids:
        counts[bid.action, bid.bin] += 1
    return counts


@dataclass(slots=True)
class PriceCalibration:
    """Recent bids of all customers, from which the prices of the next epoch follow.

    Attributes:
        book: Playbook with the capacities.
        counts: Faded number of bids by action and bin, shape (actions, bins).
        days: Faded number of days in which they were made.
    """

    book: CompiledPlaybook
    counts: Matrix = field(init=False)
    days: float = 0.0

    def __post_init__(self) -> None:
        """Start without bids."""
        self.counts = np.zeros((len(self.book.names), BINS))

    def add_epoch(self, counts: Counts, days: float) -> None:
        """Add the bids of an epoch.

        Args:
            counts: Their number by action and bin, over all workers, shape (actions, bins).
            days: Length of the epoch, days.
        """
        left = 0.5 ** (days / _HALF_LIFE_DAYS)
        self.counts = self.counts * left + counts
        self.days = self.days * left + days

    def prices(self, shares: Mapping[str, float] | None = None) -> dict[str, float]:
        """Return the price of each action's capacity, reporting currency; zero where it suffices for all bids.

        Args:
            shares: Shares held out, where they are not those of the playbook.
        """
        held_out = {**{name: one.holdout_share for name, one in self.book.playbook.actions.items()}, **(shares or {})}
        return {
            name: self._price(index, action.capacity_per_day / max(1.0 - held_out[name], _SMALLEST))
            for index, (name, action) in enumerate(zip(self.book.names, self.book.actions, strict=True))
        }

    def _price(self, index: int, wanted_per_day: float) -> float:
        """Return the least edge of a bin above which there are no more bids than wanted."""
        above = np.cumsum(self.counts[index][::-1])[::-1]
        too_many = np.flatnonzero(above > wanted_per_day * self.days)
        return round(_EDGES[too_many[-1]], 2) if len(too_many) else 0.0
