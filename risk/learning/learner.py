"""The learner: learns answered questions one at a time, and can be stored as a model and resumed from it."""

from collections.abc import Hashable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import numpy as np

from customers.features.feature_names import FEATURE_NAMES, FEATURE_SET, RECENCY
from risk.estimators.fading_mean import FadingMean
from risk.estimators.log_loss import log_loss
from risk.estimators.newton_state import head_of, state_of
from risk.estimators.online_newton import DRIFT
from risk.estimators.scaler import RunningScaler
from risk.learning.champion_challenger import CONTENDERS, ChampionChallenger
from risk.learning.champion_challenger_state import ChampionChallengerState
from risk.learning.outlook_learner import OutlookLearner
from risk.learning.recalibration import Recalibration
from risk.scoring.model.risk_model import CLIP, ModelRefusedError, probability
from risk.scoring.outlook import Answer, Bounds
from risk.scoring.segments import RevenueSketch
from schemas.moments import DAY_MS, to_ms
from schemas.records.model import Head, Model
from schemas.records.training_example import TrainingExample

BOUNDS: Final = Bounds()

_AVERAGED_AT_PURCHASES: Final = 500
"""Answers over which weights at purchases are averaged: there are fewer of them."""

_CALIBRATED_FROM: Final = 100
_CALIBRATED_EVERY: Final = 3
"""The recalibration learns one in three of the answers between purchases, after the first hundred."""


