"""``python -m bench.risk.rivals``: the model beside other methods, on each simulated business and the demo's shop.

As with ``stayline backtest --compare``, all are evaluated on the same decisions of the last third, and all but the
model and the rule are refitted at the start of each month to the decisions whose horizon had passed by then.
LightGBM takes part where the extra ``compare`` is installed.
"""

import sys
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from bench.risk.businesses import PLAYED
from bench.risk.planted_shop import SHOP, planted_in_shop
from bench.risk.play import backtest_of, history_of
from risk.evaluation.baselines import BaselineComparison, MethodQuality, compare
from risk.evaluation.decision_schedule import AtPurchases, DecisionSchedule, OnCalendar
from risk.evaluation.results import collect, last_third
from schemas.events.interaction import Interaction
from schemas.moments import DAY_MS

_SEED: Final = 1


class History(NamedTuple):
    """A history and how it is asked about.

    Attributes:
        name: Of the row.
        horizon_days: How far each question looks ahead.
        is_asked_weekly: Whether everyone is asked about weekly; monthly otherwise.
        interactions: Everything that happens, in time order.
    """

    name: str
    horizon_days: float
    is_asked_weekly: bool
    interactions: Sequence[Interaction]


def histories() -> Iterator[History]:
    """Those that anyone can play."""
    for one in PLAYED:
        yield History(one.name, one.horizon_days, one.is_asked_weekly, history_of(one, _SEED))
    shop = planted_in_shop(SHOP)
    yield History(shop.name, shop.horizon_days, is_asked_weekly=False, interactions=shop.interactions)


def compared(history: History, asked: DecisionSchedule) -> BaselineComparison | None:
    """Play a history, and judge the model and its rivals on the last third of its time.

    Args:
        history: What happens.
        asked: When.

    Returns:
        None where there is nothing to judge.
    """
    backtest = backtest_of(history.horizon_days)
    results = collect(backtest.run(history.interactions, asked), backtest.answer)
    since = last_third(backtest.first or 0, backtest.until, round(history.horizon_days * DAY_MS))
    return compare(results, backtest.purchases.times(), history.horizon_days, since, lambda _share: None)


def _schedule(points: str) -> DecisionSchedule:
    return AtPurchases() if points == "purchases" else OnCalendar("week" if points == "weekly" else "month")


def _tell(history: History, points: str, method: MethodQuality) -> None:
    one = method.quality
    sys.stdout.write(
        f"| {history.name}, H = {history.horizon_days:g} | {points} | {method.name} "
        f"| {one.auc:.4f} / {one.log_loss:.4f} / {one.calibration_error:.4f} |\n"
    )
    sys.stdout.flush()


def main() -> None:
    """Print the table: AUC / log-loss / calibration error."""
    sys.stdout.write("| history | asked | method | last third |\n" + "| --- " * 4 + "|\n")
    missing = ""
    for history in histories():
        for points in ("weekly" if history.is_asked_weekly else "monthly", "purchases"):
            comparison = compared(history, _schedule(points))
            if comparison is not None:
                missing = comparison.missing
                for method in comparison.methods:
                    _tell(history, points, method)
    sys.stderr.write(missing)


if __name__ == "__main__":
    main()
