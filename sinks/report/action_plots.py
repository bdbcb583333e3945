"""Plots of what acting brought, each from the rows that it shows."""

from collections.abc import Sequence
from typing import Final

from matplotlib.ticker import EngFormatter, PercentFormatter

from runtime.pages.plots import COLOURS, begin, finish
from runtime.pages.text import spoken
from schemas.records.verdict import verdict_in_words
from sinks.report.actions import ActionReturn, Depth, Effect

_MONEY: Final = EngFormatter(sep="")
_RANKINGS: Final = {"expected_gain": "main", "value_at_risk": "second", "risk": "third", "random": "faint"}
_IN_WORDS: Final = {
    "expected_gain": "by expected gain",
    "value_at_risk": "by value at risk",
    "risk": "by risk",
    "random": "at random",
}
_OF_VERDICT: Final = {"helps": "main", "harms": "second"}


def plot_effects(effects: Sequence[Effect], currency: str) -> str:
    """Draw each action's effect with both intervals, its cost, and the verdict in words; the best on top."""
    figure, axes = begin((4.2, 0.9 + 0.62 * len(effects)))
    for place, one in enumerate(effects):
        axes.vlines(0.0, place - 0.22, place + 0.32, color=COLOURS["faint"], linewidth=1.0)  # not through the verdicts
        colour = COLOURS[_OF_VERDICT.get(one.verdict, "faint")]
        for ends, width in (((one.always_low, one.always_high), 1.2), ((one.low, one.high), 4.5)):
            known = [end for end in ends if end is not None]
            axes.plot(known, [place] * len(known), color=colour, linewidth=width, solid_capstyle="butt")
        axes.plot([one.effect], [place], color=colour, marker="o", markersize=6)
        if one.cost is not None:
            axes.plot([one.cost], [place], color=COLOURS["ink"], marker="|", markersize=11, markeredgewidth=1.5)
        axes.text(
            0.0, place - 0.42, verdict_in_words(one.verdict, one.more), color=COLOURS["ink"], size=8, va="center",
            transform=axes.get_yaxis_transform(),
        )  # fmt: skip
    axes.set(ylim=(len(effects) - 0.5, -0.8), xlabel=f"{currency} a decision")
    axes.set_yticks(range(len(effects)), [spoken(one.action) for one in effects])
    axes.grid(visible=False, axis="y")
    return finish(figure, "effects")


def plot_gain_by_depth(depths: Sequence[Depth], currency: str, action: str) -> str:
    """Draw the gain at each share of customers acted on, by ranking; the band is the interval of the first ranking."""
    figure, axes = begin((4.2, 3.0))
    axes.axhline(0.0, color=COLOURS["faint"], linewidth=0.8)
    for ranking, colour in _RANKINGS.items():
        rows = [one for one in depths if one.ranking == ranking]
        shares, gains = [0.0, *(one.depth for one in rows)], [0.0, *(one.gain for one in rows)]
        style = "--" if ranking == "random" else "-"
        axes.plot(shares, gains, color=COLOURS[colour], linestyle=style, linewidth=1.6, label=_IN_WORDS[ranking])
        if ranking == "expected_gain":
            low = [0.0, *(one.gain if one.low is None else one.low for one in rows)]
            high = [0.0, *(one.gain if one.high is None else one.high for one in rows)]
            axes.fill_between(shares, low, high, color=COLOURS[colour], alpha=0.15, linewidth=0.0)
    axes.set(xlim=(0, 1), xlabel="share of customers acted on", ylabel=f"{currency} for every 1,000 customers")
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.yaxis.set_major_formatter(_MONEY)
    axes.legend(loc="upper center", bbox_to_anchor=(0.45, -0.2), ncols=2, columnspacing=1.0, handlelength=1.6)
    return finish(figure, f"gain-by-depth-{action}")


def plot_returns(returns: Sequence[ActionReturn], currency: str) -> str:
    """Draw for each action the margin that it brought, with its interval, beside what was spent on it."""
    shown = [one for one in returns if one.action and one.margin is not None]
    figure, axes = begin((4.2, 1.1 + 0.55 * len(shown)))
    places = range(len(shown))
    axes.axvline(0.0, color=COLOURS["faint"], linewidth=0.8)
    margins = [one.margin or 0.0 for one in shown]
    axes.barh([place - 0.18 for place in places], margins, 0.34, color=COLOURS["main"], label="margin brought")
    axes.barh(
        [place + 0.18 for place in places],
        [one.cost for one in shown],
        0.34,
        color=COLOURS["second"],
        label="spent",
    )
    for place, one in enumerate(shown):
        if one.margin_low is not None and one.margin_high is not None:
            ends = [one.margin_low, one.margin_high]
            axes.plot(ends, [place - 0.18] * 2, color=COLOURS["ink"], linewidth=1.2)
    axes.set(ylim=(len(shown) - 0.5, -0.5), xlabel=currency)
    axes.set_yticks(places, [spoken(one.action) for one in shown])
    axes.xaxis.set_major_formatter(_MONEY)
    axes.grid(visible=False, axis="y")
    axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2, columnspacing=1.0, handlelength=1.2)
    return finish(figure, "returns")
