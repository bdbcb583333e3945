"""``python -m bench.risk.planted``: whether the reason named first is the one that the simulator planted.

Customers are asked about an hour after their cause has shown, with the model as it stood then, in the second half of
the history.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Final

from bench.risk.businesses import OF_EVERYTHING, WHOLESALE, Business
from bench.risk.play import START_MS, Cause, Ending, backtest_of, play_business
from customers.state import Customer
from risk.decision import DecisionScore
from risk.reasons import reasons_of
from risk.timetable import AtMoments, Decision
from schemas.moments import DAY_MS, HOUR_MS

SPEAKS: Final[Mapping[Cause, str]] = {
    "unresolved complaint": "contacts",
    "defective return": "returns",
    "agent foresaw": "judgement",
    "spending less": "spend",
    "silence": "silence",
}
"""The group that should be named."""


class _Looking(AtMoments):
    """Keeps the customers as they stood when they were asked about."""

    of_everyone = True

    def __init__(self, decisions: Iterable[Decision]) -> None:
        super().__init__(decisions)
        self.stood: dict[Decision, Customer] = {}

    def take(self, at: int, customers: Mapping[str, Customer]) -> list[str]:
        taken = super().take(at, customers)
        for customer_id in taken:
            self.stood[Decision(at, customer_id)] = deepcopy(customers[customer_id])
        return taken


def named_first(business: Business, seed: int) -> dict[Cause, Counter[str]]:
    """How often each group was named first, by what was planted; an empty name where none was."""
    interactions, endings = play_business(business, seed)
    asked = {Decision(one.seen_at + HOUR_MS, one.customer_id): one for one in endings.values() if _late(one, business)}
    looking = _Looking(asked)
    backtest = backtest_of(business)
    named: dict[Cause, Counter[str]] = {}
    for score in backtest.run(interactions, looking):
        first = _first(looking.stood[score.decision], score)
        named.setdefault(asked[score.decision].cause, Counter())[first] += 1
    return named


def _late(ending: Ending, business: Business) -> bool:
    return ending.seen_at > START_MS + business.days / 2 * DAY_MS


def _first(customer: Customer, score: DecisionScore) -> str:
    reasons = reasons_of(customer, score.effects, score.decision.at, "EUR")
    return reasons[0].feature if reasons and reasons[0].effect > 0.0 else ""


def main() -> None:
    """Print the table."""
    sys.stdout.write(f"{'business':<24} {'planted':<22} {'customers':>9} {'named first':>12}  instead\n")
    for business in (OF_EVERYTHING, WHOLESALE):
        for cause, named in sorted(named_first(business, seed=1).items()):
            total, right = named.total(), named.pop(SPEAKS[cause], 0)
            instead = ", ".join(f"{name or 'none'} {count}" for name, count in named.most_common())
            sys.stdout.write(f"{business.name:<24} {cause:<22} {total:>9} {right / total:>12.1%}  {instead}\n")


if __name__ == "__main__":
    main()
