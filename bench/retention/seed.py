"""One seed of the simulated year: every policy plays it, and what is said of it is compared with the truth."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from bench.retention.estimates.depths import DepthFound, depths_found
from bench.retention.estimates.judged import JudgedPolicy, judge_policies
from bench.retention.estimates.looks import LookedAt, Looks, effects_seen
from bench.retention.simulated.learnt import LearningPolicy
from bench.retention.simulated.policies import FIXED_POLICIES, ExploringRules
from bench.retention.simulated.shop import ACTIONS, REMIND
from bench.retention.simulated.year import WEEKS, play_year

CUSTOMERS: Final = 20_000
_OTHERS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class SeedResult:
    """Figures of one seed.

    Attributes:
        margins: Margin of the year for each customer, less costs, by policy.
        final: Effect of each action at the end of the learnt policy's year.
        looks: Effects at every look of that year.
        harmful_off: Week in which the harmful action was switched off; None if it never was.
        wrongly_off: Actions switched off although they bring more than they cost.
        judged: Policies by off-policy evaluation.
        depths: Gain of offers by depth.
    """

    margins: dict[str, float]
    final: list[LookedAt]
    looks: list[LookedAt]
    harmful_off: int | None
    wrongly_off: list[str]
    judged: list[JudgedPolicy]
    depths: list[DepthFound]


def play_seed(seed: int, customers: int = CUSTOMERS) -> SeedResult:
    """Play a year under each policy.

    Args:
        seed: The same seed gives the same customers.
        customers: Number of customers, a multiple of eight.
    """
    nobody = np.zeros(len(ACTIONS))
    margins = {
        name: play_year(policy, lambda: nobody, seed, customers).margin / customers
        for name, policy in FIXED_POLICIES.items()
    }
    learnt = LearningPolicy()
    looks = Looks(learnt)
    year = play_year(learnt, lambda: learnt.shares, seed, customers, looks.look)
    margins["learnt"] = year.margin / customers
    # Other customers than those that the learnt policy has learnt from, or it would be judged by its own luck.
    exploring = play_year(ExploringRules(), lambda: nobody, _OTHERS + seed, customers)
    return SeedResult(
        margins=margins,
        final=effects_seen(WEEKS, year.settled(WEEKS - 1)),
        looks=looks.seen,
        harmful_off=looks.switched_off.get(REMIND),
        wrongly_off=[ACTIONS[action] for action in looks.switched_off if action != REMIND],
        judged=judge_policies(exploring, learnt),
        depths=depths_found(exploring, learnt),
    )
