"""Models that the learner publishes: enough to predict with, and to continue learning from."""

from datetime import UTC, datetime
from typing import Final

import msgspec

from schemas.records.learnt_policy import LearntPolicy

RULE_VERSION: Final = "rule-1"
"""Model version of scores that were given before anything was learnt."""

_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Head(msgspec.Struct, frozen=True):
    """A further regression on the same standardised features.

    Attributes:
        examples: Number of answers learnt.
        weights: The intercept, then one weight per feature; averaged over the latest answers.
        latest_weights: The same before averaging, to continue learning from.
        covariance: Covariance of the latest weights, in the form of the model's ``covariance``.
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
    """Regressions for three quantiles of the days until the next purchase, with a shared covariance.

    Attributes:
        examples: Number of answers learnt.
        weights: Weights of each quantile, the lowest first.
        latest_weights: The same before averaging.
        covariance: Shared covariance.
        spread: Mean distance from the median, in log days.
    """

    examples: int
    weights: tuple[tuple[float, ...], ...]
    latest_weights: tuple[tuple[float, ...], ...]
    covariance: bytes
    spread: float


class OutlookModel(msgspec.Struct, frozen=True, kw_only=True):
    """Models of what buyers buy, and when.

    Attributes:
        less_than: Spending below this share of the usual is less than usual.
        more_than: Spending above this multiple of the usual is more than usual.
        buyers: Number of examples of buyers.
        shares: Fading shares of buyers of less than usual, as usual, more than usual.
        kept: Fading mean of the spending of buyers of less, as a share of their usual spending.
        less: Regression: a buyer buys less than usual.
        more: Regression: a buyer who does not buy less buys more than usual.
        when: Regressions of the days until the next purchase.
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
    """A published model, on ``model_epochs``: plain data, enough to predict with and to continue learning from.

    Attributes:
        version: Version of the model: name of the champion and number of examples.
        published_at: Time of publication, wall clock, UTC.
        feature_set: Hash of the list of features; a worker with another list refuses the model.
        feature_names: List of features.
        horizon_days: Horizon of the question, days.
        examples: Number of examples learnt.
        learnt_until: Offset on ``training_examples`` from which a learner that continues from this model reads.
        intercept: Log-odds of leaving of the average customer.
        weights: One weight per standardised feature; averaged over the latest answers.
        latest_weights: The intercept and the weights of the first model before averaging, to continue learning from.
        covariance: Covariance of the latest weights: its lower triangle, row by row, as little-endian float64; base64
            in JSON.
        means: Running mean of each feature.
        variances: Running variance of each feature.
        log_loss: Fading mean of the log loss of predictions made before their answers were known, nats.
        prior_log_loss: Fading mean of the log loss of predicting ``prior``, nats.
        prior: Fading share of customers who left.
        outlook: Models of what buyers buy, and when; null in models from before there was an outlook.
        revenue_counts: Sketch of what customers are worth in a year, from which value tiers follow: customers counted
            by bin on a logarithmic scale.
        contest: State of champion and challengers, to continue learning from; empty if there are none.
        at_purchase: Regression for customers who have just bought; null in models from before it was learnt separately.
            If it is there, ``intercept``, ``weights`` and ``covariance`` are of all other customers.
        contest_at_purchase: State of the champion and the challengers of ``at_purchase``.
        bend: Calibration map of the log-odds by ``intercept`` and ``weights``; null in models from before it was
            learnt.
        border: Instant before which every learnt answer was settled, UTC: the model has learnt all of these and no
            other. It is the record's key, in ms since 1970.
        first_border: First border of which this is the model, UTC: from it to ``border`` no answer was settled.
        policy: What was learnt from decisions and their outcomes before the border; null before anything is.
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
    border: datetime = _NEVER
    first_border: datetime = _NEVER
    policy: LearntPolicy | None = None


decode_model: Final = msgspec.json.Decoder(Model).decode
