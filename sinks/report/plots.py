"""Plots of the report, each from the rows that it shows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter, PercentFormatter

from runtime.pages.plots import COLOURS, begin, draw_reliability, finish, label_some
from runtime.pages.text import spoken
from sinks.report.business import Activity, CohortMonth
from sinks.report.period import Period
from sinks.report.predictions import MonthlyQuality, Tenth
from sinks.report.retention import SEGMENTS, GroupTotals, Loss, Move

_MAX_TICKS: Final = 5
_MONEY: Final = EngFormatter(sep="")
_SHARE: Final = PercentFormatter(1.0, decimals=0)
_OF_SEGMENT: Final = dict(zip(SEGMENTS, ("second", "third", "main", "faint"), strict=True))
_OF_STAGE: Final = {
    "new": "fifth",
    "growing": "sixth",
    "steady": "main",
    "won_back": "fourth",
    "slipping": "third",
    "gone": "faint",
}
_DARK: Final = 0.7
"""Opacity above which a cell's number has the colour of the paper, to be readable in light and dark."""


def plot_revenue(period: Period, steps: Sequence[Activity], currency: str) -> str:
    """Draw revenue upwards and refunds downwards, step by step."""
    figure, axes = begin()
    places = range(len(steps))
    axes.bar(places, [step.revenue for step in steps], 0.8, color=COLOURS["main"], label="revenue")
    axes.bar(places, [-step.refunds for step in steps], 0.8, color=COLOURS["second"], label="refunds")
    axes.axhline(0.0, color=COLOURS["faint"], linewidth=0.8)
    axes.set_ylabel(f"{currency} a {period.unit}")
    axes.yaxis.set_major_formatter(_MONEY)
    _legend_below(axes, -0.14)
    _dates(axes, period.ends())
    return finish(figure, "revenue")


def plot_value_at_risk(period: Period, segments: Mapping[str, Sequence[GroupTotals]], currency: str) -> str:
    """Draw the value at risk of all customers, stacked by segment."""
    figure, axes = begin()
    shown = [name for name in segments if any(one.value_at_risk for one in segments[name])]
    values = [[max(one.value_at_risk, 0.0) for one in segments[name]] for name in shown]
    _stack(axes, values, [spoken(name) for name in shown], [_OF_SEGMENT[name] for name in shown])
    axes.set_ylabel(f"{currency} of margin a year")
    axes.yaxis.set_major_formatter(_MONEY)
    _dates(axes, period.ends())
    return finish(figure, "value-at-risk")


def plot_stages(period: Period, stages: Mapping[str, Sequence[GroupTotals]]) -> str:
    """Draw the customers in each stage of life, stacked; those who are gone lie on top."""
    figure, axes = begin()
    shown = [name for name in stages if any(one.customers for one in stages[name])]
    values = [[float(one.customers) for one in stages[name]] for name in shown]
    _stack(axes, values, [spoken(name) for name in shown], [_OF_STAGE[name] for name in shown])
    axes.set_ylabel("customers")
    _dates(axes, period.ends())
    return finish(figure, "stages")


def plot_risk(period: Period, risks: Sequence[float | None]) -> str:
    """Draw the mean risk of customers who are not gone."""
    figure, axes = begin()
    known = [(place, risk) for place, risk in enumerate(risks) if risk is not None]
    axes.plot([place for place, _ in known], [risk for _, risk in known], color=COLOURS["main"], linewidth=1.8)
    axes.set(ylim=(0, min(1.0, 1.4 * max(risk for _, risk in known))), ylabel="mean risk")
    axes.yaxis.set_major_formatter(_SHARE)
    _dates(axes, period.ends())
    return finish(figure, "risk")


def plot_cohorts(months: Sequence[CohortMonth]) -> str:
    """Draw the share of each month's new customers who bought in each month after."""
    later = [month for month in months if month.months > 0]
    cohorts = sorted({month.cohort for month in later})
    ages = max(month.months for month in later)
    figure, axes = begin((4.2, 0.9 + 0.25 * len(cohorts)))
    most = max(0.01, *(month.retained_share for month in later))
    for month in later:
        _cell(
            axes,
            month.months,
            cohorts.index(month.cohort),
            month.retained_share / most,
            f"{month.retained_share:.0%}"[:-1],
        )
    axes.set(xlim=(0.5, ages + 0.5), ylim=(len(cohorts) - 0.5, -0.5), xlabel="months after the first purchase")
    axes.set_xticks(range(1, ages + 1))
    axes.set_yticks(range(len(cohorts)), [f"{cohort:%b %Y}" for cohort in cohorts])
    axes.grid(visible=False)
    return finish(figure, "cohorts")


