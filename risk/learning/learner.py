"""River's estimators learn settled questions one at a time, and can be written down as plain data and read back."""

from collections.abc import Hashable, Sequence
from datetime import datetime
from math import log
from typing import Any, Final

import msgspec
import numpy as np

from customers.features import FEATURE_NAMES, FEATURE_SET, RECENCY
from risk.estimators.newton_state import head_of, state_of
from risk.estimators.online_newton import DRIFT
from risk.estimators.scaler import RunningScaler
from risk.learning.champion_challenger import CONTENDERS, ChampionChallenger
from risk.learning.champion_challenger_state import ChampionChallengerState
from risk.learning.outlook_learner import OutlookLearner
from risk.learning.recalibration import Recalibration
from risk.scoring.model import CLIP, ModelRefusedError, probability
from risk.scoring.outlook import Answer, Bounds
from risk.scoring.tiers import RevenueSketch
from schemas.model import Head, Model
from schemas.moments import DAY_MS, to_ms
from schemas.records import TrainingExample

BOUNDS: Final = Bounds()

_AVERAGED_AT_PURCHASES: Final = 500
"""Answers over which weights of purchases are averaged: they are fewer than the others."""

_BENT_FROM: Final = 100
_BENT_EVERY: Final = 3
"""The bend learns one in so many of the answers between purchases, but not the first ones."""

_FADING: Final = 0.999
"""Quality is a mean over about the last thousand answers."""

_SURE: Final = 1e-6


