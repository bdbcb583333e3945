"""How good predictions were, judged by answers that were not known when they were made."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Numbers = NDArray[np.float64]

_SURE = 1e-6


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Predictions of about one size.

    Attributes:
        count: How many.
        predicted: Their mean.
        observed: Share of them that left.
    """

    count: int
    predicted: float
    observed: float


@dataclass(frozen=True, slots=True)
class PredictionQuality:
    """What a set of predictions was worth.

    Attributes:
        count: Answers.
        base_rate: Share that left.
        auc: Probability that one who left had been given the higher risk; 0.5 where all did the same.
        log_loss: Mean surprise in nats.
        prior_log_loss: The same for predicting the base rate, known only afterwards.
        brier: Mean squared error.
        calibration_error: Mean distance between predicted and observed over ten bins of equal size.
        bins: Those bins.
    """

    count: int
    base_rate: float
    auc: float
    log_loss: float
    prior_log_loss: float
    brier: float
    calibration_error: float
    bins: tuple[ReliabilityBin, ...]


def quality_of(risks: Sequence[float] | Numbers, left: Sequence[bool] | NDArray[np.bool_]) -> PredictionQuality:
    """Judge predictions.

    Args:
        risks: Probabilities of leaving, shape (n,), n at least 1.
        left: Whether each did, shape (n,).
    """
    predicted = np.clip(np.asarray(risks, dtype=np.float64), _SURE, 1.0 - _SURE)
    observed = np.asarray(left, dtype=np.float64)
    base_rate = float(observed.mean())
    bins = reliability(predicted, observed)
    error = sum(one.count * abs(one.predicted - one.observed) for one in bins) / len(predicted)
    return PredictionQuality(
        count=len(predicted),
        base_rate=base_rate,
        auc=_auc(predicted, observed),
        log_loss=_log_loss(predicted, observed),
        prior_log_loss=_log_loss(np.full_like(predicted, np.clip(base_rate, _SURE, 1.0 - _SURE)), observed),
        brier=float(np.mean((predicted - observed) ** 2)),
        calibration_error=error,
        bins=bins,
    )


def reliability(predicted: Numbers, observed: Numbers, bins: int = 10) -> tuple[ReliabilityBin, ...]:
    """Predicted against observed over bins of equal size, lowest first.

    Args:
        predicted: Probabilities, shape (n,).
        observed: Zeros and ones, shape (n,).
        bins: How many.
    """
    order = np.argsort(predicted, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return tuple(
        ReliabilityBin(len(part), float(predicted[part].mean()), float(observed[part].mean())) for part in parts
    )


def _auc(predicted: Numbers, observed: Numbers) -> float:
    """By ranks, ties counting half (Hanley and McNeil, Radiology 1982)."""
    positives = float(observed.sum())
    negatives = len(observed) - positives
    if positives == 0.0 or negatives == 0.0:
        return 0.5
    ranks = float(rankdata(predicted)[observed == 1.0].sum())
    return (ranks - positives * (positives + 1.0) / 2.0) / (positives * negatives)


def _log_loss(predicted: Numbers, observed: Numbers) -> float:
    return float(-np.mean(observed * np.log(predicted) + (1.0 - observed) * np.log1p(-predicted)))
