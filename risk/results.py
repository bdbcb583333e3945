"""What a backtest said, beside what came of it, in columns."""

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from risk.backtest import DecisionScore
from risk.model import GROUPS
from risk.quality import Quality, quality_of
from risk.timetable import Decision

UNKNOWN: Final = -1
"""Label of a decision whose horizon had not passed by the last event."""

Label = Callable[[Decision], bool | None]


@dataclass(frozen=True, slots=True)
class Results:
    """Decisions in time order, one a row.

    Attributes:
        customer_ids: Whose, n of them.
        at: When, ms since 1970, shape (n,).
        risk: Probability of leaving, shape (n,).
        risk_by_rule: What the rule would have said, shape (n,).
        effects: What each group of features added to the log-odds of leaving, shape (n, groups).
        label: 1 left, 0 bought, UNKNOWN, shape (n,).
    """

    customer_ids: list[str]
    at: NDArray[np.int64]
    risk: NDArray[np.float64]
    risk_by_rule: NDArray[np.float64]
    effects: NDArray[np.float32]
    label: NDArray[np.int8]

    @property
    def matured(self) -> NDArray[np.bool_]:
        """Which rows have a label, shape (n,)."""
        return np.not_equal(self.label, UNKNOWN)

    def since(self, start: int) -> NDArray[np.bool_]:
        """Which rows have a label and were decided at or after ``start``, ms since 1970; shape (n,)."""
        return self.matured & (self.at >= start)

    def quality(self, rows: NDArray[np.bool_]) -> Quality | None:
        """What the risks of these rows were worth; None where there are none."""
        return quality_of(self.risk[rows], self.label[rows] == 1) if rows.any() else None

    def quality_by_rule(self, rows: NDArray[np.bool_]) -> Quality | None:
        """What the rule's would have been worth; None where there are none."""
        return quality_of(self.risk_by_rule[rows], self.label[rows] == 1) if rows.any() else None


def gather(scores: Iterable[DecisionScore], label: Label) -> Results:
    """Run a backtest to its end and label what it said.

    Args:
        scores: What it yields, in time order.
        label: Answers once all scores are gathered.
    """
    customer_ids: list[str] = []
    at, risk, by_rule, effects = array("q"), array("d"), array("d"), array("f")
    for score in scores:
        customer_ids.append(score.decision.customer_id)
        at.append(score.decision.at)
        risk.append(score.risk)
        by_rule.append(score.risk_by_rule)
        effects.extend(score.effects)
    labels = array("b", (_coded(label(Decision(*row))) for row in zip(at, customer_ids, strict=True)))
    return Results(
        customer_ids=customer_ids,
        at=np.array(at, dtype=np.int64),
        risk=np.array(risk, dtype=np.float64),
        risk_by_rule=np.array(by_rule, dtype=np.float64),
        effects=np.array(effects, dtype=np.float32).reshape(-1, len(GROUPS)),
        label=np.array(labels, dtype=np.int8),
    )


def last_third(first: int, last: int, horizon_ms: int) -> int:
    """Start of the last third of the time that leaves a full horizon; by then a model has had time to learn.

    Args:
        first: Stamp of the first event, ms since 1970.
        last: Stamp of the last event.
        horizon_ms: Length of the horizon.
    """
    return first + max(last - horizon_ms - first, 0) * 2 // 3


def _coded(left: bool | None) -> int:
    return UNKNOWN if left is None else int(left)
