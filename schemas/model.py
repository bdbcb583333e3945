"""What the learner writes: models, whole enough to answer with and to go on learning from."""

from datetime import datetime
from typing import Final

import msgspec


class Head(msgspec.Struct, frozen=True):
    """One more regression beside that of the risk, on the same standardised features.

    Attributes:
        examples: How many answers it has learnt.
        weights: The intercept, then one a feature; averaged over the latest answers.
        latest_weights: The same before averaging, to go on learning from.
        covariance: How sure they are, as in :class:`Model`.
    """

    examples: int
    weights: tuple[float, ...]
    latest_weights: tuple[float, ...]
    covariance: bytes


class Bend(msgspec.Struct, frozen=True):
    """Calibration map: a piecewise linear correction of the log-odds that the weights give.

    Attributes:
        offsets: Log-odds to add at each knot, less the straight line that fits these offsets best.
        information: Fisher information at each knot of the answers that this was learnt from.
    """

    offsets: tuple[float, ...]
    information: tuple[float, ...]


class QuantileHeads(msgspec.Struct, frozen=True):
    """Regressions for three quantiles of the days until the next purchase, as ``Head`` but for the one covariance.

    Attributes:
        examples: How many answers they have learnt.
        weights: Of each quantile, the lowest first.
        latest_weights: The same before averaging.
        covariance: Shared by them.
        spread: Mean distance from the median, in log days.
    """

    examples: int
    weights: tuple[tuple[float, ...], ...]
    latest_weights: tuple[tuple[float, ...], ...]
    covariance: bytes
    spread: float


class OutlookModel(msgspec.Struct, frozen=True, kw_only=True):
    """What was learnt from those who bought.

    Attributes:
        less_than: Buying for less than this part of the usual is less than usual.
        more_than: Buying for more than this multiple of the usual is more than usual.
        buyers: How many examples have bought.
        shares: Fading shares of them that bought for less than usual, as usual, more than usual.
        kept: Fading mean of what those who bought for less bought for, as a part of their usual.
        less: Whether a buyer buys for less than usual.
        more: Whether a buyer who does not buy for less buys for more than usual.
        when: Days until the next purchase.
    """

    less_than: float
    more_than: float
    buyers: int
    shares: tuple[float, ...]
    kept: float
    less: Head
    more: Head
    when: QuantileHeads


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A published model, on ``models``: plain data, enough to answer with and to go on learning from.

    Attributes:
        version: Name of this state of the model.
        published_at: When, wall clock, UTC.
        feature_set: Name of the list of features it was learnt on; a worker with another one refuses it.
        feature_names: That list.
        horizon_days: The horizon of the question it answers.
        examples: How many examples it has learnt.
        learnt_until: Offset on ``training_examples`` after the last one learnt.
        intercept: Log-odds at the average customer.
        weights: One a feature, for standardised features; averaged over the latest answers.
        latest_weights: The intercept and the weights of the first model of the contest before averaging, to go on from.
        covariance: How sure they are: the lower triangle of their covariance, row after row, as little-endian float64;
            base64 in JSON.
        means: Running mean of each feature.
        variances: Running variance of each feature.
        log_loss: Mean log-loss of the predictions made before each answer was known, exponentially fading.
        prior_log_loss: The same for predicting the running average.
        prior: Running share of customers who left.
        outlook: What was learnt of those who bought; None in models of before there was an outlook.
        revenue_counts: Sketch of what customers are worth in a year, from which value tiers follow: customers counted
            by bin on a logarithmic scale.
        contest: How the challengers stand that learn the same answers, to go on from; empty where there are none.
        at_purchase: What was learnt at purchases, of those who have just bought; None in models of before it was learnt
            apart. ``intercept``, ``weights`` and ``covariance`` are then of everybody else.
        contest_at_purchase: As ``contest``, of ``at_purchase``.
        bend: How what ``intercept`` and ``weights`` say is bent; None in models of before it was, which then is not.
    """

    version: str
    published_at: datetime
    feature_set: str
    feature_names: tuple[str, ...]
    horizon_days: float
    examples: int
    learnt_until: int
    intercept: float
    weights: tuple[float, ...]
    latest_weights: tuple[float, ...]
    covariance: bytes
    means: tuple[float, ...]
    variances: tuple[float, ...]
    log_loss: float
    prior_log_loss: float
    prior: float
    outlook: OutlookModel | None = None
    revenue_counts: tuple[int, ...] = ()
    contest: bytes = b""
    at_purchase: Head | None = None
    contest_at_purchase: bytes = b""
    bend: Bend | None = None


decode_model: Final = msgspec.json.Decoder(Model).decode
