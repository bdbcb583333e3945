"""``python -m bench.warning``: how soon alerts come, how many are right, and how many looks they take.

``shop`` and ``cdnow`` compare looks by rhythm with looks by the calendar; ``curve`` draws how much more is warned of
for more alerts, as ``docs/warning/*.svg``.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from bench.warning.curve import curve_of, draw_curves
from bench.warning.delay import DelayRecorder
from bench.warning.histories import WatchedHistory, cdnow, shop
from bench.warning.truth import WarningQuality, warning_quality
from bench.warning.watch import Watched, watch
from bench.warning.ways import BY_CALENDAR, BY_RHYTHM, Way
from schemas.moments import DAY_MS

_HORIZON_DAYS: Final = 90.0


class _ComparedRun(NamedTuple):
    history: WatchedHistory
    way: Way
    watched: Watched
    delays: DelayRecorder

    def quality(self) -> WarningQuality | None:
        if self.history.truth is None:
            return None
        return warning_quality(self.watched, self.history.interactions, self.history.truth, _HORIZON_DAYS)


def _run(history: WatchedHistory, way: Way) -> _ComparedRun:
    recorder = DelayRecorder(way.alerts, _HORIZON_DAYS, gone=way.name == BY_RHYTHM.name)
    return _ComparedRun(history, way, watch(history.interactions, way, _HORIZON_DAYS, recorder), recorder)


def _compared(histories: Iterator[WatchedHistory]) -> None:
    _write(
        "| history | looks | reviews | margin warned of | own gaps to the alert | alerts right | of which silent "
        "| alerts a day | delay, days: median, 95 % | after a month of the model | never raised |"
    )
    _write("| --- " * 11 + "|")
    for history in histories:
        for way in (BY_CALENDAR, BY_RHYTHM):
            _write(_line(_run(history, way)))


def _line(row: _ComparedRun) -> str:
    quality, recorder = row.quality(), row.delays
    told = "| | | | | " if quality is None else _told(quality)
    delays, missed = _quantiles(recorder.delays), f"{recorder.missed} of {len(recorder.delays)}"
    late = _quantiles(recorder.delays_since(row.watched.since + 30 * DAY_MS))
    reviews = row.watched.scores["review"]
    return f"| {row.history.name} | {row.way.name} | {reviews:,} {told}| {delays} | {late} | {missed} |"


def _told(quality: WarningQuality) -> str:
    return (
        f"| {quality.margin_warned:.1%} of {quality.leavers} | {quality.gaps:.2f} "
        f"| {quality.right:.1%} of {quality.alerts} | {quality.silent:.1%} | {quality.alerts_a_day:.2f} "
    )


def _curve(histories: Sequence[WatchedHistory]) -> None:
    _write("| looks | raised at | alerts a day | alerts right | margin warned of |\n" + "| --- " * 5 + "|")
    points = []
    for way in (BY_CALENDAR, BY_RHYTHM):
        for point in curve_of(histories, way, _HORIZON_DAYS):
            points.append(point)
            _write(
                f"| {point.way} | {point.raise_risk:.0%} | {point.alerts_a_day:.2f} | {point.right:.1%} "
                f"| {point.margin_warned:.1%} |"
            )
    draw_curves(points)


def _quantiles(delays: list[int]) -> str:
    median, most = np.quantile(np.array(delays) / DAY_MS, [0.5, 0.95])
    return f"{median:.2f}, {most:.2f}"


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    """Print tables as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m bench.warning", description=__doc__)
    parser.add_argument("part", choices=["shop", "cdnow", "curve"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[21, 22], help="Shops.")
    parser.add_argument("--customers", type=int, default=1_500, help="Customers of a shop.")
    parser.add_argument("--part-of-cdnow", type=int, default=6, help="One in so many of its customers.")
    chosen = parser.parse_args()
    if chosen.part == "cdnow":
        _compared(iter([cdnow(chosen.part_of_cdnow)]))
    elif chosen.part == "curve":
        _curve([shop(seed, chosen.customers) for seed in chosen.seeds])
    else:
        _compared(shop(seed, chosen.customers) for seed in chosen.seeds)


if __name__ == "__main__":
    main()
