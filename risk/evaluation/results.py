"""Results of a backtest: predictions beside observations, in columns."""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from customers.features.feature_names import FEATURE_NAMES
from risk.estimators.quantile_regression import LEVELS
from risk.evaluation.decision_schedule import Decision
from risk.evaluation.decision_scores import DecisionScore
from risk.evaluation.outlook_results import OutlookResults
from risk.evaluation.quality import PredictionQuality, quality_of
from risk.scoring.model.regression import GROUPS
from risk.scoring.outlook import KINDS, NOTHING, Answer, Bounds, kind_of

UNKNOWN: Final = -1
"""Label of decisions whose horizon had not passed by the last event."""

Answered = Callable[[Decision], Answer | None]

BOUNDS: Final = Bounds()

_COLUMNS: Final = ("risk", "by_rule", "usual", "effects", "outlook", "by_frequency", "days")
_NOT_KNOWN: Final = np.full(len(FEATURE_NAMES), nan, dtype="<f4").tobytes()


@dataclass(frozen=True, slots=True)
class Results:
    """Decisions in time order, one a row.

    Attributes:
        customer_ids: Ids of the customers, n of them.
        at: Moments, ms since 1970, shape (n,).
        risk: Probability of leaving, shape (n,).
        risk_by_rule: Probability of leaving by the rule, shape (n,).
        effects: Contribution of each group of features to the log-odds of leaving, shape (n, groups).
        label: 1 left, 0 bought, UNKNOWN, shape (n,).
        features: In the order of ``FEATURE_NAMES``; NaN for customers not yet known, shape (n, features).
        outlook: Outlooks of the same decisions.
    """

    customer_ids: list[str]
    at: NDArray[np.int64]
    risk: NDArray[np.float64]
    risk_by_rule: NDArray[np.float64]
    effects: NDArray[np.float32]
    label: NDArray[np.int8]
    features: NDArray[np.float32]
    outlook: OutlookResults

    @property
    def matured(self) -> NDArray[np.bool_]:
        """True for rows with a label, shape (n,)."""
        return np.not_equal(self.label, UNKNOWN)

    def since(self, start: int) -> NDArray[np.bool_]:
        """Return True for rows with a label from ``start`` on, ms since 1970; shape (n,)."""
        return self.matured & (self.at >= start)

    def quality(self, rows: NDArray[np.bool_]) -> PredictionQuality | None:
        """Return the quality of the risks of some rows; None if there are none."""
        return quality_of(self.risk[rows], self.label[rows] == 1) if rows.any() else None

    def quality_by_rule(self, rows: NDArray[np.bool_]) -> PredictionQuality | None:
        """Return the quality of the rule's risks; None if there are none."""
        return quality_of(self.risk_by_rule[rows], self.label[rows] == 1) if rows.any() else None


def collect(scores: Iterable[DecisionScore], answer: Answered, bounds: Bounds = BOUNDS) -> Results:
    """Run a backtest to its end, and put observations beside its predictions.

    Args:
        scores: Scores that it yields, in time order.
        answer: Returns the answer to a decision once all scores are collected.
        bounds: Bounds of less and more than usual.
    """
    customer_ids: list[str] = []
    at = array("q")
    columns = {name: array("f" if name == "effects" else "d") for name in _COLUMNS}
    features = bytearray()
    for score in scores:
        customer_ids.append(score.decision.customer_id)
        at.append(score.decision.at)
        columns["risk"].append(score.risk)
        columns["by_rule"].append(score.risk_by_rule)
        columns["usual"].append(score.usual)
        columns["effects"].extend(score.effects)
        columns["outlook"].extend(score.outlook)
        columns["by_frequency"].extend(score.outlook_by_frequency)
        columns["days"].extend(score.days)
        features += score.features or _NOT_KNOWN
    collected = {name: np.array(column) for name, column in columns.items()}
    decisions = (Decision(*row) for row in zip(at, customer_ids, strict=True))
    answers = [answer(decision) for decision in decisions]
    outlook = _outlook_results(collected, answers, bounds)
    return Results(
        customer_ids=customer_ids,
        at=np.array(at, dtype=np.int64),
        risk=collected["risk"],
        risk_by_rule=collected["by_rule"],
        effects=collected["effects"].reshape(-1, len(GROUPS)),
        label=np.where(outlook.kind == UNKNOWN, UNKNOWN, outlook.kind == NOTHING).astype(np.int8),
        features=np.frombuffer(bytes(features), dtype="<f4").reshape(-1, len(FEATURE_NAMES)),
        outlook=outlook,
    )


def _outlook_results(
    collected: Mapping[str, NDArray[np.float64]], answers: Sequence[Answer | None], bounds: Bounds
) -> OutlookResults:
    kinds = [
        UNKNOWN if answer is None else kind_of(answer, usual, bounds)
        for answer, usual in zip(answers, collected["usual"].tolist(), strict=True)
    ]
    after = [
        nan if answer is None or answer.bought_after_days is None else answer.bought_after_days for answer in answers
    ]
    return OutlookResults(
        predicted=collected["outlook"].reshape(-1, len(KINDS)),
        by_frequency=collected["by_frequency"].reshape(-1, len(KINDS)),
        days=collected["days"].reshape(-1, len(LEVELS)),
        kind=np.array(kinds, dtype=np.int8),
        bought_after_days=np.array(after, dtype=np.float64),
    )


def last_third(first: int, last: int, horizon_ms: int) -> int:
    """Return the start of the last third of the time that leaves a full horizon, ms since 1970.

    By then a model has had time to learn.

    Args:
        first: Stamp of the first event, ms since 1970.
        last: Stamp of the last event, ms since 1970.
        horizon_ms: Length of the horizon, ms.
    """
    return first + max(last - horizon_ms - first, 0) * 2 // 3
