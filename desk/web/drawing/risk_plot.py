"""Places a customer's risk and events in a plot; positions are shares of its width and height, in per cent.

Text has the size of the page's text at any width of the window, because nothing is scaled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from desk.reading.rows import RiskPoint, TimelineEntry

_HEIGHT: Final = 78.0
_TOP: Final = 6.0
_MOST_LINES: Final = 160
_KINDS: Final = frozenset({"purchase", "return", "support_contact", "action_taken"})
_FEWEST: Final = 2


@dataclass(frozen=True, slots=True)
class PlotLine:
    """Line from one score to the next."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class PlotMark:
    """Event under the risk.

    Attributes:
        x: Position.
        entry: The event.
    """

    x: float
    entry: TimelineEntry


@dataclass(frozen=True, slots=True)
class RiskPlot:
    """Plot of a customer's risk over time.

    Attributes:
        lines: The risk, the earliest first.
        marks: What happened meanwhile.
        rules: Heights of 0, 50 and 100 %.
        begin: Left end, UTC.
        end: Right end, UTC.
        last: Latest risk.
        lowest: Lowest risk.
        highest: Highest risk.
    """

    lines: tuple[PlotLine, ...]
    marks: tuple[PlotMark, ...]
    rules: tuple[tuple[float, float], ...]
    begin: datetime
    end: datetime
    last: RiskPoint
    lowest: float
    highest: float


def risk_plot(risks: Sequence[RiskPoint], timeline: Sequence[TimelineEntry]) -> RiskPlot | None:
    """Return the plot, or None where there are not two scores at different times.

    Args:
        risks: Scores, the earliest first.
        timeline: What happened, the latest first.
    """
    if len(risks) < _FEWEST or risks[0].at >= risks[-1].at:
        return None
    begin = risks[0].at
    end = max(risks[-1].at, *(entry.at for entry in timeline[:1]))
    step = max(1, len(risks) // _MOST_LINES)
    points = [*risks[:-1:step], risks[-1]]
    places = [(_share(one.at, begin, end), _y(one.risk)) for one in points]
    return RiskPlot(
        lines=tuple(PlotLine(*one, *other) for one, other in pairwise(places)),
        marks=tuple(
            PlotMark(_share(entry.at, begin, end), entry)
            for entry in timeline
            if entry.kind in _KINDS and entry.at >= begin
        ),
        rules=tuple((share, _y(share)) for share in (0.0, 0.5, 1.0)),
        begin=begin,
        end=end,
        last=risks[-1],
        lowest=min(one.risk for one in risks),
        highest=max(one.risk for one in risks),
    )


def _share(at: datetime, begin: datetime, end: datetime) -> float:
    return round(1.0 + 98.0 * ((at - begin) / (end - begin)), 2)


def _y(risk: float) -> float:
    return round(_TOP + (1.0 - risk) * (_HEIGHT - _TOP), 2)
