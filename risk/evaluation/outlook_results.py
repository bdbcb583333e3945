"""What a backtest said of the outlook, beside what came of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from risk.estimators.quantile_regression import LEVELS
from risk.evaluation.quality import Numbers, PredictionQuality, quality_of
from risk.scoring.outlook import KINDS, NOTHING

_SURE = 1e-6


@dataclass(frozen=True, slots=True)
class OutlookResults:
    """Decisions, one a row.

    Attributes:
        said: Probability of each of ``KINDS``, shape (n, kinds).
        by_frequency: How often each had come until then, shape (n, kinds).
        days: Quantiles of the days until the next purchase, if within the horizon; NaN where nobody said; shape
            (n, levels).
        kind: What came, an index into ``KINDS``, or negative where that is not known, shape (n,).
        bought_after_days: Days until the first purchase; NaN where there was none, shape (n,).
    """

    said: Numbers
    by_frequency: Numbers
    days: Numbers
    kind: NDArray[np.int8]
    bought_after_days: Numbers


@dataclass(frozen=True, slots=True)
class OutlookQuality:
    """What outlooks were worth.

    Attributes:
        count: How many were judged.
        log_loss: Mean surprise at what came, in nats, over the four kinds.
        log_loss_by_frequency: The same for saying how often each kind has come so far.
        kinds: Of each of ``KINDS``, what its probability was worth, with how often it came as the base rate.
        when: What was said of the next purchase; None where there was none to judge.
    """

    count: int
    log_loss: float
    log_loss_by_frequency: float
    kinds: tuple[PredictionQuality, ...]
    when: "NextPurchaseQuality | None"


@dataclass(frozen=True, slots=True)
class NextPurchaseQuality:
    """What was said of when, judged by those who bought within the horizon.

    Attributes:
        count: How many.
        covered: Share that had bought by each of ``LEVELS``' days; best as large as the level.
        days_wide: Mean width of the interval between the outer levels.
        pinball: Mean pinball loss over the levels, in days.
        pinball_by_frequency: The same for saying the same days of everyone, the best there are in hindsight.
    """

    count: int
    covered: tuple[float, ...]
    days_wide: float
    pinball: float
    pinball_by_frequency: float


def outlook_quality(results: OutlookResults, rows: NDArray[np.bool_]) -> OutlookQuality | None:
    """Judge outlooks.

    Args:
        results: Of a backtest.
        rows: Which to judge; all of them with a known answer; shape (n,).

    Returns:
        None where there are none.
    """
    if not rows.any():
        return None
    kind, said = results.kind[rows], results.said[rows]
    return OutlookQuality(
        count=len(kind),
        log_loss=_log_loss(said, kind),
        log_loss_by_frequency=_log_loss(results.by_frequency[rows], kind),
        kinds=tuple(quality_of(said[:, index], kind == index) for index in range(len(KINDS))),
        when=_when_quality(results, rows & (results.kind > NOTHING) & ~np.isnan(results.days[:, 0])),
    )


def _when_quality(results: OutlookResults, rows: NDArray[np.bool_]) -> NextPurchaseQuality | None:
    if not rows.any():
        return None
    said, came = results.days[rows], results.bought_after_days[rows]
    same = np.broadcast_to(np.quantile(came, LEVELS), said.shape)
    return NextPurchaseQuality(
        count=len(came),
        covered=tuple(np.mean(came[:, None] <= said, axis=0).tolist()),
        days_wide=float(np.mean(said[:, -1] - said[:, 0])),
        pinball=_pinball(said, came),
        pinball_by_frequency=_pinball(same, came),
    )


def _log_loss(said: Numbers, kind: NDArray[np.int8]) -> float:
    given = said[np.arange(len(kind)), kind]
    return float(-np.mean(np.log(np.maximum(given, _SURE))))


def _pinball(said: Numbers, came: Numbers) -> float:
    missed = came[:, None] - said
    levels = np.array(LEVELS)
    return float(np.mean(np.maximum(levels * missed, (levels - 1.0) * missed)))
