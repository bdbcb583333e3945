"""The model beside its baselines, in words and rows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from risk.evaluation.baselines import BaselineComparison, MethodQuality
from risk.evaluation.quality import PredictionQuality

_FIGURES: Final[dict[str, Callable[[PredictionQuality], float]]] = {
    "AUC": lambda quality: quality.auc,
    "log-loss": lambda quality: quality.log_loss,
    "calibration error": lambda quality: quality.calibration_error,
    "Brier score": lambda quality: quality.brier,
}
_HIGHER_IS_BETTER: Final = "AUC"


@dataclass(frozen=True, slots=True)
class Row:
    """One method.

    Attributes:
        name: Its name.
        note: What it is, in few words.
        figures: Each figure as text, and whether no other method has a better one.
    """

    name: str
    note: str
    figures: list[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Table:
    """All methods.

    Attributes:
        figures: Names of the columns.
        rows: Ours first.
    """

    figures: list[str]
    rows: list[Row]


def comparison_rows(comparison: BaselineComparison | None) -> Table:
    """The methods as rows of a table; none where nothing was compared."""
    methods = comparison.methods if comparison else ()
    best = {name: _best(name, [method.quality for method in methods]) for name in _FIGURES}
    rows = [Row(one.name, one.note, [(text, text == best[name]) for name, text in _texts(one)]) for one in methods]
    return Table(list(_FIGURES), rows)


def against_baselines(comparison: BaselineComparison | None) -> list[str]:
    """Return a sentence that compares the model with the best of its baselines."""
    if comparison is None:
        return []
    baseline = min(comparison.baselines, key=lambda method: method.quality.log_loss)
    ours, theirs = comparison.model.quality.log_loss, baseline.quality.log_loss
    word = "less" if ours <= theirs else "more"
    best = f"The best of {len(comparison.baselines)} other methods, {baseline.name}, has a log-loss of {theirs:.4f}"
    return [f"{best}; the model's is {ours:.4f}, {abs(ours - theirs):.4f} {word} (less is better)."]


def tell_comparison(comparison: BaselineComparison | None) -> list[str]:
    """The methods as lines for a terminal; none where nothing was compared."""
    if comparison is None:
        return []
    lines = ["last third, by method:"]
    for method in comparison.methods:
        figures = ", ".join(f"{name} {text}" for name, text in _texts(method))
        lines.append(f"  {method.name}: {figures}")
    return [*lines, *([f"  {comparison.missing}"] if comparison.missing else [])]


def _texts(method: MethodQuality) -> list[tuple[str, str]]:
    return [(name, f"{figure(method.quality):.4f}") for name, figure in _FIGURES.items()]


def _best(name: str, qualities: list[PredictionQuality]) -> str:
    pick = max if name == _HIGHER_IS_BETTER else min
    return f"{pick((_FIGURES[name](quality) for quality in qualities), default=0.0):.4f}"
