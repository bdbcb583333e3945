"""Style shared by the plots of all pages: SVG with the colours of the page, legible in light, dark and print."""

import re
from collections.abc import Sequence
from io import StringIO
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

COLOURS: Final = {
    "ink": "#010101",
    "faint": "#020202",
    "main": "#030303",
    "second": "#040404",
    "third": "#050505",
    "fourth": "#060606",
    "fifth": "#070707",
    "sixth": "#080808",
    "paper": "#090909",
    "soft": "#101010",
}
"""Placeholders that are replaced by the variables of these names in the style sheet."""

_SIZE: Final = (4.2, 2.8)
"""Inches; small, so that text stays readable on a phone."""

_TEXT_SIZE: Final = 9


def begin(size: tuple[float, float] = _SIZE) -> tuple[Figure, Axes]:
    """Return a figure with one pair of axes.

    Args:
        size: Width and height in inches.
    """
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots()
    style(axes)
    return figure, axes


def style(axes: Axes) -> None:
    """Style axes; :func:`begin` does so with its own.

    Args:
        axes: Of a figure that has several.
    """
    axes.set_facecolor("none")
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(COLOURS["faint"])
    axes.tick_params(colors=COLOURS["ink"], labelsize=_TEXT_SIZE)
    axes.xaxis.label.set(color=COLOURS["ink"], size=_TEXT_SIZE)
    axes.yaxis.label.set(color=COLOURS["ink"], size=_TEXT_SIZE)
    axes.grid(visible=True, color=COLOURS["faint"], alpha=0.25, linewidth=0.5)
    axes.set_axisbelow(True)


def draw_reliability(axes: Axes, predicted: Sequence[float], observed: Sequence[float]) -> None:
    """Draw observed shares over predicted ones, with a dashed line where both are equal."""
    axes.plot([0, 1], [0, 1], color=COLOURS["faint"], linewidth=1, linestyle="--")
    axes.plot(predicted, observed, color=COLOURS["main"], marker="o", markersize=4.5, linewidth=1.2, clip_on=False)
    axes.set(xlim=(0, 1), ylim=(0, 1), ylabel="share that left")


def label_some(axes: Axes, labels: Sequence[str], most: int) -> None:
    """Label the places 0, 1, … of the horizontal axis, evenly thinned out to a number of labels."""
    step = max(1, -(-len(labels) // most))
    axes.set_xticks(range(len(labels))[::step], list(labels)[::step])


def finish(figure: Figure, name: str) -> str:
    """Return a figure as SVG that scales with the page.

    Args:
        figure: The drawing.
        name: Seed of its ids, so that the same figure gives the same text.
    """
    figure.patch.set_alpha(0.0)
    for axes in figure.axes:
        legend = axes.get_legend()
        if legend is not None:
            legend.set_frame_on(False)
            for text in legend.get_texts():
                text.set(color=COLOURS["ink"], size=_TEXT_SIZE)
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
