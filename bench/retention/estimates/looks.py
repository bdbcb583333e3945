"""Looks at a running year: effects so far, and what the learnt policy does about them."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from bench.retention.simulated.learnt import LATER_SHARE, LearningPolicy
from bench.retention.simulated.shop import ACTIONS, COSTS
from bench.retention.simulated.year import SimulatedYear, WeekOfDecisions, log_of
from retention.effects.action_effects import fewest_buyers, gain_scores
from retention.effects.intervals import Estimate, estimate_mean
from retention.effects.verdict import brings_less_than_it_costs, verdict_of
from retention.outcomes.log import treated_or_held_out
from schemas.records.verdict import Verdict

EVERY: Final = 4
"""Weeks between looks."""


@dataclass(frozen=True, slots=True)
class LookedAt:
    """Effect of an action as it was seen at one look.

    Attributes:
        week: Week of the look.
        action: Index of the action.
        estimate: Effect on the margin of those it was decided for.
        truth: The same effect, as the simulation knows it.
        verdict: Verdict on it.
    """

    week: int
    action: int
    estimate: Estimate
    truth: float
    verdict: Verdict


@dataclass(slots=True)
class Looks:
    """Looks every four weeks, and switches actions off that harm or bring less than they cost.

    Attributes:
        policy: The learnt policy.
        seen: Effects at each look.
        switched_off: Week in which each action was switched off.
    """

    policy: LearningPolicy
    seen: list[LookedAt] = field(default_factory=list)
    switched_off: dict[int, int] = field(default_factory=dict)

    def look(self, week: int, year: SimulatedYear) -> None:
        """Look at the decisions that are settled at the beginning of a week."""
        settled = year.settled(week - 1)
        if week % EVERY or not settled:
            return
        for one in effects_seen(week, settled):
            self.seen.append(one)
            self._act(one)

    def _act(self, one: LookedAt) -> None:
        """Hold fewer out from what helps, and switch off what harms or brings less than it costs."""
        if one.verdict != "no_support" and brings_less_than_it_costs(one.estimate, COSTS[one.action]):
            self.policy.switched_off[one.action] = True
            self.switched_off.setdefault(one.action, one.week)
        elif one.verdict == "helps":
            self.policy.shares[one.action] = LATER_SHARE


def effects_seen(week: int, settled: list[WeekOfDecisions]) -> list[LookedAt]:
    """Estimate the effect of each action on those it was decided for, beside the truth."""
    log = log_of(settled)
    chosen = np.concatenate([one.chosen for one in settled])
    given = np.concatenate([one.held_out_probability for one in settled])
    expected = np.concatenate([one.expected for one in settled])
    seen = []
    for action in range(1, len(ACTIONS)):
        arms = treated_or_held_out(log, chosen, given, action)
        open_ones = (chosen == action) & (given > 0.0) & (given < 1.0)
        estimate = estimate_mean(gain_scores(arms), arms.customer)
        truth = float((expected[open_ones, action] - expected[open_ones, 0]).mean()) if len(arms) else 0.0
        seen.append(LookedAt(week, action, estimate, truth, verdict_of(estimate, fewest_buyers(arms))))
    return seen
