"""Purchases of the customers of a backtest, from which its decisions get their labels."""

from bisect import bisect_left, bisect_right, insort

from customers.facts import Fact
from risk.evaluation.decision_schedule import Decision
from risk.scoring.outlook import Answer
from schemas.moments import DAY_MS


class PurchaseLog:
    """Sorted moments and amounts of each customer's purchases."""

    def __init__(self) -> None:
        """Start without purchases."""
        self._bought: dict[str, list[tuple[int, float]]] = {}

    def add(self, customer_id: str, purchase: Fact) -> None:
        """Add a purchase, in any order."""
        insort(self._bought.setdefault(customer_id, []), (purchase.occurred, purchase.amount))

    def add_part(self, customer_id: str, ordered: int, part: Fact) -> None:
        """Add a further event of an order to its purchase.

        Args:
            customer_id: Id of the customer.
            ordered: Time of the order so far, ms since 1970; the purchase moves to the event's, where that is earlier.
            part: The event.
        """
        bought = self._bought[customer_id]
        _, amount = bought.pop(bisect_left(bought, ordered, key=_moment))
        insort(bought, (min(ordered, part.occurred), amount + part.amount))

    def times(self) -> dict[str, list[int]]:
        """Return the sorted moments of each customer's purchases, ms since 1970."""
        return {customer_id: [moment for moment, _ in bought] for customer_id, bought in self._bought.items()}

    def answer(self, decision: Decision, closes_at: int) -> Answer:
        """Return the customer's purchases after a decision up to an instant, ms since 1970."""
        bought = self._bought.get(decision.customer_id, [])
        first = bisect_right(bought, decision.at, key=_moment)
        within = bought[first : bisect_right(bought, closes_at, lo=first, key=_moment)]
        if not within:
            return Answer(0, 0.0, None)
        amount = sum(amount for _, amount in within)
        return Answer(len(within), amount, (within[0][0] - decision.at) / DAY_MS)


def _moment(bought: tuple[int, float]) -> int:
    return bought[0]
