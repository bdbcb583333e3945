"""Prices of capacity: the gain at which an action's capacity of a day is used up (an online knapsack).

Choosing the best of a day needs everybody in one place. With a price for a unit of each action's capacity, a customer
can be decided for alone: the action is taken where what it brings beyond its cost and beyond the next best choice, the
customer's *bid*, exceeds the price. The price of an epoch is the quantile of recent bids at which the capacity is used
up, as in online linear programming with dual prices (Agrawal, Wang and Ye, Operations Research 2014); bids below the
price count, too, so that it can fall again.

Workers count bids in bins, which can be added in any order; the learner adds those of all customers and lets old ones
fade.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from retention.catalogue.compiled import Amounts, CompiledPlaybook
from retention.catalogue.condition import Mask

BINS: Final = 256
"""Number of bins of bids."""

_SMALLEST: Final = 0.01
_STEP: Final = 1.1
_EDGES: Final = _SMALLEST * _STEP ** np.arange(BINS)
"""Upper ends of the bins, reporting currency: prices are exact to a tenth."""

_HALF_LIFE_DAYS: Final = 7.0
"""Of the weight of bids: a price follows the weeks, not the hours."""

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Bids:
    """Bids: the gain that a unit of an action's capacity would bring for customers.

    Attributes:
        actions: Index of the action of each bid, shape (bids,).
        customers: Index of the customer of each bid, shape (bids,).
        amounts: Amounts above zero, reporting currency, shape (bids,).
    """

    actions: Counts
    customers: Counts
    amounts: Amounts

    @property
    def bins(self) -> Counts:
        """Bin of each bid, by which bids are counted; the last bin holds all larger ones, shape (bids,)."""
        return np.minimum(np.searchsorted(_EDGES, self.amounts), BINS - 1)


NO_BIDS: Final = Bids(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))


def bids_of(net_of_cost: Amounts, net: Amounts, allowed: Mask) -> Bids:
    """Return the bids of customers.

    Args:
        net_of_cost: Expected gains less costs, shape (actions, customers).
        net: The same less prices.
        allowed: True for actions that a customer may get, of the same shape.
    """
    priced = np.where(allowed, np.maximum(net, 0.0), 0.0)
    bids = np.where(allowed, net_of_cost - _best_other(priced), 0.0)
    actions, customers = np.nonzero(bids > 0.0)
    return Bids(actions, customers, bids[actions, customers])


def _best_other(priced: Amounts) -> Amounts:
    """Return for each action the most that the others, or doing nothing, bring the customer."""
    if len(priced) == 1:
        return np.zeros_like(priced)
    second, first = np.sort(priced, axis=0)[-2:]
    is_best = np.arange(len(priced))[:, np.newaxis] == priced.argmax(axis=0)
    others: Amounts = np.where(is_best, second, first)
    return others


def count_bids(bids: Bids, actions: int) -> Counts:
    """Return the number of bids by action and bin, shape (actions, bins); the last bin holds all larger ones."""
    counts: Counts = np.bincount(bids.actions * BINS + bids.bins, minlength=actions * BINS).reshape(actions, BINS)
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
    counts: Amounts = field(init=False)
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
        return round(float(_EDGES[too_many[-1]]), 2) if len(too_many) else 0.0
