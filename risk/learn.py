"""A River pipeline learns settled questions one at a time, and can be written down as plain data and read back."""

from collections.abc import Hashable, Sequence
from datetime import datetime
from math import log
from typing import Any, Final

from river import base, compose, linear_model, optim, preprocessing

from customers.features import FEATURE_NAMES, FEATURE_SET
from risk.model import CLIP
from schemas.records import Model, TrainingExample

_INTERCEPT: Final = "intercept"
_FADING: Final = 0.999
"""Quality is a mean over about the last thousand answers."""

_SURE: Final = 1e-6

_AVERAGED: Final = 10_000
"""Answers are given with weights averaged over about so many answers,"""

_AVERAGED_PART: Final = 20
"""but at first over no more than this part of those learnt, so that the beginning is soon forgotten."""


class ClipAndIntercept(base.Transformer):
    """Bounds standardised features and adds a constant one, so that the intercept learns as the weights do."""

    def __init__(self, bound: float = CLIP) -> None:
        self.bound = bound

    def transform_one(self, x: dict[Hashable, Any]) -> dict[Hashable, Any]:
        """Bound each feature to ± ``bound``."""
        bound = self.bound
        clipped = {
            name: value if -bound <= value <= bound else max(-bound, min(bound, value)) for name, value in x.items()
        }
        clipped[_INTERCEPT] = 1.0
        return clipped


class QuickScaler(preprocessing.StandardScaler):
    """River's scaler to the last bit; every example has every feature, so one count does for all of them.

    Attributes:
        seen: Examples learnt.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0

    def learn_one(self, x: dict[Hashable, Any]) -> None:
        """Update means and variances."""
        self.seen = seen = self.seen + 1
        means, variances = self.means, self.vars
        for name, value in x.items():
            before, variance = means[name], variances[name]
            means[name] = after = before + (value - before) / seen
            variances[name] = variance + ((value - before) * (value - after) - variance) / seen


class QuickAdaGrad(optim.AdaGrad):
    """River's AdaGrad to the last bit; asks for the learning rate once a step, not once a feature."""

    def _step_with_dict(self, w: Any, g: Any) -> Any:  # noqa: ANN401 - River's own vectors
        rate, eps, squares = self.learning_rate, self.eps, self.g2
        for name, slope in g.items():
            squares[name] = total = squares[name] + slope**2
            w[name] -= rate / (total + eps) ** 0.5 * slope
        return w


