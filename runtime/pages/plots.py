"""Style shared by the plots of all pages: SVG with the colours of the page, legible in light, dark and print.

Plots are here, since ``risk`` has a page and ``sinks`` has one, the two never meet, and this package alone lies below
both. No other module of this package loads matplotlib.
"""

import re
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
}
"""Stand-ins that the page's own colours replace: its variables of these names, of which it needs those it draws in."""

_SIZE: Final = (4.2, 2.8)
"""Inches; small, so that text stays readable on a phone."""

_TEXT_SIZE: Final = 9


def begin(size: tuple[float, float] = _SIZE) -> tuple[Figure, Axes]:
    """A figure with one pair of axes.

    Args:
        size: Width and height in inches.
    """
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots()
    style(axes)
    return figure, axes


def style(axes: Axes) -> None:
    """Make axes look as all do; :func:`begin` has done so with its own.

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


def finish(figure: Figure, name: str) -> str:
    """Write a figure as SVG that scales with the page.

    Args:
        figure: What was drawn.
        name: Its ids follow from it, so that the same figure gives the same text.
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