class Learner:
    """Learns examples in order; two learners given the same examples in the same order are bit-equal.

    Attributes:
        horizon_days: Horizon of the questions, days.
        examples: Number of answers learnt.
        log_loss: Fading mean of the log loss of the risks that were given, nats.
        prior_log_loss: Fading mean of the log loss of always predicting ``prior``, nats.
        prior: Fading share of customers who left.
        between_purchases: Models of customers between purchases.
        at_purchase: Models of customers who have just bought; see ``risk.scoring.model.risk_model``.
        recalibration: Calibration map of the models between purchases.
        outlook: Models of what buyers buy, and when.
    """

    def __init__(self, horizon_days: float, drift: float = DRIFT, bounds: Bounds = BOUNDS) -> None:
        """Start with nothing learnt.

        Args:
            horizon_days: Horizon of the questions, days.
            drift: Variance that each weight of standardised features gains with an answer: how fast habits change.
            bounds: Bounds of buying less and more than usual.
        """
        self.horizon_days = horizon_days
        self.examples = 0
        self.log_loss = FadingMean()
        self.prior_log_loss = FadingMean()
        # The share before the first answer counts as one answer.
        self.prior = FadingMean(0.5, 1)
        self.outlook = OutlookLearner(horizon_days, bounds)
        self._revenue = RevenueSketch()
        self._scaler = RunningScaler(CLIP)
        self._scaler.register(FEATURE_NAMES)
        horizon_ms = round(horizon_days * DAY_MS)
        self.between_purchases = ChampionChallenger(FEATURE_NAMES, horizon_ms, drift)
        self.at_purchase = ChampionChallenger(FEATURE_NAMES, horizon_ms, drift, _AVERAGED_AT_PURCHASES)
        self.recalibration = Recalibration()

    def learn(self, example: TrainingExample) -> None:
        """Learn one answered question."""
        answer = Answer(example.purchases, example.amount, example.bought_after_days)
        self.learn_answer(example.features, example.left, example.risk, to_ms(example.asked_at), answer)

    def learn_answer(
        self, features: Sequence[float], left: bool, risk: float, asked_at: int, answer: Answer | None = None
    ) -> None:
        """Learn one answer, like River's pipeline by ``learn_one``, but without its dictionaries.

        Unlike River's pipeline, weights between purchases follow the scale (``risk.learning.reparameterize``).

        Args:
            features: Of the moment of the question, in the order of ``FEATURE_NAMES``.
            left: The answer.
            risk: Probability of leaving that was given at the question.
            asked_at: Time of the question, ms since 1970.
            answer: Purchases, from which the outlook is learnt; None to learn the risk alone.
        """
        self._add_to_quality(left, risk)
        self._revenue.add(features)
        values = np.array(features)
        models = self.models_for(features)
        models.evaluate(values, left, asked_at)
        standardised = self._scaler.learn_and_transform_ordered(values)
        if models is self.between_purchases:
            if models.reparameterizer.is_due:
                models.reparameterizer.apply(self._scaler.means, self._scaler.variances)
            answers = models.newton.examples
            if answers >= _CALIBRATED_FROM and answers % _CALIBRATED_EVERY == 0:
                self.recalibration.learn(models.log_odds(standardised), left)
        models.learn(standardised, left)
        if models.is_snapshot_due:
            models.take_snapshot(self._scaler.means, self._scaler.variances)
        if answer is not None and not left:
            self.outlook.learn(features, standardised, answer)
        self.examples += 1

    def models_for(self, features: Sequence[float]) -> ChampionChallenger:
        """Return the models that learn the answer to a question with these features."""
        return self.at_purchase if features[RECENCY] == 0.0 else self.between_purchases

    def predict(self, features: Sequence[float]) -> float:
        """Return the probability of leaving long after a purchase, without recalibration.

        It is what River's pipeline of scaler and champion predicts.
        """
        standardised = np.array(list(self._scaler.transform_one(named(features)).values()))
        weights = self.between_purchases.weights
        return float(probability(weights[0] + weights[1:] @ standardised))

    def publish(self, trained_offset: int, published_at: datetime) -> Model:
        """Return the model as it stands.

        Args:
            trained_offset: Offset on ``training_examples`` after the last example learnt.
            published_at: Wall clock.
        """
        has_purchases = self.at_purchase.newton.examples > 0
        state = self.between_purchases.newton.state
        intercept, *weights = self.between_purchases.weights.tolist()
        return Model(
            version=f"{CONTENDERS[self.between_purchases.champion]}-{self.examples}",
            published_at=published_at,
            feature_set=FEATURE_SET,
            feature_names=FEATURE_NAMES,
            horizon_days=self.horizon_days,
            examples=self.examples,
            learnt_until=trained_offset,
            intercept=intercept,
            weights=tuple(weights),
            latest_weights=state.latest_weights,
            covariance=state.covariance,
            means=tuple(self._scaler.means),
            variances=tuple(self._scaler.variances),
            log_loss=self.log_loss.mean,
            prior_log_loss=self.prior_log_loss.mean,
            prior=self.prior.mean,
            outlook=self.outlook.publish(),
            revenue_counts=self._revenue.published(),
            contest=msgspec.msgpack.encode(self.between_purchases.state),
            at_purchase=head_of(self.at_purchase.newton.state, self.at_purchase.weights) if has_purchases else None,
            contest_at_purchase=msgspec.msgpack.encode(self.at_purchase.state) if has_purchases else b"",
            bend=self.recalibration.state,
        )

    @classmethod
    def resume(cls, model: Model, drift: float = DRIFT, bounds: Bounds = BOUNDS) -> "Learner":
        """Continue from a published model; the result is bit-equal to never having stopped.

        Raises:
            ModelRefusedError: Its parts do not fit each other.
        """
        learner = cls(model.horizon_days, drift, bounds)
        learner.examples = model.examples
        learner.log_loss = FadingMean(model.log_loss, model.examples)
        learner.prior_log_loss = FadingMean(model.prior_log_loss, model.examples)
        learner.prior = FadingMean(model.prior, model.examples + 1)
        learner._revenue = RevenueSketch(model.revenue_counts)
        head = model.at_purchase
        examples = model.examples - (head.examples if head else 0)
        weights = (model.intercept, *model.weights)
        state = state_of(Head(examples, weights, model.latest_weights, model.covariance))
        try:
            learner._scaler.resume(model.examples, model.means, model.variances)
            learner.between_purchases.resume(state, _decode(model.contest) if model.contest else None)
            if head is not None:
                learner.at_purchase.resume(state_of(head), _decode(model.contest_at_purchase))
            learner.outlook.resume(model.outlook)
            learner.recalibration.resume(model.bend)
        except (ValueError, msgspec.DecodeError) as error:
            raise ModelRefusedError(f"model {model.version} cannot be gone on from: {error}") from error
        return learner

    def _add_to_quality(self, left: bool, risk: float) -> None:
        prior = self.prior.mean
        self.log_loss.add(log_loss(risk if left else 1.0 - risk))
        self.prior_log_loss.add(log_loss(prior if left else 1.0 - prior))
        self.prior.add(float(left))


_decode: Final = msgspec.msgpack.Decoder(ChampionChallengerState).decode


def named(features: Sequence[float]) -> dict[Hashable, Any]:
    """Return features by name, as River takes them."""
    return dict(zip(FEATURE_NAMES, features, strict=True))
