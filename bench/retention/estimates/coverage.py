"""Coverage of the interval for a single look where few customers buy and few are held out, beside the normal one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from bench.result import ResultTable
from retention.effects.few_buyers import interval_with_few_buyers
from retention.effects.intervals import Interval, estimate_mean
from retention.effects.verdict import FEWEST
from retention.outcomes.columns import Flags, Vector

_LIFT: Final = 0.3
"""An action makes so much more of the customers buy, as a share of those who would anyway."""

_MEAN_LOG_AMOUNT: Final = 3.0
_MEAN_AMOUNT: Final = float(np.exp(_MEAN_LOG_AMOUNT + 0.5))
"""Amounts are log-normal with deviation 1: as heavy-tailed as those of shops."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Decisions on customers, one each.

    Attributes:
        money: True if the outcome is what they spend, False if it is that they buy.
        decisions: Number of decisions.
        held_out: Share held out.
        buys: Share of customers who buy if nothing is done.
    """

    money: bool
    decisions: int
    held_out: float
    buys: float


SCENARIOS: Final = tuple(
    Scenario(money, decisions, held_out, buys)
    for money in (False, True)
    for decisions, held_out, buys in (
        (300, 0.1, 0.1),
        (1_000, 0.03, 0.03),
        (1_000, 0.1, 0.1),
        (3_000, 0.03, 0.03),
        (3_000, 0.1, 0.03),
        (3_000, 0.1, 0.1),
        (10_000, 0.03, 0.03),
        (10_000, 0.1, 0.1),
        (3_000, 0.3, 0.3),
    )
)


def coverage_table(draws: int) -> ResultTable:
    """Return how often intervals of an effect hold the truth.

    Args:
        draws: Number of logs for each scenario.
    """
    rows = []
    for scenario in SCENARIOS:
        random = np.random.default_rng([int(scenario.money), scenario.decisions, round(100 * scenario.buys)])
        drawn = [_intervals(scenario, random) for _ in range(draws)]
        normal, few = zip(*((one.normal, one.few) for one in drawn if one.few is not None), strict=True)
        truth = _LIFT * scenario.buys * (_MEAN_AMOUNT if scenario.money else 1.0)
        supported = [one.always for one in drawn if one.buyers >= FEWEST]
        rows.append(
            [
                f"{'money' if scenario.money else 'buying'}, {scenario.decisions:,} decisions",
                f"{scenario.held_out:.0%}",
                f"{scenario.buys:.0%}",
                f"{scenario.decisions * scenario.held_out * scenario.buys:.0f}",
                _held(normal, truth),
                _held(few, truth),
                f"{np.mean([one.high - one.low for one in few]) / np.mean([one.high - one.low for one in normal]):.2f}",
                _held(supported, truth) if len(supported) > draws / 10 else "no support",
            ]
        )
    headings = ["outcome", "held out", "buy", "of those held out buy", "normal holds", "ours holds", "wider by"]
    return ResultTable([*headings, "always-valid, one look"], rows)


@dataclass(frozen=True, slots=True)
class _DrawnIntervals:
    normal: Interval
    few: Interval | None
    always: Interval
    buyers: int


def _intervals(scenario: Scenario, random: Generator) -> _DrawnIntervals:
    held_out, bought, outcome = _decide(scenario, random)
    amount, share = _MEAN_AMOUNT if scenario.money else 1.0, scenario.held_out
    expected, gain = scenario.buys * amount, _LIFT * scenario.buys * amount
    surprise = outcome - expected
    scores = gain + np.where(held_out, -surprise / share, (surprise - gain) / (1.0 - share))
    estimate = estimate_mean(scores, np.arange(len(scores)))
    few = interval_with_few_buyers(estimate, outcome, bought, np.full(len(scores), share))
    buyers = int(min(np.count_nonzero(bought & held_out), np.count_nonzero(bought & ~held_out)))
    return _DrawnIntervals(estimate.fixed, few, estimate.always, buyers)


def _decide(scenario: Scenario, random: Generator) -> tuple[Flags, Flags, Vector]:
    """Return who is held out, who buys, and what comes of it."""
    held_out = random.random(scenario.decisions) < scenario.held_out
    chance = scenario.buys * np.where(held_out, 1.0, 1.0 + _LIFT)
    bought = random.random(scenario.decisions) < chance
    amounts = random.lognormal(_MEAN_LOG_AMOUNT, 1.0, scenario.decisions) if scenario.money else 1.0
    return held_out, bought, np.where(bought, amounts, 0.0).astype(np.float64)


def _held(intervals: Sequence[Interval], truth: float) -> str:
    return f"{np.mean([one.contains(truth) for one in intervals]):.1%}"
