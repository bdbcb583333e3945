"""Plots as SVG that takes its colours from the page, so that it reads in light, in dark and in print."""

import re
from collections.abc import Sequence
from io import StringIO
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from risk.quality import Numbers, Quality
from risk.report.figures import Gain, Month

COLOURS: Final = {"ink": "#010101", "faint": "#020202", "model": "#030303", "rule": "#040404", "base": "#050505"}
"""Stand-ins that the page's own colours replace."""

_SIZE: Final = (4.6, 2.9)
"""Inches; small, so that text stays readable on a phone."""

_MAX_TICKS: Final = 6


def plot_auc(months: Sequence[Month]) -> str:
    """Ranking by month, against the rule."""
    figure, axes = begin()
    _over_time(axes, months, "rule", [month.rule.auc for month in months])
    _over_time(axes, months, "model", [month.model.auc for month in months])
    axes.set_ylabel("AUC")
    axes.legend(loc="best")
    return finish(figure, "auc")


def plot_log_loss(months: Sequence[Month]) -> str:
    """Surprise by month, against the rule and against knowing the month's base rate."""
    figure, axes = begin()
    _over_time(axes, months, "rule", [month.rule.log_loss for month in months])
    _over_time(axes, months, "base", [month.model.prior_log_loss for month in months])
    _over_time(axes, months, "model", [month.model.log_loss for month in months])
    axes.set_ylabel("log-loss")
    axes.set_ylim(bottom=0.0)
    axes.legend(loc="best")
    return finish(figure, "log-loss")


def plot_reliability(quality: Quality, risks: Numbers) -> str:
    """Said against seen, over tenths of the decisions, and below how often each risk was given."""
    figure = Figure(figsize=(_SIZE[0], 3.6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    for axes in (above, below):
        _style(axes)
    above.plot([0, 1], [0, 1], color=COLOURS["faint"], linewidth=1, linestyle="--")
    said, seen = [one.predicted for one in quality.bins], [one.observed for one in quality.bins]
    above.plot(said, seen, color=COLOURS["model"], marker="o", markersize=4, linewidth=1.2)
    above.set(xlim=(0, 1), ylim=(0, 1), ylabel="share that left")
    below.hist(risks, bins=np.linspace(0.0, 1.0, 21).tolist(), color=COLOURS["model"], alpha=0.6)
    below.set(xlabel="risk given", ylabel="count")
    return finish(figure, "reliability")


def plot_gain(gain: Gain, base_rate: float) -> str:
    """Leavers reached by calling the riskiest first, against chance and against knowing everything."""
    figure, axes = begin()
    axes.plot([0, base_rate, 1], [0, 1, 1], color=COLOURS["base"], linewidth=1, linestyle=":", label="perfect")
    shares = np.linspace(0.0, 1.0, 101)
    leavers = np.interp(shares, gain.reached, gain.leavers)
    axes.plot(shares, leavers, color=COLOURS["model"], linewidth=1.8, label="model")
    axes.plot([0, 1], [0, 1], color=COLOURS["faint"], linewidth=1, linestyle="--", label="chance")
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="share called, riskiest first", ylabel="share of leavers reached")
    axes.legend(loc="lower right")
    return finish(figure, "gain")


def plot_importance(importance: Sequence[tuple[str, float]]) -> str:
    """How much each group moves the log-odds on average."""
    figure, axes = begin()
    groups, effects = zip(*reversed(importance), strict=True)
    bars = axes.barh(groups, effects, color=COLOURS["model"], alpha=0.8)
    axes.bar_label(bars, fmt="%.2f", padding=3, fontsize=9, color=COLOURS["ink"])
    axes.set_xlabel("mean effect on the log-odds, either way")
    axes.margins(x=0.12)
    axes.grid(visible=False, axis="y")
    return finish(figure, "importance")


def _over_time(axes: Axes, months: Sequence[Month], name: str, values: Sequence[float]) -> None:
    label = {"base": "base rate"}.get(name, name)
    style = {"model": "-", "rule": "--", "base": ":"}[name]
    places = range(len(months))
    axes.plot(places, values, color=COLOURS[name], linestyle=style, marker="o", markersize=3, label=label)
    step = max(1, -(-len(months) // _MAX_TICKS))
    axes.set_xticks(list(places)[::step], [month.name for month in months][::step])


def begin() -> tuple[Figure, Axes]:
    """A figure and its axes, styled."""
    figure = Figure(figsize=_SIZE, layout="constrained")
    axes = figure.subplots()
    _style(axes)
    return figure, axes


def _style(axes: Axes) -> None:
    axes.set_facecolor("none")
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(COLOURS["faint"])
    axes.tick_params(colors=COLOURS["ink"], labelsize=9)
    axes.xaxis.label.set(color=COLOURS["ink"], size=9)
    axes.yaxis.label.set(color=COLOURS["ink"], size=9)
    axes.grid(visible=True, color=COLOURS["faint"], alpha=0.25, linewidth=0.5)
    axes.set_axisbelow(True)


def finish(figure: Figure, name: str) -> str:
    """Write a figure; its ids follow from its name, so that the same figure gives the same text."""
    figure.patch.set_alpha(0.0)
    for axes in figure.axes:
        legend = axes.get_legend()
        if legend is not None:
            legend.set_frame_on(False)
            for text in legend.get_texts():
                text.set(color=COLOURS["ink"], size=9)
    FigureCanvasSVG(figure)
    drawn = StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name, "font.family": "sans-serif"}):
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    svg = drawn.getvalue()
    svg = svg[svg.index("<svg") :]
    for colour, stand_in in COLOURS.items():
        svg = svg.replace(stand_in, f"var(--{colour})")
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    return re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
