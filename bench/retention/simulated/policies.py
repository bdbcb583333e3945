"""Policies that compete in the simulated year: nothing, at random, by risk, hand-made rules, and the learnt one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from numpy.random import Generator

from bench.retention.simulated.columns import bid_columns
from bench.retention.simulated.shop import ACTIONS, CALL, NONE, OFFER, REMIND, THANK_YOU, Known
from deploy.simulator.treatments.true_effects import LOYAL_ORDERS
from retention.outcomes.columns import Flags, Integers, Matrix, Vector

CAPACITY: Final = np.array([np.inf, 40.0, 150.0, 150.0, 200.0])
"""Number of each action a week."""

OVERDUE: Final = 1.0
"""Silence in the customer's own usual gaps from which a reminder seems right,"""

LONG_OVERDUE: Final = 2.5
"""an offer,"""

HIGH_RISK: Final = 0.25
"""Risk from which somebody is rescued by risk, those first who have most at risk."""

GONE: Final = 10.0
"""and from which nothing is done."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Decisions for customers.

    Attributes:
        chosen: Index of the action drawn, shape (customers,).
        probability: Probability with which each action was drawn, shape (customers, actions).
        lapsed: True where the action was drawn and its capacity was used up, shape (customers,).
    """

    chosen: Integers
    probability: Matrix
    lapsed: Flags


class DecidingPolicy(Protocol):
    """Decides for the customers whose turn it is."""

    def decide(self, known: Known, random: Generator) -> Choice:
        """Choose an action for each customer."""


def allowed_actions(known: Known) -> Flags:
    """Return which actions customers may get at all, shape (customers, actions)."""
    there = known.gaps_silent <= GONE
    return np.column_stack(
        [
            np.ones(len(known.risk), dtype=np.bool_),
            known.complaint,
            there & (known.gaps_silent >= OVERDUE),
            there & (known.orders >= LOYAL_ORDERS),
            there & (known.gaps_silent >= OVERDUE),
        ]
    )


def by_rules(known: Known) -> Integers:
    """Return the action of plausible rules made by hand, one of which is mistaken: reminders do harm."""
    conditions = [
        known.complaint,
        (known.gaps_silent >= LONG_OVERDUE) & (known.gaps_silent <= GONE) & (known.value >= 10.0),
        (known.orders >= LOYAL_ORDERS) & (known.risk < 0.3) & (known.gaps_silent < OVERDUE),
        (known.gaps_silent >= OVERDUE) & (known.gaps_silent < LONG_OVERDUE),
    ]
    return np.select(conditions, [CALL, OFFER, THANK_YOU, REMIND], NONE)


def by_risk(known: Known) -> Integers:
    """Return a rescue for those of high risk: a call where it is allowed, else an offer."""
    allowed, high = allowed_actions(known), known.risk >= HIGH_RISK
    return np.select([allowed[:, CALL] & high, allowed[:, OFFER] & high], [CALL, OFFER], NONE)


def at_random(known: Known, random: Generator) -> Integers:
    """Return any allowed action but doing nothing, where there is one."""
    allowed = allowed_actions(known)
    weights = allowed * random.random(allowed.shape)
    weights[:, NONE] = 0.0
    return np.where(weights.max(axis=1) > 0.0, weights.argmax(axis=1), NONE)


@dataclass(frozen=True, slots=True)
class FixedPolicy:
    """Takes the first customers of a ranking for each action until its capacity is used up.

    Attributes:
        choose: Returns the action wanted for each customer.
        rank: Returns the customers' rank; the greatest come first.
    """

    choose: Callable[[Known, Generator], Integers]
    rank: Callable[[Known, Generator], Vector]

    def decide(self, known: Known, random: Generator) -> Choice:
        """Choose an action for each customer."""
        wanted = self.choose(known, random)
        beyond = beyond_capacity(wanted, self.rank(known, random), CAPACITY)
        chosen = np.where(beyond, NONE, wanted)
        return Choice(chosen, np.eye(len(ACTIONS))[chosen], np.zeros(len(chosen), dtype=np.bool_))


def beyond_capacity(chosen: Integers, rank: Vector, capacity: Vector) -> Flags:
    """Return who comes after the capacity of their action is used up, shape (customers,)."""
    beyond = np.zeros(len(chosen), dtype=np.bool_)
    for action in range(1, len(ACTIONS)):
        wanting = np.flatnonzero(chosen == action)
        if len(wanting) > capacity[action]:
            beyond[wanting[np.argsort(-rank[wanting], kind="stable")[int(capacity[action]) :]]] = True
    return beyond


FIXED_POLICIES: Final[dict[str, FixedPolicy]] = {
    "nothing": FixedPolicy(lambda known, _: np.zeros(len(known.risk), np.int64), lambda known, _: known.risk),
    "at random": FixedPolicy(at_random, lambda known, random: random.random(len(known.risk))),
    "by risk": FixedPolicy(lambda known, _: by_risk(known), lambda known, _: known.risk * known.value),
    "highest risk": FixedPolicy(lambda known, _: by_risk(known), lambda known, _: known.risk),
    "rules": FixedPolicy(lambda known, _: by_rules(known), lambda known, _: known.risk * known.value),
}


@dataclass(slots=True)
class ExploringRules:
    """The rules without capacities, with a share of decisions drawn evenly over allowed actions: a log to learn from.

    Attributes:
        share: That share.
    """

    share: float = 0.25

    def decide(self, known: Known, random: Generator) -> Choice:
        """Choose an action for each customer."""
        allowed = allowed_actions(known) * 1.0
        wanted = by_rules(known)
        probability = self.share * allowed / allowed.sum(axis=1, keepdims=True)
        probability[np.arange(len(wanted)), wanted] += 1.0 - self.share
        return Choice(draw(probability, random), probability, np.zeros(len(wanted), dtype=np.bool_))


def draw(probability: Matrix, random: Generator) -> Integers:
    """Draw an action for each customer from probabilities of shape (customers, actions)."""
    below = probability.cumsum(axis=1) <= random.random((len(probability), 1))
    last = probability.shape[1] - 1 - (probability[:, ::-1] > 0.0).argmax(axis=1)
    drawn: Integers = np.minimum(below.sum(axis=1), last)
    return drawn


@dataclass(slots=True)
class CapacityPrices:
    """Price of each action's capacity: the net gain at which it is used up, by the bids of the last weeks.

    Attributes:
        weeks: Number of weeks that are kept.
        prices: Price of each action, shape (actions,).
    """

    weeks: int = 4
    prices: Vector = field(default_factory=lambda: np.zeros(len(ACTIONS)))
    _bids: list[list[Vector]] = field(default_factory=list)

    def add_week(self, net: Matrix, allowed: Flags, capacity: Vector) -> None:
        """Add the bids of a week: what an action brings beyond its cost and the best other choice.

        Args:
            net: Expected gain less cost, shape (customers, actions).
            allowed: True for actions that a customer may get, of the same shape.
            capacity: Of each action, a week.
        """
        bids = bid_columns(net[:, 1:].T, (net - self.prices)[:, 1:].T, allowed[:, 1:].T)
        by_action = [bids.amounts[bids.actions == action - 1] for action in range(len(ACTIONS))]
        self._bids = [*self._bids, by_action][-self.weeks :]
        for action in range(1, len(ACTIONS)):
            recent = np.sort(np.concatenate([week[action] for week in self._bids]))[::-1]
            wanted = int(capacity[action] * len(self._bids))
            self.prices[action] = recent[wanted] if len(recent) > wanted else 0.0
