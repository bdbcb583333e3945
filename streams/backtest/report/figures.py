"""The numbers behind the plots."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from risk.evaluation.quality import Numbers, PredictionQuality
from risk.evaluation.results import Results
from risk.scoring.model.regression import GROUPS
from schemas.moments import DAY_MS, from_ms

_FEWEST = 30
"""A month with fewer answers says nothing."""


@dataclass(frozen=True, slots=True)
class Month:
    """The decisions of one calendar month.

    Attributes:
        name: Such as 1997-05.
        model: What the risks were worth.
        rule: What the rule's would have been worth.
    """

    name: str
    model: PredictionQuality
    rule: PredictionQuality


@dataclass(frozen=True, slots=True)
class Gain:
    """Whom one reaches who goes through customers from the riskiest down.

    Attributes:
        reached: Share of the decisions, shape (n,), rising from 0 to 1.
        leavers: Share of those who left that is among them, shape (n,).
    """

    reached: Numbers
    leavers: Numbers

    def at(self, share: float) -> float:
        """Share of the leavers among so large a share of the decisions."""
        return float(np.interp(share, self.reached, self.leavers))


def months_of(results: Results) -> list[Month]:
    """Quality by the month of the decision; months without both answers or with too few are left out."""
    if not results.matured.any():
        return []
    names = np.array([from_ms(day * DAY_MS).strftime("%Y-%m") for day in _days(results)])
    starts = [0, *(np.flatnonzero(names[1:] != names[:-1]) + 1), len(names)]
    matured = np.flatnonzero(results.matured)
    months = []
    for start, end in pairwise(starts):
        rows = np.zeros(len(results.at), dtype=np.bool_)
        rows[matured[start:end]] = True
        model, rule = results.quality(rows), results.quality_by_rule(rows)
        if model and rule and model.count >= _FEWEST and 0.0 < model.base_rate < 1.0:
            months.append(Month(str(names[start]), model, rule))
    return months


def _days(results: Results) -> list[int]:
    days: list[int] = (results.at[results.matured] // DAY_MS).tolist()
    return days


def gain_of(results: Results, rows: NDArray[np.bool_]) -> Gain | None:
    """The gain curve of some rows; None where nobody among them left."""
    left = results.label[rows] == 1
    if not left.any():
        return None
    order = np.argsort(-results.risk[rows], kind="stable")
    found = np.concatenate([[0.0], np.cumsum(left[order], dtype=np.float64)]) / left.sum()
    return Gain(np.linspace(0.0, 1.0, len(found)), found)


def importance_of(results: Results, rows: NDArray[np.bool_]) -> list[tuple[str, float]]:
    """Mean absolute effect of each group on the log-odds, the strongest first; empty where there are no rows."""
    if not rows.any():
        return []
    effects = np.abs(results.effects[rows], dtype=np.float64).mean(axis=0).tolist()
    return sorted(zip(GROUPS, effects, strict=True), key=lambda named: -named[1])
