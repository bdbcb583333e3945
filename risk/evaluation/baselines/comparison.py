"""Compares baselines with the model: each is refitted at the start of every month, and evaluated on that month."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from risk.evaluation.baselines.bgnbd import BgNbd
from risk.evaluation.baselines.boosting import Boosting, load_lightgbm
from risk.evaluation.baselines.logistic import DECAYED_COUNTS, Logistic
from risk.evaluation.baselines.past import BacktestHistory, Past, UnlabelledDecisions
from risk.evaluation.quality import Numbers, PredictionQuality, quality_of
from risk.evaluation.results import Results
from schemas.moments import from_ms, to_ms

Progress = Callable[[float], None]

NO_BOOSTING: Final = "Gradient boosting is missing here: it needs the optional extra, pip install 'stayline[compare]'."


class Baseline(Protocol):
    """Another method of predicting the risk.

    Attributes:
        name: Name in the report.
        note: Short description in the report.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - see above
    @property
    def note(self) -> str: ...  # noqa: D102 - see above

    def fit(self, past: Past) -> None:
        """Learn from everything that was known at a moment."""

    def risks(self, decisions: UnlabelledDecisions) -> Numbers:
        """Return the probabilities of leaving, one per decision."""


@dataclass(frozen=True, slots=True)
class MethodQuality:
    """A method of predicting the risk, with its quality.

    Attributes:
        name: Name in the report.
        note: Short description in the report.
        quality: On the decisions common to all methods.
    """

    name: str
    note: str
    quality: PredictionQuality


@dataclass(frozen=True, slots=True)
class BaselineComparison:
    """The online model and its baselines on the same decisions.

    Attributes:
        model: The online model.
        baselines: The others, the simplest first.
        refits: Number of fits of each baseline.
        missing: A sentence on a missing baseline; empty if none is missing.
    """

    model: MethodQuality
    baselines: Sequence[MethodQuality]
    refits: int
    missing: str

    @property
    def methods(self) -> tuple[MethodQuality, ...]:
        """All methods, the online model first."""
        return (self.model, *self.baselines)


def compare(
    results: Results,
    purchase_times: Mapping[str, Sequence[int]],
    horizon_days: float,
    since: int,
    progress: Progress,
) -> BaselineComparison | None:
    """Evaluate the model and its baselines.

    Args:
        results: Results of a finished backtest.
        purchase_times: Purchases of each customer, sorted, ms since 1970.
        horizon_days: Horizon of the questions, days.
        since: Start of the decisions to evaluate, ms since 1970.
        progress: Called with the share that is done, from 0 to 1.

    Returns:
        The comparison; None if there are no decisions to evaluate.
    """
    rows = np.flatnonzero(results.since(since))
    if not len(rows):
        return None
    lightgbm = load_lightgbm()
    baselines = [*simple_baselines(), *([Boosting(lightgbm)] if lightgbm else [])]
    risks = evaluate_monthly(BacktestHistory.of(results, purchase_times, horizon_days), rows, baselines, progress)
    left = results.label[rows] == 1
    return BaselineComparison(
        model=MethodQuality("online model", "learns one answer at a time", quality_of(results.risk[rows], left)),
        baselines=[
            MethodQuality(
                "rule", "silence against the usual gap, learns nothing", quality_of(results.risk_by_rule[rows], left)
            ),
            *(
                MethodQuality(baseline.name, baseline.note, quality_of(predicted, left))
                for baseline, predicted in zip(baselines, risks, strict=True)
            ),
        ],
        refits=len(list(months(results.at[rows]))),
        missing="" if lightgbm else NO_BOOSTING,
    )


def simple_baselines() -> list[Baseline]:
    """Return the baselines that need no optional package, the simplest first."""
    return [
        Logistic("recency alone", "logistic regression on silence", ("log_recency",)),
        Logistic("decayed counts", "logistic regression on fading counts of purchases", DECAYED_COUNTS),
        BgNbd(),
        Logistic("batch logistic", "on all features, refitted monthly"),
    ]


def evaluate_monthly(
    history: BacktestHistory, rows: NDArray[np.intp], baselines: Sequence[Baseline], progress: Progress
) -> NDArray[np.float64]:
    """Return the risks by each baseline, refitted at the start of each month.

    Args:
        history: The finished backtest.
        rows: Rows of the decisions, in time order, shape (n,).
        baselines: Not fitted yet.
        progress: Called with the share that is done, from 0 to 1.

    Returns:
        Shape (baselines, n).
    """
    risks = np.empty((len(baselines), len(rows)))
    for starts_at, part in months(history.results.at[rows]):
        past, decisions = history.past(starts_at), history.decisions(rows[part])
        for number, baseline in enumerate(baselines):
            baseline.fit(past)
            risks[number, part] = baseline.risks(decisions)
            progress((part.start + (part.stop - part.start) * (number + 1) / len(baselines)) / len(rows))
    return risks


def months(at: NDArray[np.int64]) -> Iterator[tuple[int, slice]]:
    """Yield the calendar months of sorted moments: the start of each, ms since 1970, and its slice.

    Args:
        at: ms since 1970, sorted, shape (n,).
    """
    start = 0
    while start < len(at):
        first = from_ms(int(at[start])).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
        stop = int(np.searchsorted(at, to_ms(following)))
        yield to_ms(first), slice(start, stop)
        start = stop
