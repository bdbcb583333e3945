"""Plots of the outlook and of the horizon."""

from collections.abc import Sequence

import numpy as np

from risk.evaluation.horizon import HorizonProposal
from risk.evaluation.quality import PredictionQuality
from risk.scoring.outlook import KINDS
from runtime.pages.plots import COLOURS, begin, finish
from streams.backtest.report.figures import Gain
from streams.backtest.report.plots import SIZE

_STYLES = (("ink", "-", "o"), ("second", "--", "s"), ("main", "-", "^"), ("soft", ":", "D"))


def plot_outlook(kinds: Sequence[PredictionQuality]) -> str:
    """Draw predicted and observed shares of each kind, by tenths of the decisions."""
    figure, axes = begin(SIZE)
    axes.plot([0, 1], [0, 1], color=COLOURS["faint"], linewidth=1, linestyle="--")
    for name, quality, (colour, line, marker) in zip(KINDS, kinds, _STYLES, strict=True):
        predicted, observed = [one.predicted for one in quality.bins], [one.observed for one in quality.bins]
        (drawn,) = axes.plot(predicted, observed, color=COLOURS[colour], linestyle=line, linewidth=1.1, label=name)
        drawn.set(marker=marker, markersize=3, clip_on=False)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="probability given", ylabel="share that did")
    axes.legend(loc="upper left")
    return finish(figure, "outlook")


def plot_lift(gain: Gain) -> str:
    """Draw how many times as many leavers as by chance are among the riskiest."""
    figure, axes = begin(SIZE)
    shares = np.linspace(0.02, 1.0, 99)
    axes.plot([0, 1], [1, 1], color=COLOURS["faint"], linewidth=1, linestyle="--", label="chance")
    axes.plot(
        shares,
        np.interp(shares, gain.reached, gain.leavers) / shares,
        color=COLOURS["main"],
        linewidth=1.8,
        label="model",
    )
    axes.set(xlim=(0, 1), xlabel="share called, riskiest first", ylabel="times as many as by chance")
    axes.set_ylim(bottom=0.0)
    axes.legend(loc="best")
    return finish(figure, "lift")


def plot_gaps(proposal: HorizonProposal) -> str:
    """Draw the share of gaps between purchases that were over after each number of days, and the proposed horizon."""
    figure, axes = begin(SIZE)
    days = np.linspace(0.0, float(np.quantile(proposal.gaps, 0.99)) if len(proposal.gaps) else 1.0, 200)
    axes.plot(
        days, [proposal.returned(day) for day in days], color=COLOURS["main"], linewidth=1.8, label="bought again"
    )
    if proposal.days is not None:
        axes.axvline(proposal.days, color=COLOURS["second"], linestyle="--", linewidth=1, label="proposed horizon")
    axes.set(ylim=(0, 1.02), xlabel="days since the purchase before", ylabel="share of gaps that are over")
    axes.legend(loc="lower right")
    return finish(figure, "gaps")
