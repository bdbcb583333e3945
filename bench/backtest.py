"""Speed of backtests: histories played through in one process."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from bench.kit.purchases import Load, purchases_of
from bench.result import Bar, Place, Result, ResultTable, quantity
from deploy.demo.play.cdnow import cdnow_events
from deploy.local.server import Progress
from risk.evaluation.backtest import Backtest
from risk.evaluation.decision_schedule import DecisionSchedule, OnCalendar
from risk.evaluation.quality import PredictionQuality
from risk.evaluation.results import collect
from runtime.service.garbage_collection import collect_rarely
from schemas.events.decode import decode
from schemas.events.interaction import Interaction, Origin, decode_interaction
from schemas.settings.processes import IntakeSettings, LearnerSettings
from schemas.settings.risk import MoneySettings, RiskSettings, SegmentSettings

_HORIZON_DAYS: Final = 90
_DAY_LOAD: Final = (30_000, 10_000)
_DAY_RUNS: Final = 5
_LAST_PART: Final = 3


@dataclass(frozen=True, slots=True)
class _Played:
    """Figures of one history.

    Attributes:
        name: Of the row.
        events: In it.
        answers: Questions answered and learnt from.
        seconds: Taken.
        quality: Of the last third's risks; None where none was asked for.
    """

    name: str
    events: int
    answers: int
    seconds: float
    quality: PredictionQuality | None


def measure(*, quick: bool, seed: int, tell: Progress) -> Result:
    """Play a day of purchases and the CDNOW log through.

    Args:
        quick: A tenth of the customers.
        seed: Of the day's purchases.
        tell: Told what is being done.
    """
    place, part = Place.here(), 10 if quick else 1
    events, customers = (number // part for number in _DAY_LOAD)
    day = [decode_interaction(one.line) for one in purchases_of(Load(events, customers, 1.0, seed))]
    tell("a day's purchases")
    days = [_play("a day's purchases, folded and scored", day, 3, DecisionSchedule()) for _ in range(_DAY_RUNS)]
    days.sort(key=lambda one: one.seconds)
    tell("CDNOW, reviews every day")
    daily = _play("CDNOW, reviews every day", list(_cdnow(part)), _HORIZON_DAYS, OnCalendar("month"))
    return _result(place, days[_DAY_RUNS // 2], daily)


def _play(name: str, history: Sequence[Interaction], reviews: int, schedule: DecisionSchedule) -> _Played:
    risk = RiskSettings(horizon_days=_HORIZON_DAYS, reviews_per_horizon=reviews)
    backtest = Backtest(risk, LearnerSettings(), SegmentSettings(), MoneySettings())
    collect_rarely()
    began = time.perf_counter()
    results = collect(backtest.run(history, schedule), backtest.answer)
    seconds = time.perf_counter() - began
    first = backtest.first or 0
    quality = results.quality(results.since(backtest.until - (backtest.until - first) // _LAST_PART))
    return _Played(name, len(history), backtest.learner.examples, seconds, quality)


def _cdnow(part: int) -> Iterator[Interaction]:
    rates, max_bytes = MoneySettings().rates, IntakeSettings().max_event_bytes
    for number, event in enumerate(cdnow_events()):
        if int(str(event["customer_id"])) % part == 0:
            stamped = datetime.fromisoformat(str(event["occurred_at"]))
            raw = msgspec.json.encode({name: value for name, value in event.items() if name != "type"})
            line = decode(raw, Origin("purchases", 0, number, stamped), rates, max_bytes)
            if isinstance(line, Interaction):
                yield line


def _result(place: Place, day: _Played, daily: _Played) -> Result:
    return Result(
        name="backtest",
        title="Backtest",
        command="make bench ARGS=backtest",
        how="`Backtest`, as `stayline backtest` runs it, in one process: first a day's purchases without reviews or "
        f"learning, the median of {_DAY_RUNS} runs; then the whole CDNOW log (69,659 purchases of 23,570 customers in "
        f"545 days) once, with a horizon of {_HORIZON_DAYS} days, a review of every customer each day, and every "
        "customer's risk on the first of every month. About three reviews in a horizon ask a question; the others are "
        "skipped, because their results are not used.",
        place=place,
        tables=[
            ResultTable(
                ["history", "events", "answers learnt", "seconds", "events/s", "AUC", "log-loss", "calibration error"],
                [_row(one) for one in (day, daily)],
            )
        ],
        bars=[
            Bar.at_least("backtest, events/s", 25_000, day.events / day.seconds),
            Bar.at_most("backtest of CDNOW with daily reviews", 60, daily.seconds, "s"),
        ],
    )


def _row(one: _Played) -> list[str]:
    quality = one.quality
    said = (
        [f"{quality.auc:.4f}", f"{quality.log_loss:.4f}", f"{quality.calibration_error:.4f}"] if quality else [""] * 3
    )
    numbers = [f"{one.events:,}", f"{one.answers:,}", quantity(one.seconds), quantity(one.events / one.seconds)]
    return [one.name, *numbers, *said]
