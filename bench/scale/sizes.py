"""Populations of several sizes, one after the other."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Final

from bench.engines.comparison import learnt_model
from bench.kit.purchases import GeneratedPurchase, Load, purchases_of
from bench.result import Place, Result
from bench.scale.population import LIVES, Population, populate
from bench.scale.scenario import ScaleFigures, Work, run_scenario
from bench.scale.summary import summarise
from deploy.local.server import Progress
from risk.scoring.scorer import RiskScorer
from schemas.moments import SECOND_MS
from schemas.records.model import decode_model
from schemas.settings.risk import MoneySettings, RiskSettings, SegmentSettings

_SIZES: Final = (10_000, 100_000, 1_000_000)
_QUICK_SIZES: Final = (20_000,)
_PROBE: Final = 200
_LOAD: Final = 20_000
_QUICK_LOAD: Final = 10_000
_PAUSE_MS: Final = 60 * SECOND_MS
"""From the moment of the states to the first purchase."""

_PURCHASE_DAYS: Final = 0.01
"""All purchases lie in so short a time that hardly anything else falls due meanwhile."""


def measure(*, quick: bool, seed: int, tell: Progress) -> Result:
    """Measure one size of population after the other.

    Args:
        quick: One small population only.
        seed: Of everything that is generated.
        tell: Told what is being done.

    Raises:
        RuntimeError: A worker does not compare, score or review what it must.
        LocalServerError: The broker or a worker did not come up.
    """
    place = Place.here()
    model = learnt_model(seed)
    judge = RiskScorer(RiskSettings(), SegmentSettings(), MoneySettings().reporting_currency, gives_reasons=False)
    judge.load(decode_model(model))
    population: Population | None = None
    figures: list[ScaleFigures] = []
    sizes = _QUICK_SIZES if quick else _SIZES
    for customers in sizes:
        title = f"{customers:,} customers"
        tell(f"{title}: generating")
        work = _work(customers, _QUICK_LOAD if quick else _LOAD, seed)
        population = population or populate(LIVES, work.probes[0][0].stamp - _PAUSE_MS, judge, seed)
        told = partial(_tell_of, tell, title)
        reviewed = customers == sizes[-1]
        figures.append(
            run_scenario(replace(population, customers=customers), work, model, judge, told, reviewed=reviewed)
        )
    return summarise(figures, place)


def _tell_of(tell: Progress, title: str, doing: str) -> None:
    tell(f"{title}: {doing}")


def _work(customers: int, load: int, seed: int) -> Work:
    ends = (0, _PROBE, 2 * _PROBE, 2 * _PROBE + load, 2 * (_PROBE + load))
    purchases = list(purchases_of(Load(events=ends[-1], customers=customers, days=_PURCHASE_DAYS, seed=seed)))
    first, second, third, fourth = _cut(purchases, ends)
    return Work((first, second), (third, fourth))


def _cut(purchases: list[GeneratedPurchase], ends: tuple[int, ...]) -> Iterator[list[GeneratedPurchase]]:
    return (purchases[begin:end] for begin, end in pairwise(ends))