class Learner:
    """Learns examples in order; two learners given the same examples in order are equal to the last bit.

    Attributes:
        horizon_days: The horizon of the questions.
        examples: Answers learnt.
        log_loss: Mean log-loss of the risks that were given, exponentially fading.
        prior_log_loss: The same for always having given ``prior``.
        prior: Running share of those who left.
        contest: Who learns, and who answers.
        at_purchase: The same of customers who have just bought, see ``risk.scoring.model``.
        bend: Learns how what the first of both contests says is to be bent.
        outlook: Learns what those buy who buy.
    """

    def __init__(self, horizon_days: float, drift: float = DRIFT, bounds: Bounds = BOUNDS) -> None:
        """Begin with nothing learnt.

        Args:
            horizon_days: The horizon of the questions.
            drift: Variance that each weight, for standardised features, gains with an answer: how fast habits change.
            bounds: Where buying less and more than usual begin.
        """
        self.horizon_days = horizon_days
        self.examples = 0
        self.log_loss = 0.0
        self.prior_log_loss = 0.0
        self.prior = 0.5
        self.outlook = OutlookLearner(horizon_days, bounds)
        self._revenue = RevenueSketch()
        self._scaler = RunningScaler(CLIP)
        self._scaler.expect(FEATURE_NAMES)
        horizon_ms = round(horizon_days * DAY_MS)
        self.contest = ChampionChallenger(FEATURE_NAMES, horizon_ms, drift)
        self.at_purchase = ChampionChallenger(FEATURE_NAMES, horizon_ms, drift, _AVERAGED_AT_PURCHASES)
        self.bend = Recalibration()

    def learn(self, example: TrainingExample) -> None:
        """Learn one settled question, after noting how good the answer was that was given to it."""
        answer = Answer(example.purchases, example.amount, example.bought_after_days)
        self.learn_answer(example.features, example.left, example.risk, to_ms(example.asked_at), answer)

    def learn_answer(
        self, features: Sequence[float], left: bool, risk: float, asked_at: int, answer: Answer | None = None
    ) -> None:
        """Learn one answer, as River's pipeline would by ``learn_one``, without its dictionaries.

        What River's pipeline does not: between purchases, weights follow the scale (``risk.learning.reparameterize``).

        Args:
            features: Of the moment of the question.
            left: The answer.
            risk: The probability of leaving that was given at the question.
            asked_at: When that was, ms since 1970.
            answer: What was bought, from which the outlook is learnt; None where the risk alone is to be learnt.
        """
        self._note_quality(left, risk)
        self._revenue.add(features)
        values = np.array(features)
        contest = self.contest_of(features)
        contest.judge(values, left, asked_at)
        standardised = self._scaler.learn_and_transform_ordered(values)
        if contest is self.contest:
            if contest.carry.is_due:
                contest.carry.follow(self._scaler.means, self._scaler.variances)
            answers = contest.newton.examples
            if answers >= _BENT_FROM and answers % _BENT_EVERY == 0:
                self.bend.learn(contest.log_odds(standardised), left)
        contest.learn(standardised, left)
        if contest.keeps_now:
            contest.keep(self._scaler.means, self._scaler.variances)
        if answer is not None and not left:
            self.outlook.learn(features, standardised, answer)
        self.examples += 1

    def contest_of(self, features: Sequence[float]) -> ChampionChallenger:
        """Who learns the answer to a question with these features."""
        return self.at_purchase if features[RECENCY] == 0.0 else self.contest

    def predict(self, features: Sequence[float]) -> float:
        """Probability of leaving long after a purchase, as River's pipeline of scaler and champion says it, unbent."""
        standardised = np.array(list(self._scaler.transform_one(named(features)).values()))
        weights = self.contest.weights
        return float(probability(weights[0] + weights[1:] @ standardised))

    def publish(self, learnt_until: int, published_at: datetime) -> Model:
        """The model as it stands.

        Args:
            learnt_until: Offset after the last example learnt.
            published_at: Wall clock.
        """
        has_purchases = self.at_purchase.newton.examples > 0
        state = self.contest.newton.state
        intercept, *weights = self.contest.weights.tolist()
        return Model(
            version=f"{CONTENDERS[self.contest.champion]}-{self.examples}",
            published_at=published_at,
            feature_set=FEATURE_SET,
            feature_names=FEATURE_NAMES,
            horizon_days=self.horizon_days,
            examples=self.examples,
            learnt_until=learnt_until,
            intercept=intercept,
            weights=tuple(weights),
            latest_weights=state.latest_weights,
            covariance=state.covariance,
            means=tuple(self._scaler.means),
            variances=tuple(self._scaler.variances),
            log_loss=self.log_loss,
            prior_log_loss=self.prior_log_loss,
            prior=self.prior,
            outlook=self.outlook.publish(),
            revenue_counts=self._revenue.published(),
            contest=msgspec.msgpack.encode(self.contest.state),
            at_purchase=head_of(self.at_purchase.newton.state, self.at_purchase.weights) if has_purchases else None,
            contest_at_purchase=msgspec.msgpack.encode(self.at_purchase.state) if has_purchases else b"",
            bend=self.bend.state,
        )

    @classmethod
    def resume(cls, model: Model, drift: float = DRIFT, bounds: Bounds = BOUNDS) -> "Learner":
        """Go on from a published model, exactly as if it had never been put down.

        Raises:
            ModelRefusedError: Its parts do not fit each other.
        """
        learner = cls(model.horizon_days, drift, bounds)
        learner.examples = model.examples
        learner.log_loss = model.log_loss
        learner.prior_log_loss = model.prior_log_loss
        learner.prior = model.prior
        learner._revenue = RevenueSketch(model.revenue_counts)
        head = model.at_purchase
        examples = model.examples - (head.examples if head else 0)
        weights = (model.intercept, *model.weights)
        state = state_of(Head(examples, weights, model.latest_weights, model.covariance))
        try:
            learner._scaler.resume(model.examples, model.means, model.variances)
            learner.contest.resume(state, _decode(model.contest) if model.contest else None)
            if head is not None:
                learner.at_purchase.resume(state_of(head), _decode(model.contest_at_purchase))
            learner.outlook.resume(model.outlook)
            learner.bend.resume(model.bend)
        except (ValueError, msgspec.DecodeError) as error:
            raise ModelRefusedError(f"model {model.version} cannot be gone on from: {error}") from error
        return learner

    def _note_quality(self, left: bool, risk: float) -> None:
        loss = log_loss(left, risk)
        prior_loss = log_loss(left, self.prior)
        weight = max(1.0 - _FADING, 1.0 / (self.examples + 1))
        self.log_loss += weight * (loss - self.log_loss)
        self.prior_log_loss += weight * (prior_loss - self.prior_log_loss)
        self.prior += max(1.0 - _FADING, 1.0 / (self.examples + 2)) * (float(left) - self.prior)


_decode: Final = msgspec.msgpack.Decoder(ChampionChallengerState).decode


def named(features: Sequence[float]) -> dict[Hashable, Any]:
    """Features as River takes them."""
    return dict(zip(FEATURE_NAMES, features, strict=True))


def log_loss(left: bool, risk: float) -> float:
    """Surprise at an answer, in nats; bounded, since nobody may be quite sure."""
    given = risk if left else 1.0 - risk
    return -log(max(given, _SURE))
