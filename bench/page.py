"""The kept results as docs/performance.md, with its pictures beside it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import shorten
from typing import Final

import matplotlib as mpl
from matplotlib.figure import Figure

from bench.result import Bar, Result, ResultPlot, ResultTable

PAGE: Final = Path("docs/performance.md")
PICTURES: Final = Path("docs/performance")
_BEGIN: Final = "<!-- measured -->"
_END: Final = "<!-- end of measured -->"
_BAR_INCHES: Final = 0.22
_LABEL_CHARACTERS: Final = 58
_COLOURS: Final = ("#1f6f8b", "#e07a3f", "#6a994e", "#9d4edd", "#bc4749")


def write_page(results: Sequence[Result], page: Path = PAGE, pictures: Path = PICTURES) -> Path:
    """Put the results in the place of the former ones; the words around them stay.

    Raises:
        ValueError: The page has no place for them.
    """
    before, begin, rest = page.read_text().partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"{page} has no {_BEGIN} with an {_END} after it")
    pictures.mkdir(parents=True, exist_ok=True)
    for plot in (plot for result in results for plot in result.plots):
        draw(plot, pictures / f"{plot.name}.svg")
    measured = "\n".join(_markdown(results, pictures.name))
    page.write_text(f"{before}{begin}\n{measured}\n{end}{after}")
    return page


def draw(plot: ResultPlot, path: Path) -> None:
    """Draw a plot as SVG; the same figures give the same bytes."""
    with mpl.rc_context({"svg.hashsalt": plot.name, "svg.fonttype": "none", "font.family": "sans-serif"}):
        lying = len(plot.x) * len(plot.series) if plot.kind == "bars" else 0
        figure = Figure(figsize=(7.2, max(3.4, 1.0 + lying * _BAR_INCHES)), layout="constrained")
        axes = figure.add_subplot()
        (_draw_bars if plot.kind == "bars" else _draw_lines)(axes, plot)
        figure.suptitle(plot.title, x=0.01, ha="left", fontsize=11)
        axes.spines[["top", "right"]].set_visible(False)
        if len(plot.series) > 1:
            figure.legend(frameon=False, loc="outside lower right", ncols=len(plot.series))
        figure.savefig(path, format="svg", metadata={"Date": None})


def _draw_bars(axes: mpl.axes.Axes, plot: ResultPlot) -> None:
    """Lying bars, so that long names can be read."""
    height = 0.8 / len(plot.series)
    for number, (name, values) in enumerate(plot.series.items()):
        places = [place + (number - (len(plot.series) - 1) / 2) * height for place in range(len(values))]
        drawn = axes.barh(places, values, height, label=name, color=_COLOURS[number])
        axes.bar_label(drawn, [f"{value:,.0f}" if value >= 10 else f"{value:.2g}" for value in values], padding=3)
    labels = [shorten(str(label), _LABEL_CHARACTERS, placeholder="…") for label in plot.x]
    axes.set_yticks(range(len(plot.x)), labels, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel(plot.y_label)
    axes.set_xscale("log" if plot.log_y else "linear")
    axes.margins(x=0.12, y=0.02)


def _draw_lines(axes: mpl.axes.Axes, plot: ResultPlot) -> None:
    for number, (name, values) in enumerate(plot.series.items()):
        places = plot.x_of.get(name) or [float(at) for at in plot.x]
        axes.plot(places, values, marker="o", markersize=4, label=name, color=_COLOURS[number])
    axes.set_xlabel(plot.x_label)
    axes.set_ylabel(plot.y_label)
    axes.set_xscale("log" if plot.log_x else "linear")
    axes.set_yscale("log" if plot.log_y else "linear")
    axes.grid(alpha=0.25)


def _markdown(results: Sequence[Result], pictures: str) -> Iterator[str]:
    yield "## Targets and results"
    yield ""
    yield from _table(_bars([bar for result in results for bar in result.bars]))
    for result in results:
        yield ""
        yield f"## {result.title}"
        yield ""
        yield result.how
        for table in result.tables:
            yield ""
            yield from _table(table)
        for plot in result.plots:
            yield ""
            yield f"![{plot.title}]({pictures}/{plot.name}.svg)"
        if result.found:
            yield ""
            yield result.found
        yield ""
        yield _provenance(result)


def _bars(bars: Sequence[Bar]) -> ResultTable:
    rows = [[bar.what, bar.wanted, bar.found, "yes" if bar.met else "**no**"] for bar in bars]
    return ResultTable(["what", "target", "result", "met"], rows)


def _table(table: ResultTable) -> Iterator[str]:
    ruler = ["---", *["---:"] * (len(table.headings) - 1)]
    for cells in (table.headings, ruler, *table.rows):
        yield f"| {' | '.join(cells)} |"


def _provenance(result: Result) -> str:
    place = result.place
    versions = ", ".join(f"{name} {number}" for name, number in place.versions.items())
    return (
        f"*`{result.command}`, {place.taken_at}; {place.machine}; {place.load_before:g} processes ran or waited for a "
        f"core before it began. {versions}.*"
    )
