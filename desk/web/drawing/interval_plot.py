"""Places estimates with their intervals in a plot: a line, and a band around it, in per cent of width and height.

Shapes are scaled with the window, strokes and text are not, so that it reads on a phone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from desk.web.drawing.scale import round_steps

_TOP: Final = 6.0
_BOTTOM: Final = 88.0
_LEFT: Final = 14.0
_RIGHT: Final = 98.5
_MOST_DOTS: Final = 40
_FEWEST_TO_CUT: Final = 12
_FAR: Final = 2.0


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
    points: Sequence[PlotPoint],
    *,
    compared: Sequence[PlotPoint] = (),
    within: Sequence[float] = (0.0,),
    may_cut: bool = False,
) -> IntervalPlot | None:
    """Return the plot, or None without estimates.

    Args:
        points: Estimates, in any order.
        compared: A second line.
        within: Values that the plot must hold, too.
        may_cut: Let the widest intervals leave the picture, so that they do not make all others flat.
    """
    if not points:
        return None
    ordered = sorted(points, key=lambda one: one.x)
    area = _Area.of(ordered, [*_ends(ordered, may_cut=may_cut), *(one.value for one in compared), *within])
    lower = [(area.x(one.x), area.y(one.low)) for one in ordered if one.low is not None]
    upper = [(area.x(one.x), area.y(one.high)) for one in ordered if one.high is not None]
    inside = [one for one in ordered if area.levels[0] <= one.value <= area.levels[-1]]
    return IntervalPlot(
        line=_path([(area.x(one.x), area.y(one.value)) for one in ordered]),
        band=_path([*upper, *reversed(lower)]),
        compared=_path([(area.x(one.x), area.y(one.value)) for one in sorted(compared, key=lambda one: one.x)]),
        dots=tuple(area.dot(one) for one in inside) if len(ordered) <= _MOST_DOTS else (),
        levels=tuple((value, area.y(value)) for value in area.levels),
        zero=area.y(0.0) if area.levels[0] <= 0.0 <= area.levels[-1] else None,
        left=_LEFT,
        points=tuple(ordered),
    )


@dataclass(frozen=True, slots=True)
class _Area:
    """Area of a plot.

    Attributes:
        first: Place of the first estimate.
        last: That of the last.
        levels: Round values, the lowest first.
    """

    first: float
    last: float
    levels: tuple[float, ...]

    @classmethod
    def of(cls, ordered: Sequence[PlotPoint], values: Sequence[float]) -> Self:
        return cls(ordered[0].x, ordered[-1].x, round_steps(values))

    def x(self, place: float) -> float:
        share = (place - self.first) / (self.last - self.first) if self.last > self.first else 0.5
        return round(_LEFT + share * (_RIGHT - _LEFT), 2)

    def y(self, value: float) -> float:
        share = (value - self.levels[0]) / (self.levels[-1] - self.levels[0])
        return round(_BOTTOM - share * (_BOTTOM - _TOP), 2)

    def dot(self, one: PlotPoint) -> PlotDot:
        low, high = (one.value if end is None else end for end in (one.low, one.high))
        return PlotDot(self.x(one.x), self.y(one.value), self.y(low), self.y(high))


def _ends(points: Sequence[PlotPoint], *, may_cut: bool) -> list[float]:
    """Return the least and the greatest value of a plot: of all, or without a tenth at either end that is far away."""
    ends = sorted(end for one in points for end in (one.value, one.low, one.high) if end is not None)
    cut = len(ends) // 10 if may_cut and len(points) >= _FEWEST_TO_CUT else 0
    usual = [ends[cut], ends[-1 - cut]]
    return usual if ends[-1] - ends[0] > _FAR * (usual[1] - usual[0]) else [ends[0], ends[-1]]


def _path(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in places)
