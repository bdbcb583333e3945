"""Every rival is refitted at the start of every month on what was known by then, and judged on that month."""

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
    """Another way to get at the risk.

    Attributes:
        name: On the page.
        note: What it is, in few words.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - see above
    @property
    def note(self) -> str: ...  # noqa: D102 - see above

    def fit(self, past: Past) -> None:
        """Learn anew from all that was known at a moment."""

    def risks(self, asked: UnlabelledDecisions) -> Numbers:
        """Probabilities of leaving, one a decision."""


@dataclass(frozen=True, slots=True)
class MethodQuality:
    """One way to get at the risk, and what it was worth.

    Attributes:
        name: On the page.
        note: What it is, in few words.
        quality: On the decisions that all are judged on.
    """

    name: str
    note: str
    quality: PredictionQuality


@dataclass(frozen=True, slots=True)
class BaselineComparison:
    """Our model and its rivals on the same decisions.

    Attributes:
        model: Ours.
        rivals: The others, the simplest first.
        refits: How often each rival was fitted.
        missing: A sentence on who could not take part; empty where all did.
    """

    model: MethodQuality
    rivals: Sequence[MethodQuality]
    refits: int
    missing: str

    @property
    def standings(self) -> tuple[MethodQuality, ...]:
        """Ours first."""
        return (self.model, *self.rivals)


def compare(
    results: Results,
    purchase_times: Mapping[str, Sequence[int]],
    horizon_days: float,
    since: int,
    progress: Progress,
) -> BaselineComparison | None:
    """Judge the model and its rivals.

    Args:
        results: Of a backtest that is over.
        purchase_times: Everyone's purchases, sorted, ms since 1970.
        horizon_days: How far each question looks ahead.
        since: Decisions from here on are judged, ms since 1970.
        progress: Told the share that is done.

    Returns:
        None where there is nothing to judge.
    """
    rows = np.flatnonzero(results.since(since))
    if not len(rows):
        return None
    lightgbm = load_lightgbm()
    rivals = [*simple_baselines(), *([Boosting(lightgbm)] if lightgbm else [])]
    risks = evaluate_monthly(BacktestHistory.of(results, purchase_times, horizon_days), rows, rivals, progress)
    left = results.label[rows] == 1
    return BaselineComparison(
        model=MethodQuality("online model", "learns one answer at a time", quality_of(results.risk[rows], left)),
        rivals=[
            MethodQuality(
                "rule", "silence against the usual gap, learns nothing", quality_of(results.risk_by_rule[rows], left)
            ),
            *(
                MethodQuality(rival.name, rival.note, quality_of(said, left))
                for rival, said in zip(rivals, risks, strict=True)
            ),
        ],
        refits=len(list(months(results.at[rows]))),
        missing="" if lightgbm else NO_BOOSTING,
    )


def simple_baselines() -> list[Baseline]:
    """Those that need nothing but what is installed anyway, the simplest first."""
    return [
        Logistic("recency alone", "logistic regression on silence", ("log_recency",)),
        Logistic("decayed counts", "logistic regression on fading counts of purchases", DECAYED_COUNTS),
        BgNbd(),
        Logistic("batch logistic", "on all features, refitted monthly"),
    ]


def evaluate_monthly(
    chronicle: BacktestHistory, rows: NDArray[np.intp], rivals: Sequence[Baseline], progress: Progress
) -> NDArray[np.float64]:
    """What each rival says at these decisions, in time order, refitted as each month begins.

    Args:
        chronicle: The whole backtest.
        rows: Of the decisions.
        rivals: Not fitted yet.
        progress: Told the share that is done.

    Returns:
        Shape (rivals, rows).
    """
    risks = np.empty((len(rivals), len(rows)))
    for begins, place in months(chronicle.results.at[rows]):
        past, asked = chronicle.past(begins), chronicle.asked(rows[place])
        for number, rival in enumerate(rivals):
            rival.fit(past)
            risks[number, place] = rival.risks(asked)
            progress((place.start + (place.stop - place.start) * (number + 1) / len(rivals)) / len(rows))
    return risks


def months(at: NDArray[np.int64]) -> Iterator[tuple[int, slice]]:
    """The calendar months of moments in time order: when each begins, ms since 1970, and where it lies."""
    start = 0
    while start < len(at):
        first = from_ms(int(at[start])).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
        stop = int(np.searchsorted(at, to_ms(following)))
        yield to_ms(first), slice(start, stop)
        start = stop
