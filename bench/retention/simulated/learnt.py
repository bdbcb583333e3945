"""The learnt policy: the rules and their guesses first, then the model of gains, with exploration and prices."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.random import Generator

from bench.retention.simulated.columns import propensities_of
from bench.retention.simulated.policies import (
    CAPACITY,
    CapacityPrices,
    Choice,
    allowed_actions,
    beyond_capacity,
    by_rules,
    draw,
)
from bench.retention.simulated.shop import ACTIONS, COSTS, FEATURES, Known
from retention.learning.gain_model import GainModel
from retention.outcomes.columns import Flags, Matrix, Vector
from retention.outcomes.log import DecisionLog

_KEEPS: Final = np.array([0.0, 0.15, 0.06, 0.0, 0.02])
"""Guesses of the playbook: share of the margin at risk that each action keeps,"""

_BRINGS: Final = np.array([0.0, 0.0, 0.0, 0.7, 0.0])
"""and what it brings besides."""

_HORIZONS_A_YEAR: Final = 6.5
FIRST_SHARE: Final = 0.3
"""Share held out from an action while nothing is known of it,"""

LATER_SHARE: Final = 0.2
"""and once it is known to help."""

_SHARPNESS: Final = 20.0
_EXPLORED: Final = 0.02


@dataclass(slots=True)
class LearningPolicy:
    """Decides by what is known of each action's gain.

    Attributes:
        shares: Share held out from each action, shape (actions,).
        switched_off: True for actions that are not taken any more, shape (actions,).
        model: Model of gains.
        prices: Prices of capacities.
    """

    shares: Vector = field(default_factory=lambda: np.array([0.0, *[FIRST_SHARE] * (len(ACTIONS) - 1)]))
    switched_off: Flags = field(default_factory=lambda: np.zeros(len(ACTIONS), dtype=np.bool_))
    model: GainModel = field(init=False)
    prices: CapacityPrices = field(default_factory=CapacityPrices)

    def __post_init__(self) -> None:
        """Start without any outcome."""
        self.model = GainModel.empty(len(ACTIONS) - 1, FEATURES)

    def learn(self, log: DecisionLog, known: Known) -> None:
        """Learn settled outcomes of customers of whom this was known; the covariates are the features."""
        self.model = self.model.learn_many(
            log.covariates, log.done, log.probability, log.outcome, playbook_guess(known)
        )

    def expected_gains(self, known: Known) -> Matrix:
        """Return the expected gain of each action before cost, shape (customers, actions)."""
        guess = playbook_guess(known)
        return np.column_stack([np.zeros(len(guess)), self.model.gains(known.features(), guess).mean])

    def decide(self, known: Known, random: Generator) -> Choice:
        """Choose an action for each customer; decisions beyond the capacity lapse, in a random order."""
        allowed = allowed_actions(known) & ~self.switched_off
        net = self.expected_gains(known) - COSTS
        capacity = CAPACITY / (1.0 - self.shares)
        probability = probabilities(net - self.prices.prices, allowed)
        self.prices.add_week(net, allowed, capacity)
        chosen = draw(probability, random)
        return Choice(chosen, probability, beyond_capacity(chosen, random.random(len(chosen)), capacity))


def playbook_guess(known: Known) -> Matrix:
    """Return the gains that the rules promise, without doing nothing, shape (customers, actions - 1)."""
    guess = _KEEPS * (known.risk * known.value * _HORIZONS_A_YEAR)[:, None] + _BRINGS
    return np.where(np.eye(len(ACTIONS))[by_rules(known)] > 0.0, guess, 0.0)[:, 1:]


def probabilities(net: Matrix, allowed: Flags) -> Matrix:
    """Return the probability of each action, as the worker draws them.

    Args:
        net: Expected gain less cost and price, shape (customers, actions).
        allowed: True for actions that a customer may get, of the same shape.

    Returns:
        Shape (customers, actions).
    """
    pays = (allowed & (net > 0.0))[:, 1:]
    worth = pays.any(axis=1)
    weights = propensities_of(net[worth, 1:].T, pays[worth].T, _SHARPNESS, _EXPLORED)
    probability = np.tile(np.eye(net.shape[1])[0], (len(net), 1))
    probability[worth] = np.column_stack([weights[-1], weights[:-1].T])
    return probability
