"""``python -m bench.risk.planted``: whether the reason named first is the one that the simulator planted.

Customers are asked about an hour after their cause has shown, with the model as it stood then, in the second half of
the history.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from math import exp, log
from typing import Final, NamedTuple

from bench.risk.businesses import OF_EVERYTHING, WHOLESALE, Business
from bench.risk.planted_shop import SHOP, planted_in_shop
from bench.risk.planting import Planting
from bench.risk.play import START_MS, Ending, backtest_of, play_business
from customers.state import Customer
from risk.evaluation.decision_schedule import AtMoments, Decision
from risk.evaluation.decision_scores import DecisionScore
from risk.scoring.model.regression import GROUPS
from risk.scoring.reasons.reasons import reasons_for_leaving
from risk.scoring.reasons.wording import Setting
from schemas.moments import DAY_MS, HOUR_MS

SPEAKS: Final[Mapping[str, str]] = {
    "unresolved complaint": "contacts",
    "defective return": "returns",
    "agent foresaw": "judgement",
    "spending less": "spend",
    "silence": "silence",
}
"""The group that should be named."""

_LIKELY: Final = 0.5
"""A risk above this is more likely than not to come true."""


class Named(NamedTuple):
    """Reasons given for a customer with a planted cause.

    Attributes:
        cause: The planted one.
        first: The group named first; empty where none was.
        right: Whether that group speaks for the cause.
        otherwise: The risk if the group that speaks for the cause said nothing.
    """

    cause: str
    first: str
    right: bool
    otherwise: float


class _Looking(AtMoments):
    """Keeps the customers as they stood when they were asked about."""

    of_everyone = True

    def __init__(self, decisions: Iterable[Decision]) -> None:
        super().__init__(decisions)
        self.stood: dict[Decision, Customer] = {}

    def pop(self, at: int, customers: Mapping[str, Customer]) -> list[str]:
        popped = super().pop(at, customers)
        for customer_id in popped:
            self.stood[Decision(at, customer_id)] = deepcopy(customers[customer_id])
        return popped


def named_first(business: Business, seed: int) -> dict[str, Counter[str]]:
    """Count how often each group was named first, by planted cause; an empty name where none was planted."""
    said = _by_cause(_planted_in(business, seed))
    return {cause: Counter(one.first for one in named) for cause, named in said.items()}


def _by_cause(planting: Planting) -> dict[str, list[Named]]:
    by_cause: dict[str, list[Named]] = {}
    for one in said_of(planting):
        by_cause.setdefault(one.cause, []).append(one)
    return by_cause


def said_of(planting: Planting) -> Iterator[Named]:
    """Play a history, and yield what is said of each customer with a planted cause."""
    looking = _Looking(planting.causes)
    for score in backtest_of(planting.horizon_days).run(planting.interactions, looking):
        cause = planting.causes[score.decision]
        groups, first = planting.speaks[cause], _first(looking.stood[score.decision], score, planting.horizon_days)
        said = sum(effect for group, effect in zip(GROUPS, score.effects, strict=True) if group in groups)
        yield Named(cause, first, first in groups, _less(score.risk, said))


def _planted_in(business: Business, seed: int) -> Planting:
    interactions, endings = play_business(business, seed)
    late = [one for one in endings.values() if _is_late(one, business)]
    return Planting(
        name=business.name,
        horizon_days=business.horizon_days,
        interactions=interactions,
        causes={Decision(one.seen_at + HOUR_MS, one.customer_id): one.cause for one in late},
        speaks={cause: (group,) for cause, group in SPEAKS.items()},
    )


def _is_late(ending: Ending, business: Business) -> bool:
    return ending.seen_at > START_MS + business.days / 2 * DAY_MS


def _first(customer: Customer, score: DecisionScore, horizon_days: float) -> str:
    setting = Setting(round(horizon_days * DAY_MS), "EUR")
    reasons = reasons_for_leaving(customer, score.effects, score.decision.at, setting)
    return reasons[0].feature if reasons else ""


def _less(risk: float, effect: float) -> float:
    """A risk whose log-odds are less by an effect."""
    risk = min(max(risk, 1e-9), 1.0 - 1e-9)
    return 1.0 / (1.0 + exp(effect - log(risk / (1.0 - risk))))


def _tell(planting: Planting) -> None:
    for cause, named in sorted(_by_cause(planting).items()):
        missed = [one for one in named if not one.right]
        counts = Counter(one.first or "none" for one in missed).most_common()
        instead = ", ".join(f"{name} {count}" for name, count in counts)
        anyway = sum(one.otherwise > _LIKELY for one in missed)
        sys.stdout.write(
            f"{planting.name:<24} {cause:<22} {len(named):>9} {1.0 - len(missed) / len(named):>12.1%} "
            f"{anyway:>7}  {instead}\n"
        )


def main() -> None:
    """Print the tables."""
    sys.stdout.write(f"{'business':<24} {'planted':<22} {'customers':>9} {'named first':>12} {'anyway':>7}  instead\n")
    for business in (OF_EVERYTHING, WHOLESALE):
        _tell(_planted_in(business, seed=1))
    shop = planted_in_shop(SHOP)
    _tell(shop)
    for line in shop.truth:
        sys.stdout.write(line + "\n")
    sys.stdout.write(
        "anyway: of those with another reason named, the number with a risk above 50 % without the planted cause\n"
    )


if __name__ == "__main__":
    main()
