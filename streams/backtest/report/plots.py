"""Plots of the risk."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from risk.evaluation.quality import Numbers, PredictionQuality
from runtime.pages.plots import COLOURS, begin, draw_reliability, finish, label_some, style
from streams.backtest.report.figures import Gain, Month

SIZE: Final = (4.6, 2.9)
"""Inches; small, so that text stays readable on a phone."""

_LINES: Final = {"model": ("main", "-"), "rule": ("second", "--"), "base": ("soft", ":")}
"""Colour and dashes of each line over time."""

_MAX_TICKS: Final = 6


def plot_auc(months: Sequence[Month]) -> str:
    """Draw the AUC by month, beside the rule's."""
    figure, axes = begin(SIZE)
    _over_time(axes, months, "rule", [month.rule.auc for month in months])
    _over_time(axes, months, "model", [month.model.auc for month in months])
    axes.set_ylabel("AUC")
    axes.legend(loc="best")
    return finish(figure, "auc")


def plot_log_loss(months: Sequence[Month]) -> str:
    """Draw the log-loss by month, beside the rule's and that of the month's base rate."""
    figure, axes = begin(SIZE)
    _over_time(axes, months, "rule", [month.rule.log_loss for month in months])
    _over_time(axes, months, "base", [month.model.prior_log_loss for month in months])
    _over_time(axes, months, "model", [month.model.log_loss for month in months])
    axes.set_ylabel("log-loss")
    axes.set_ylim(bottom=0.0)
    axes.legend(loc="best")
    return finish(figure, "log-loss")


def plot_reliability(quality: PredictionQuality, risks: Numbers) -> str:
    """Draw predicted and observed shares by tenths of the decisions, and below how often each risk was given."""
    figure = Figure(figsize=(SIZE[0], 3.6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    for axes in (above, below):
        style(axes)
    draw_reliability(above, [one.predicted for one in quality.bins], [one.observed for one in quality.bins])
    below.hist(risks, bins=np.linspace(0.0, 1.0, 21).tolist(), color=COLOURS["main"], alpha=0.6)
    below.set(xlabel="risk given", ylabel="count")
    return finish(figure, "reliability")


def plot_gain(gain: Gain, base_rate: float) -> str:
    """Draw the share of leavers reached by calling the riskiest first, beside chance and a perfect ranking."""
    figure, axes = begin(SIZE)
    axes.plot([0, base_rate, 1], [0, 1, 1], color=COLOURS["soft"], linewidth=1, linestyle=":", label="perfect")
    shares = np.linspace(0.0, 1.0, 101)
    leavers = np.interp(shares, gain.reached, gain.leavers)
    axes.plot(shares, leavers, color=COLOURS["main"], linewidth=1.8, label="model")
    axes.plot([0, 1], [0, 1], color=COLOURS["faint"], linewidth=1, linestyle="--", label="chance")
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="share called, riskiest first", ylabel="share of leavers reached")
    axes.legend(loc="lower right")
    return finish(figure, "gain")


def plot_importance(importance: Sequence[tuple[str, float]]) -> str:
    """Draw the mean absolute effect of each group of features on the log-odds."""
    figure, axes = begin(SIZE)
    groups, effects = zip(*reversed(importance), strict=True)
    bars = axes.barh(groups, effects, color=COLOURS["main"], alpha=0.8)
    axes.bar_label(bars, fmt="%.2f", padding=3, fontsize=9, color=COLOURS["ink"])
    axes.set_xlabel("mean effect on the log-odds, either way")
    axes.margins(x=0.12)
    axes.grid(visible=False, axis="y")
    return finish(figure, "importance")


def _over_time(axes: Axes, months: Sequence[Month], name: str, values: Sequence[float]) -> None:
    label = {"base": "base rate"}.get(name, name)
    colour, dashes = _LINES[name]
    places = range(len(months))
    axes.plot(places, values, color=COLOURS[colour], linestyle=dashes, marker="o", markersize=3, label=label)
    label_some(axes, [month.name for month in months], _MAX_TICKS)
