"""``python -m bench.holes``: what holes of the feed cost, in the demo's shop of docs/risk.md.

Each row takes the events of a span away and runs the backtest twice over what is left, once without knowing of holes.
Compared are the same decisions of the last third, which have a label in both histories.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from json import dumps
from typing import Final
from unittest.mock import patch

import numpy as np

from bench.risk.planted_shop import SHOP
from bench.risk.play import backtest_of
from customers.feed.feed_watch import FeedWatch
from risk.evaluation.backtest import Backtest
from risk.evaluation.decision_schedule import AtPurchases, DecisionSchedule, OnCalendar
from risk.evaluation.quality import PredictionQuality
from risk.evaluation.results import Results, collect, last_third
from schemas.events.history import decode_history
from schemas.events.interaction import Interaction
from schemas.events.raw_events import EventType
from schemas.moments import DAY_MS, text_of_ms, to_ms
from schemas.settings.processes import IntakeSettings
from schemas.settings.risk import MoneySettings

_HORIZON_DAYS: Final = 90.0
_EVERY: Final[tuple[EventType, ...]] = ("purchase", "return", "support_contact")


@dataclass(frozen=True, slots=True)
class Silence:
    """A span that is taken away.

    Attributes:
        name: Of the row.
        first_day: First day, counted from the first event.
        days: Length.
        types: Types of the events that are taken away.
        but_every: Of so many events one is left; 0 for none.
        again_days: Days after which the same is taken away again, until the end; 0 for once.
    """

    name: str
    first_day: float
    days: float
    types: Sequence[EventType] = _EVERY
    but_every: int = 0
    again_days: float = 0.0

    def taken_from(self, history: Sequence[Interaction]) -> list[Interaction]:
        """Return the history without the span."""
        first, number = to_ms(history[0].stamped_at), count(1)
        return [
            one
            for one in history
            if one.type not in self.types
            or not self._covers((to_ms(one.stamped_at) - first) / DAY_MS)
            or (self.but_every and next(number) % self.but_every == 0)
        ]

    def _covers(self, day: float) -> bool:
        since = day - self.first_day
        return since >= 0 and (since % self.again_days if self.again_days else since) < self.days


SILENCES: Final = (
    Silence("120 days, a year before the end", 245, 120),
    Silence("120 days, up to the last third", 305, 120),
    Silence("120 days but for one event in a hundred", 245, 120, but_every=100),
    Silence("20 days", 305, 20),
    Silence("120 days of purchases alone", 245, 120, ("purchase",)),
    Silence("120 days of contacts alone", 245, 120, ("support_contact",)),
    Silence("three weeks of each year", 215, 21, again_days=365),
    Silence("the last 30 days but one", 700, 29),
)


@dataclass(frozen=True, slots=True)
class _PlayedWithHoles:
    backtest: Backtest
    results: Results

    def rows(self) -> dict[tuple[str, int], int]:
        """Return the rows of the decisions with a label, by customer and moment."""
        named = zip(self.results.customer_ids, self.results.at.tolist(), strict=True)
        return {name: row for row, name in enumerate(named) if self.results.matured[row]}

    def quality(self, rows: Iterable[int]) -> PredictionQuality | None:
        """Return the quality of some rows."""
        mask = np.zeros(len(self.results.at), dtype=np.bool_)
        mask[list(rows)] = True
        return self.results.quality(mask)


def _play(history: Sequence[Interaction], schedule: DecisionSchedule) -> _PlayedWithHoles:
    backtest = backtest_of(_HORIZON_DAYS)
    return _PlayedWithHoles(backtest, collect(backtest.run(history, schedule), backtest.answer))


def _play_unaware(history: Sequence[Interaction], schedule: DecisionSchedule) -> _PlayedWithHoles:
    """Play a history as if nobody watched the feeds."""
    with patch.object(FeedWatch, "pass_to", return_value=False):
        return _play(history, schedule)


def compared(
    history: Sequence[Interaction], whole: _PlayedWithHoles, silence: Silence, schedule: Callable[[], DecisionSchedule]
) -> Iterator[str]:
    """Yield the lines of one silence.

    Args:
        history: The whole history.
        whole: Its backtest.
        silence: Taken away from it.
        schedule: Makes the decisions.
    """
    left = silence.taken_from(history)
    aware, unaware = _play(left, schedule()), _play_unaware(left, schedule())
    first, last = to_ms(history[0].stamped_at), to_ms(history[-1].stamped_at)
    since = last_third(first, last, round(_HORIZON_DAYS * DAY_MS))
    rows = [played.rows() for played in (whole, aware, unaware)]
    common = [name for name in rows[0] if name[1] >= since and all(name in own for own in rows)]
    found = [
        played.quality(own[name] for name in common) for played, own in zip((whole, aware, unaware), rows, strict=True)
    ]
    figures = " | ".join(f"{one.auc:.4f} | {one.log_loss:.4f}" if one else " | " for one in found)
    yield f"| {silence.name} | {len(common):,} | {figures} |"
    for topic, hole in aware.backtest.feed.known():
        end = text_of_ms(hole.end) if hole.end else "the end"
        yield f"  {topic}: {text_of_ms(hole.start)} to {end}, {hole.missing:,.0f} events missing"


def main() -> None:
    """Print a table for decisions on the first of every month, and one for those at purchases."""
    lines = (dumps(event).encode() for event in SHOP.events())
    read = decode_history(lines, MoneySettings().rates, IntakeSettings().max_event_bytes)
    history = [one for one in read if isinstance(one, Interaction)]
    schedules: dict[str, Callable[[], DecisionSchedule]] = {
        "monthly": lambda: OnCalendar("month"),
        "at purchases": AtPurchases,
    }
    for name, schedule in schedules.items():
        whole = _play(history, schedule())
        sys.stdout.write(f"\n| {name} | answers | whole: AUC | log-loss | holes known | | not known | |\n")
        for silence in SILENCES:
            sys.stdout.writelines(f"{line}\n" for line in compared(history, whole, silence, schedule))
            sys.stdout.flush()


if __name__ == "__main__":
    main()
