"""A simulated year under a policy: whose turn it is each week, what is decided, held out, done, and what follows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.random import Generator

from bench.retention.simulated.learnt import LearningPolicy
from bench.retention.simulated.policies import DecidingPolicy
from bench.retention.simulated.shop import (
    ACTIONS,
    COSTS,
    HORIZON,
    NONE,
    Known,
    SimulatedShop,
    expected_margin,
    live_on,
    look_at,
    open_shop,
)
from retention.effects.holdout import probability_in_effect, revealed, share_given
from retention.outcomes.columns import Flags, Integers, Matrix, Vector
from retention.outcomes.log import DecisionLog, joined

WEEKS: Final = 52
_SEASON: Final = 13
"""Weeks after which it is drawn anew who is held out."""


@dataclass(frozen=True, slots=True)
class WeekOfDecisions:
    """Decisions of a week that did not lapse, with what the simulation alone knows of them.

    Attributes:
        log: Decisions, with the margin as the outcome and the features as covariates.
        chosen: Index of the action drawn, held out or not, shape (decisions,).
        held_out_probability: Probability of being held out from it, given the past, shape (decisions,).
        expected: Expected margin under each action: the truth, shape (decisions, actions).
        known: What was known of the customers.
    """

    log: DecisionLog
    chosen: Integers
    held_out_probability: Vector
    expected: Matrix
    known: Known


@dataclass(slots=True)
class SimulatedYear:
    """Margin of a year, and its decisions.

    Attributes:
        margin: Margin of all customers over the year, less what was spent on actions.
        weeks: Decisions by week.
    """

    margin: float = 0.0
    weeks: list[WeekOfDecisions] = field(default_factory=list)

    def settled(self, week: int) -> list[WeekOfDecisions]:
        """Return the decisions whose horizon has passed at the beginning of a week."""
        return self.weeks[: max(week - HORIZON + 1, 0)]


class _Holdout:
    """Draws of customers and seasons, and the bounds between which decisions have revealed them to lie."""

    def __init__(self, random: Generator, customers: int) -> None:
        self._random = random
        self._customers = customers
        self.renew()

    def renew(self) -> None:
        """Begin a season."""
        self._place = self._random.random(self._customers)
        self._low, self._high = np.zeros(self._customers), np.ones(self._customers)

    def given(self, rows: slice, shares: Vector) -> Matrix:
        """Return the probability of being held out from each action, shape (customers, actions)."""
        return share_given(shares, self._low[rows], self._high[rows])

    def hold_out(self, rows: slice, share: Vector, counts: Flags) -> Flags:
        """Return who is held out from their actions of these shares; what counts reveals something of the draw."""
        held_out: Flags = self._place[rows] < share
        low, high = revealed(self._low[rows], self._high[rows], share, held_out)
        self._low[rows] = np.where(counts, low, self._low[rows])
        self._high[rows] = np.where(counts, high, self._high[rows])
        return held_out


def play_year(
    policy: DecidingPolicy,
    shares: Callable[[], Vector],
    seed: int,
    customers: int,
    look: Callable[[int, SimulatedYear], None] = lambda _week, _year: None,
) -> SimulatedYear:
    """Play a year.

    Args:
        policy: Decides each week; a learnt one is given each outcome once its horizon has passed.
        shares: Returns the share held out from each action, shape (actions,).
        seed: The same seed gives the same customers.
        customers: Number of customers, a multiple of eight.
        look: Called at the beginning of each week, with the year so far.
    """
    shop, random = open_shop(np.random.default_rng([seed, 0]), customers), np.random.default_rng([seed, 1])
    year = SimulatedYear()
    holdout, size = _Holdout(random, customers), customers // HORIZON
    for week in range(WEEKS):
        if week % _SEASON == 0:
            holdout.renew()
        if isinstance(policy, LearningPolicy) and week >= HORIZON:
            before = year.weeks[week - HORIZON]
            policy.learn(before.log, before.known)
        look(week, year)
        rows = slice(week % HORIZON * size, (week % HORIZON + 1) * size)
        _play_week(year, policy, shop.of(rows), rows, shares(), holdout, random, np.random.default_rng([seed, 2, week]))
    return year


def _play_week(
    year: SimulatedYear,
    policy: DecidingPolicy,
    shop: SimulatedShop,
    rows: slice,
    shares: Vector,
    holdout: _Holdout,
    random: Generator,
    fate: Generator,
) -> None:
    known, expected = look_at(shop), expected_margin(shop)
    choice = policy.decide(known, random)
    given = holdout.given(rows, shares)
    held_out = holdout.hold_out(rows, shares[choice.chosen], ~choice.lapsed)
    done = np.where(held_out | choice.lapsed, NONE, choice.chosen)
    outcome = live_on(shop, done, fate)
    year.margin += float(outcome.sum() - COSTS[done].sum())
    customer, probability = np.arange(rows.start, rows.stop), probability_in_effect(choice.probability, given)
    log = DecisionLog(ACTIONS, customer, done, probability, outcome, known.features())
    stands = ~choice.lapsed
    held_out_probability = given[np.arange(len(done)), choice.chosen]
    year.weeks.append(
        WeekOfDecisions(
            log.where(stands), choice.chosen[stands], held_out_probability[stands], expected[stands], known.of(stands)
        )
    )


def log_of(weeks: Sequence[WeekOfDecisions]) -> DecisionLog:
    """Return the decisions of weeks as one log."""
    return joined([week.log for week in weeks])
