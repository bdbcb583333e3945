"""Outlooks of a backtest beside what was observed, and their quality."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from risk.estimators.log_loss import mean_log_loss
from risk.estimators.quantile_regression import LEVELS
from risk.evaluation.quality import Numbers, PredictionQuality, quality_of
from risk.scoring.outlook import KINDS, NOTHING


@dataclass(frozen=True, slots=True)
class OutlookResults:
    """Outlooks and observations of decisions, one row each.

    Attributes:
        predicted: Probability of each of ``KINDS``, shape (n, kinds).
        by_frequency: Frequency of each kind until then, shape (n, kinds).
        days: Quantiles of the days until the next purchase within the horizon, shape (n, levels); NaN if not predicted.
        kind: Observed kind, an index into ``KINDS``; negative if unknown, shape (n,).
        bought_after_days: Days until the first purchase; NaN if there was none, shape (n,).
    """

    predicted: Numbers
    by_frequency: Numbers
    days: Numbers
    kind: NDArray[np.int8]
    bought_after_days: Numbers


@dataclass(frozen=True, slots=True)
class OutlookQuality:
    """Quality of outlooks.

    Attributes:
        count: Number of outlooks evaluated.
        log_loss: Mean log loss over the four kinds, nats.
        log_loss_by_frequency: Mean log loss of predicting the frequency of each kind so far, nats.
        kinds: Quality of the probability of each of ``KINDS``.
        when: Quality of the predicted next purchases; None if there were none.
    """

    count: int
    log_loss: float
    log_loss_by_frequency: float
    kinds: tuple[PredictionQuality, ...]
    when: "NextPurchaseQuality | None"


@dataclass(frozen=True, slots=True)
class NextPurchaseQuality:
    """Quality of the predicted time of the next purchase, among customers who bought within the horizon.

    Attributes:
        count: Number of these customers.
        covered: Share that had bought by the quantile of each of ``LEVELS``; ideally the level itself.
        days_wide: Mean width of the interval between the outer levels, days.
        pinball: Mean pinball loss over the levels, days.
        pinball_by_frequency: Mean pinball loss of the best constant quantiles, known only afterwards, days.
    """

    count: int
    covered: tuple[float, ...]
    days_wide: float
    pinball: float
    pinball_by_frequency: float


def outlook_quality(results: OutlookResults, rows: NDArray[np.bool_]) -> OutlookQuality | None:
    """Return the quality of outlooks; None if there are none.

    Args:
        results: Of a backtest.
        rows: True for the rows to evaluate, all with a known answer, shape (n,).
    """
    if not rows.any():
        return None
    kind, predicted = results.kind[rows], results.predicted[rows]
    return OutlookQuality(
        count=len(kind),
        log_loss=_log_loss(predicted, kind),
        log_loss_by_frequency=_log_loss(results.by_frequency[rows], kind),
        kinds=tuple(quality_of(predicted[:, index], kind == index) for index in range(len(KINDS))),
        when=_when_quality(results, rows & (results.kind > NOTHING) & ~np.isnan(results.days[:, 0])),
    )


def _when_quality(results: OutlookResults, rows: NDArray[np.bool_]) -> NextPurchaseQuality | None:
    if not rows.any():
        return None
    predicted, observed = results.days[rows], results.bought_after_days[rows]
    same = np.broadcast_to(np.quantile(observed, LEVELS), predicted.shape)
    return NextPurchaseQuality(
        count=len(observed),
        covered=tuple(np.mean(observed[:, None] <= predicted, axis=0).tolist()),
        days_wide=float(np.mean(predicted[:, -1] - predicted[:, 0])),
        pinball=_pinball(predicted, observed),
        pinball_by_frequency=_pinball(same, observed),
    )


def _log_loss(predicted: Numbers, kind: NDArray[np.int8]) -> float:
    return mean_log_loss(predicted[np.arange(len(kind)), kind])


def _pinball(predicted: Numbers, observed: Numbers) -> float:
    error = observed[:, None] - predicted
    levels = np.array(LEVELS)
    return float(np.mean(np.maximum(levels * error, (levels - 1.0) * error)))