def plot_moves(moves: Sequence[Move]) -> str:
    """Draw the number of moves from the segment beside to the segment below."""
    figure, axes = begin((4.2, 2.5))
    most = max(move.moves for move in moves)
    for move in moves:
        if move.before in SEGMENTS and move.after in SEGMENTS:
            place = SEGMENTS.index(move.after), SEGMENTS.index(move.before)
            _cell(axes, *place, move.moves / most, f"{move.moves:,}")
    names = [spoken(name).replace("keep at all costs", "keep") for name in SEGMENTS]
    axes.set(xlim=(-0.5, 3.5), ylim=(3.5, -0.5), xlabel="to", ylabel="from")
    axes.set_xticks(range(4), names)
    axes.set_yticks(range(4), names)
    axes.grid(visible=False)
    return finish(figure, "moves")


def plot_losses(losses: Sequence[Loss], currency: str) -> str:
    """Draw what was lost, by what went before, stacked by segment."""
    figure, axes = begin((4.2, 2.4))
    causes = sorted(
        {loss.before for loss in losses}, key=lambda cause: sum(one.value_lost for one in losses if one.before == cause)
    )
    so_far = dict.fromkeys(causes, 0.0)
    for segment in SEGMENTS:
        values = [
            sum(one.value_lost for one in losses if (one.before, one.segment) == (cause, segment)) for cause in causes
        ]
        if any(values):
            colour = COLOURS[_OF_SEGMENT[segment]]
            axes.barh(causes, values, 0.6, left=list(so_far.values()), color=colour, label=spoken(segment))
            so_far = {cause: so_far[cause] + value for cause, value in zip(causes, values, strict=True)}
    axes.set_xlabel(f"{currency} of margin a year")
    axes.xaxis.set_major_formatter(_MONEY)
    axes.grid(visible=False, axis="y")
    _legend_below(axes, -0.3)
    return finish(figure, "losses")


def plot_reliability(tenths: Sequence[Tenth]) -> str:
    """Draw the share who left over the risk given, by tenths of the answers."""
    figure, axes = begin((4.2, 3.0))
    draw_reliability(axes, [tenth.predicted for tenth in tenths], [tenth.observed for tenth in tenths])
    axes.set_xlabel("risk given")
    axes.xaxis.set_major_formatter(_SHARE)
    axes.yaxis.set_major_formatter(_SHARE)
    return finish(figure, "reliability")


def plot_log_loss(months: Sequence[MonthlyQuality]) -> str:
    """Draw the log-loss by month of the answers, beside that of the share that had left before."""
    figure, axes = begin((4.2, 3.0))
    places = range(len(months))
    prior = [month.prior_log_loss for month in months]
    axes.plot(places, prior, color=COLOURS["faint"], linestyle="--", marker="o", markersize=3, label="the same for all")
    given = [month.log_loss for month in months]
    axes.plot(places, given, color=COLOURS["main"], marker="o", markersize=3, linewidth=1.8, label="risks given")
    axes.set_ylabel("log-loss")
    axes.set_ylim(bottom=0.0)
    axes.legend(loc="best")
    label_some(axes, [f"{month.month:%b %Y}" for month in months], _MAX_TICKS)
    return finish(figure, "log-loss")


def _stack(axes: Axes, values: Sequence[Sequence[float]], names: Sequence[str], colours: Sequence[str]) -> None:
    places = list(range(len(values[0]))) if values else []
    axes.stackplot(places, *values, labels=names, colors=[COLOURS[colour] for colour in colours], linewidth=0.0)
    axes.set_ylim(bottom=0.0)
    axes.margins(x=0.0)
    _legend_below(axes, -0.14)


def _legend_below(axes: Axes, height: float) -> None:
    columns = 2 if len(axes.get_legend_handles_labels()[1]) == 4 else 3  # noqa: PLR2004 - two rows of two
    axes.legend(loc="upper center", bbox_to_anchor=(0.45, height), ncols=columns, columnspacing=1.0, handlelength=1.2)


def _cell(axes: Axes, column: int, row: int, strength: float, text: str) -> None:
    alpha = 0.06 + 0.94 * strength
    axes.bar(column, 0.92, 0.92, row - 0.46, color=COLOURS["main"], alpha=alpha)
    colour = COLOURS["paper"] if alpha > _DARK else COLOURS["ink"]
    axes.text(column, row, text, color=colour, size=8, ha="center", va="center")


def _dates(axes: Axes, ends: Sequence[datetime]) -> None:
    year = ends[0].year != ends[-1].year
    labels = [f"{end.day} {end:%b} {end:%y}" if year else f"{end.day} {end:%b}" for end in ends]
    label_some(axes, labels, _MAX_TICKS)
