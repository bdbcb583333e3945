"""Gain by depth of offers, by three rankings, as the log of exploring rules estimates it, beside the truth."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from bench.retention.simulated.learnt import LearningPolicy
from bench.retention.simulated.shop import COSTS, OFFER
from bench.retention.simulated.year import SimulatedYear, log_of
from retention.effects.action_effects import gain_scores
from retention.effects.intervals import Estimate
from retention.outcomes.columns import Vector
from retention.policy.depth import gain_by_depth

DEPTHS: Final = (0.1, 0.2, 0.3, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class DepthFound:
    """Gain of sending offers to the first customers of a ranking.

    Attributes:
        ranking: Name of the ranking.
        depth: Share of customers to whom they are sent.
        estimate: Estimated gain for every thousand customers.
        truth: The same, as the simulation knows it.
    """

    ranking: str
    depth: float
    estimate: Estimate
    truth: float


def depths_found(year: SimulatedYear, learnt: LearningPolicy) -> list[DepthFound]:
    """Estimate the gain of offers at each depth among those who may get one.

    Args:
        year: A year of exploring rules.
        learnt: What was learnt in another year, by whose expected gains one of the rankings goes.
    """
    log, known = log_of(year.weeks), [week.known for week in year.weeks]
    allowed = log.probability[:, OFFER] > 0.0
    expected = np.concatenate([week.expected for week in year.weeks])[allowed]
    part = log.where(allowed)
    rankings = {
        "learnt gain": _column([learnt.expected_gains(one)[:, OFFER] for one in known])[allowed],
        "value at risk": _column([one.risk * one.value for one in known])[allowed],
        "risk": _column([one.risk for one in known])[allowed],
    }
    found = gain_by_depth(gain_scores(part, OFFER) - COSTS[OFFER], part.customer, rankings, DEPTHS)
    truth = gain_by_depth(expected[:, OFFER] - expected[:, 0] - COSTS[OFFER], part.customer, rankings, DEPTHS)
    return [
        DepthFound(one.ranking, one.depth, one.gain, known_one.gain.value)
        for one, known_one in zip(found, truth, strict=True)
    ]


def _column(weeks: list[Vector]) -> Vector:
    return np.concatenate(weeks)
