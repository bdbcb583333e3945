"""The learnt policy: the rules and their guesses first, then the model of gains, with exploration and prices."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.random import Generator

from bench.retention.policies import CAPACITY, CapacityPrices, Choice, allowed_actions, beyond_capacity, by_rules, draw
from bench.retention.shop import ACTIONS, COSTS, FEATURES, Known
from retention.outcomes.columns import Flags, Matrix, Vector
from retention.outcomes.log import DecisionLog
from retention.policy.gain_model import GainModel

_KEEPS: Final = np.array([0.0, 0.15, 0.06, 0.0, 0.02])
"""Guesses of the playbook: share of the margin at risk that each action keeps,"""

_BRINGS: Final = np.array([0.0, 0.0, 0.0, 0.7, 0.0])
"""and what it brings besides."""

_HORIZONS_A_YEAR: Final = 6.5
FIRST_SHARE: Final = 0.3
"""Share held out from an action while nothing is known of it,"""

LATER_SHARE: Final = 0.1
"""and once it is known to help."""

_SHARPNESS: Final = 20.0
_EXPLORED: Final = 0.05


@dataclass(slots=True)
class LearntPolicy:
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
        probability = inverse_gap_weights(net - self.prices.prices, allowed)
        self.prices.add_week(net, allowed, capacity)
        chosen = draw(probability, random)
        return Choice(chosen, probability, beyond_capacity(chosen, random.random(len(chosen)), capacity))


def playbook_guess(known: Known) -> Matrix:
    """Return the gains that the rules promise, without doing nothing, shape (customers, actions - 1)."""
    guess = _KEEPS * (known.risk * known.value * _HORIZONS_A_YEAR)[:, None] + _BRINGS
    return np.where(np.eye(len(ACTIONS))[by_rules(known)] > 0.0, guess, 0.0)[:, 1:]


def inverse_gap_weights(net: Matrix, allowed: Flags) -> Matrix:
    """Return the probability of each action: inverse-gap weighting over what pays, and a share over what is allowed.

    If only what is expected to pay were tried, an action whose first outcomes were bad luck would never be tried again.

    Args:
        net: Expected gain less cost and price, shape (customers, actions).
        allowed: True for actions that a customer may get, of the same shape; doing nothing, the first, always.

    Returns:
        Shape (customers, actions).
    """
    pays = allowed & (net > 0.0)
    pays[:, 0] = True
    gains = np.where(pays, np.maximum(net, 0.0), 0.0)
    best = gains.max(axis=1, keepdims=True)
    number = pays.sum(axis=1, keepdims=True)
    gaps = 1.0 - gains / np.maximum(best, 1e-12)
    weights = np.where(pays, (1.0 - _EXPLORED) / (number + _SHARPNESS * gaps), 0.0)
    weights += _EXPLORED * allowed / allowed.sum(axis=1, keepdims=True)
    top, rows = np.where(best[:, 0] > 0.0, gains.argmax(axis=1), 0), np.arange(len(net))
    weights[rows, top] = 0.0
    weights[rows, top] = 1.0 - weights.sum(axis=1)
    return weights