class Learner:
    """Learns examples in order; two learners given the same examples in order are equal to the last bit.

    The optimiser is AdaGrad (Duchi, Hazan and Singer, JMLR 2011), whose steps shrink a feature at a time. The latest
    weights follow the latest answers too closely; what is published is their fading average, after Polyak and Juditsky,
    "Acceleration of Stochastic Approximation by Averaging" (SIAM J. Control and Optimization 1992).
    """

    def __init__(self, horizon_days: float, learning_rate: float = 0.2) -> None:
        """Begin with nothing learnt.

        Args:
            horizon_days: The horizon of the questions.
            learning_rate: AdaGrad's first step.
        """
        self.horizon_days = horizon_days
        self.examples = 0
        self.log_loss = 0.0
        self.prior_log_loss = 0.0
        self.prior = 0.5
        self._scaler = QuickScaler()
        self._optimizer = QuickAdaGrad(learning_rate)
        self._logistic = linear_model.LogisticRegression(optimizer=self._optimizer, l2=0.0, intercept_lr=0.0)
        self._pipeline = compose.Pipeline(self._scaler, ClipAndIntercept(), self._logistic)
        self._averaged = linear_model.LogisticRegression(intercept_lr=0.0)
        self._answers = compose.Pipeline(self._scaler, ClipAndIntercept(), self._averaged)

    def learn(self, example: TrainingExample) -> None:
        """Learn one settled question, after noting how good the answer was that was given to it."""
        self.learn_answer(example.features, example.left, example.risk)

    def learn_answer(self, features: Sequence[float], left: bool, risk: float) -> None:
        """Learn one answer.

        Args:
            features: Of the moment of the question.
            left: The answer.
            risk: The probability of leaving that was given at the question.
        """
        self._note_quality(left, risk)
        self._pipeline.learn_one(named(features), left)
        self.examples += 1
        self._average()

    def predict(self, features: Sequence[float]) -> float:
        """Probability of leaving, as River's pipeline gives it with the averaged weights."""
        return float(self._answers.predict_proba_one(named(features)).get(True, 0.5))

    def publish(self, learnt_until: int, published_at: datetime) -> Model:
        """The model as it stands.

        Args:
            learnt_until: Offset after the last example learnt.
            published_at: Wall clock.
        """
        weights, latest = self._averaged.weights, self._logistic.weights
        squares = self._optimizer.g2
        return Model(
            version=f"logistic-{self.examples}",
            published_at=published_at,
            feature_set=FEATURE_SET,
            feature_names=FEATURE_NAMES,
            horizon_days=self.horizon_days,
            examples=self.examples,
            learnt_until=learnt_until,
            intercept=weights.get(_INTERCEPT, 0.0),
            weights=tuple(weights.get(name, 0.0) for name in FEATURE_NAMES),
            latest_weights=tuple(latest.get(name, 0.0) for name in (*FEATURE_NAMES, _INTERCEPT)),
            means=tuple(self._scaler.means.get(name, 0.0) for name in FEATURE_NAMES),
            variances=tuple(self._scaler.vars.get(name, 0.0) for name in FEATURE_NAMES),
            step_sizes=tuple(squares.get(name, 0.0) for name in (*FEATURE_NAMES, _INTERCEPT)),
            log_loss=self.log_loss,
            prior_log_loss=self.prior_log_loss,
            prior=self.prior,
        )

    @classmethod
    def resume(cls, model: Model, learning_rate: float = 0.2) -> "Learner":
        """Go on from a published model, exactly as if it had never been put down."""
        learner = cls(model.horizon_days, learning_rate)
        learner.examples = model.examples
        learner.log_loss = model.log_loss
        learner.prior_log_loss = model.prior_log_loss
        learner.prior = model.prior
        if model.examples:
            names = (*FEATURE_NAMES, _INTERCEPT)
            learner._scaler.seen = model.examples
            learner._scaler.means.update(zip(FEATURE_NAMES, model.means, strict=True))
            learner._scaler.vars.update(zip(FEATURE_NAMES, model.variances, strict=True))
            learner._optimizer.g2.update(zip(names, model.step_sizes, strict=True))
            _set_weights(learner._logistic, names, model.latest_weights)
            _set_weights(learner._averaged, names, (*model.weights, model.intercept))
        return learner

    def _average(self) -> None:
        share = max(1.0 / _AVERAGED, min(_AVERAGED_PART / self.examples, 1.0))
        averaged: Any = self._averaged._weights  # noqa: SLF001 - River offers no other way in
        averaged *= 1.0 - share
        averaged.iadd_scaled(self._logistic._weights, share)  # noqa: SLF001

    def _note_quality(self, left: bool, risk: float) -> None:
        loss = log_loss(left, risk)
        prior_loss = log_loss(left, self.prior)
        weight = max(1.0 - _FADING, 1.0 / (self.examples + 1))
        self.log_loss += weight * (loss - self.log_loss)
        self.prior_log_loss += weight * (prior_loss - self.prior_log_loss)
        self.prior += max(1.0 - _FADING, 1.0 / (self.examples + 2)) * (float(left) - self.prior)


def _set_weights(logistic: linear_model.LogisticRegression, names: Sequence[str], weights: Sequence[float]) -> None:
    for name, weight in zip(names, weights, strict=True):
        logistic._weights[name] = weight  # noqa: SLF001 - River offers no other way in


def named(features: Sequence[float]) -> dict[Hashable, Any]:
    """Features as River takes them."""
    return dict(zip(FEATURE_NAMES, features, strict=True))


def log_loss(left: bool, risk: float) -> float:
    """Surprise at an answer, in nats; bounded, since nobody may be quite sure."""
    given = risk if left else 1.0 - risk
    return -log(max(given, _SURE))
