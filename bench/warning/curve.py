"""Draws the share of margin warned of in time over the alerts that this takes, before and now."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from bench.page import draw
from bench.result import ResultPlot
from bench.warning.histories import WatchedHistory
from bench.warning.truth import warning_quality
from bench.warning.watch import watch
from bench.warning.ways import BY_CALENDAR, BY_RHYTHM, Way

PICTURES: Final = Path("docs/warning")

_AROUND: Final = (-0.2, -0.1, 0.0, 0.1, 0.2)
"""Probabilities that are added to the risks at which alerts are raised and cleared."""

_WAYS: Final = (BY_CALENDAR.name, BY_RHYTHM.name)


class WarningPoint(NamedTuple):
    """Quality of the alerts of some shops at one threshold.

    Attributes:
        way: Way of looking.
        raise_risk: Risk at which alerts are raised.
        alerts_a_day: Number of alerts a day and shop.
        right: Share of the alerts that were right, of all shops.
        margin_warned: Mean share of the leavers' margin with an alert in time.
    """

    way: str
    raise_risk: float
    alerts_a_day: float
    right: float
    margin_warned: float


def curve_of(histories: Sequence[WatchedHistory], way: Way, horizon_days: float) -> Iterator[WarningPoint]:
    """Run shops by a way of looking, at several thresholds around its own.

    Args:
        histories: Shops.
        way: How customers are looked at.
        horizon_days: Horizon of leaving, days.
    """
    for added in _AROUND:
        risks = {name: min(getattr(way.alerts, name) + added, 1.0) for name in ("raise_risk", "clear_risk")}
        moved = way._replace(alerts=way.alerts.model_copy(update=risks))
        found = [
            warning_quality(
                watch(one.interactions, moved, horizon_days, lambda _: None),
                one.interactions,
                one.truth or {},
                horizon_days,
            )
            for one in histories
        ]
        alerts = np.array([one.alerts for one in found])
        yield WarningPoint(
            way.name,
            risks["raise_risk"],
            float(np.mean([one.alerts_a_day for one in found])),
            float(np.average([one.right for one in found], weights=alerts)),
            float(np.mean([one.margin_warned for one in found])),
        )


def draw_curves(points: Sequence[WarningPoint], pictures: Path = PICTURES) -> None:
    """Draw the margin warned of over alerts a day, and over the share of alerts that were right.

    Args:
        points: Of both ways of looking.
        pictures: Folder of the drawings.
    """
    pictures.mkdir(parents=True, exist_ok=True)
    warned = {way: [100 * point.margin_warned for point in points if point.way == way] for way in _WAYS}
    for name, title, x_label, places in (
        (
            "alerts-a-day",
            "Margin of those who leave that was warned of in time, by alerts a day",
            "alerts a day",
            {way: [point.alerts_a_day for point in points if point.way == way] for way in _WAYS},
        ),
        (
            "alerts-right",
            "Margin of those who leave that was warned of in time, by alerts that were right",
            "alerts that were right, %",
            {way: [100 * point.right for point in points if point.way == way] for way in _WAYS},
        ),
    ):
        plot = ResultPlot(name, title, "lines", [], warned, x_label, "margin warned of, %", x_of=places)
        draw(plot, pictures / f"{name}.svg")
