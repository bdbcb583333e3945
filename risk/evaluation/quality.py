"""Quality of predictions, measured by answers that were not known when they were made."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from risk.estimators.log_loss import LEAST_PROBABILITY, mean_log_loss

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Predictions of similar size.

    Attributes:
        count: Number of predictions.
        predicted: Their mean.
        observed: Share for which the event happened.
    """

    count: int
    predicted: float
    observed: float


@dataclass(frozen=True, slots=True)
class PredictionQuality:
    """Quality of a set of probabilities of an event, such as leaving.

    Attributes:
        count: Number of answers.
        base_rate: Share for which the event happened.
        auc: Area under the ROC curve: probability that the event got the higher prediction; 0.5 if all had one answer.
        log_loss: Mean log loss, nats.
        prior_log_loss: Mean log loss of always predicting the base rate, which is known only afterwards, nats.
        brier: Mean squared error (Brier score).
        calibration_error: Expected calibration error over ten bins of equal size.
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
    """Return the quality of predictions.

    Args:
        risks: Probabilities of the event, shape (n,), n at least 1.
        left: True where the event happened, shape (n,).
    """
    predicted = _bounded(np.asarray(risks, dtype=np.float64))
    observed = np.asarray(left, dtype=np.float64)
    base_rate = float(observed.mean())
    bins = reliability(predicted, observed)
    error = sum(one.count * abs(one.predicted - one.observed) for one in bins) / len(predicted)
    return PredictionQuality(
        count=len(predicted),
        base_rate=base_rate,
        auc=_auc(predicted, observed),
        log_loss=_log_loss(predicted, observed),
        prior_log_loss=_log_loss(np.full_like(predicted, _bounded(base_rate)), observed),
        brier=float(np.mean((predicted - observed) ** 2)),
        calibration_error=error,
        bins=bins,
    )


def reliability(predicted: Numbers, observed: Numbers, bins: int = 10) -> tuple[ReliabilityBin, ...]:
    """Return predicted against observed over bins of equal size (a reliability diagram), lowest first.

    Args:
        predicted: Probabilities, shape (n,).
        observed: Zeros and ones, shape (n,).
        bins: Number of bins.
    """
    order = np.argsort(predicted, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return tuple(
        ReliabilityBin(len(part), float(predicted[part].mean()), float(observed[part].mean())) for part in parts
    )


def _bounded(probabilities: Numbers | float) -> Numbers:
    bounded: Numbers = np.clip(probabilities, LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY)
    return bounded


def _auc(predicted: Numbers, observed: Numbers) -> float:
    """Return the AUC by ranks, ties counting half (Hanley and McNeil, Radiology 1982)."""
    positives = float(observed.sum())
    negatives = len(observed) - positives
    if positives == 0.0 or negatives == 0.0:
        return 0.5
    ranks = float(rankdata(predicted)[observed == 1.0].sum())
    return (ranks - positives * (positives + 1.0) / 2.0) / (positives * negatives)


def _log_loss(predicted: Numbers, observed: Numbers) -> float:
    return mean_log_loss(np.where(observed == 1.0, predicted, 1.0 - predicted))
