"""Places estimates with their intervals in a plot: a line, and a band around it, in per cent of width and height.

Shapes are scaled with the window, strokes and text are not, so that it reads on a phone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from desk.web.drawing.scale import round_steps

_TOP: Final = 6.0
_BOTTOM: Final = 88.0
_LEFT: Final = 14.0
_RIGHT: Final = 98.5
_MOST_DOTS: Final = 40


@dataclass(frozen=True, slots=True)
class PlotPoint:
    """An estimate.

    Attributes:
        x: Its place, such as a share or a day.
        value: The estimate.
        low: Lower end of its interval; None without one.
        high: Upper end.
    """

    x: float
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class PlotDot:
    """Mark of an estimate, with its interval as a vertical line.

    Attributes:
        x: Position from the left.
        y: Position from the top.
        low: Position of the lower end of its interval.
        high: Position of the upper end.
    """

    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class IntervalPlot:
    """Plot of estimates.

    Attributes:
        line: Positions of the line, as SVG has them.
        band: Outline of the band; empty without intervals.
        compared: Positions of a second line; empty without one.
        dots: A mark for each estimate; none where there are too many.
        levels: Round values and their heights.
        zero: Height of zero; None if it is not in the plot.
        left: Position of the first estimate; to its left is room for the values.
        points: Estimates, from left to right.
    """

    line: str
    band: str
    compared: str
    dots: tuple[PlotDot, ...]
    levels: tuple[tuple[float, float], ...]
    zero: float | None
    left: float
    points: tuple[PlotPoint, ...]


def interval_plot(
    points: Sequence[PlotPoint], *, compared: Sequence[PlotPoint] = (), within: Sequence[float] = (0.0,)
) -> IntervalPlot | None:
    """Return the plot, or None without estimates.

    Args:
        points: Estimates, in any order.
        compared: A second line.
        within: Values that the plot must hold, too.
    """
    if not points:
        return None
    first, last = min(one.x for one in points), max(one.x for one in points)
    levels = round_steps(
        [
            *within,
            *(value for one in (*points, *compared) for value in (one.value, one.low, one.high) if value is not None),
        ]
    )

    def x_of(one: PlotPoint) -> float:
        share = (one.x - first) / (last - first) if last > first else 0.5
        return round(_LEFT + share * (_RIGHT - _LEFT), 2)

    def y_of(value: float) -> float:
        return round(_BOTTOM - (value - levels[0]) / (levels[-1] - levels[0]) * (_BOTTOM - _TOP), 2)

    def path(places: Sequence[tuple[float, float]]) -> str:
        return " ".join(f"{x},{y}" for x, y in places)

    ordered = sorted(points, key=lambda one: one.x)
    lower = [(x_of(one), y_of(one.low)) for one in ordered if one.low is not None]
    upper = [(x_of(one), y_of(one.high)) for one in ordered if one.high is not None]
    return IntervalPlot(
        line=path([(x_of(one), y_of(one.value)) for one in ordered]),
        band=path([*upper, *reversed(lower)]),
        compared=path([(x_of(one), y_of(one.value)) for one in sorted(compared, key=lambda one: one.x)]),
        dots=tuple(
            PlotDot(
                x_of(one),
                y_of(one.value),
                y_of(one.value if one.low is None else one.low),
                y_of(one.value if one.high is None else one.high),
            )
            for one in ordered
        )
        if len(ordered) <= _MOST_DOTS
        else (),
        levels=tuple((value, y_of(value)) for value in levels),
        zero=y_of(0.0) if levels[0] <= 0.0 <= levels[-1] else None,
        left=_LEFT,
        points=tuple(ordered),
    )
