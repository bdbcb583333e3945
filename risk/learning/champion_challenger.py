"""Champion and challengers: all learn the same answers, and the best predictor of late takes over."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from risk.estimators.ada_grad import AdaGrad
from risk.estimators.blas import dot_after_first
from risk.estimators.feature_index import Vector
from risk.estimators.log_loss import log_loss_of_log_odds
from risk.estimators.newton_state import NewtonState
from risk.estimators.online_newton import OnlineNewton
from risk.learning.champion_challenger_state import ChampionChallengerState, ChampionChange, packed, unpacked
from risk.learning.delayed_evaluation import DelayedEvaluation, WeightSnapshot
from risk.learning.drift import DriftDetector
from risk.learning.loss_comparison import LossComparison
from risk.learning.reparameterize import Reparameterizer

CONTENDERS: Final = ("newton", "newton-quick", "adagrad")
"""Names of the models; the first is the champion at the start."""

_PRIOR_VARIANCES: Final = (0.1, 0.5)
"""Of weights, at first and once the answers span half a horizon: the first ones come from a short time, often from
young customers alone, so that apparent effects may be chance, however many answers there are."""

_AVERAGED: Final = 10_000

_QUICK_DRIFT: Final = 5e-6
_QUICK_AVERAGED: Final = 2_000
"""The quick one forgets twenty-five times as fast, for businesses that change."""

_EVALUATED_EVERY: Final = 3
"""One in three answers is evaluated, which saves a third of the time."""

_INFLATION: Final = 0.02
"""Share of its prior covariance that the quick one gets back upon drift. The first one does not change: a false alarm
must cost nothing, and after a true one the quick one takes over."""


class ChampionChallenger:
    """Lets models learn the same answers, and compares their predictions as of each question.

    Attributes:
        newton: The first model, which drifts slowly.
        quick: The same kind of model, which forgets fast.
        ada_grad: The cheapest model.
        champion: Index into ``CONTENDERS`` of the model that predicts.
        changes: Number of changes of the champion.
        change: Latest change in this process; None before one.
        comparison: Compares the losses of the models.
        drift: Drift detector of the champion's predictions.
        reparameterizer: Changes the weights of the first two to another scale; called by the learner.
    """

    def __init__(self, features: Sequence[str], horizon_ms: int, drift: float, averaged: int = _AVERAGED) -> None:
        """Start with nothing learnt.

        Args:
            features: Names, in order.
            horizon_ms: Horizon of the questions, ms.
            drift: Drift of the first model; see ``OnlineNewton``.
            averaged: Number of answers over which the weights of the first model are averaged.
        """
        first = _PRIOR_VARIANCES[0]
        self.newton = OnlineNewton(first, drift, averaged)
        self.quick = OnlineNewton(first, max(drift, _QUICK_DRIFT), _QUICK_AVERAGED)
        self._first_asked: int | None = None
        self.ada_grad = AdaGrad(len(features))
        self.newton.register(features)
        self.quick.register(features)
        self.reparameterizer = Reparameterizer((self.newton, self.quick))
        self.champion = 0
        self.changes = 0
        self.change: ChampionChange | None = None
        self.comparison = LossComparison(len(CONTENDERS), horizon_ms)
        self.drift = DriftDetector()
        self._features = tuple(features)
        self._horizon_ms = horizon_ms
        self._clock = 0
        self._delayed = DelayedEvaluation(horizon_ms)

    @property
    def weights(self) -> Vector:
        """Weights of the champion for standardised features, its intercept first, shape (features + 1,)."""
        return (self.newton, self.quick, self.ada_grad)[self.champion].weights

    def log_odds(self, standardised: Vector) -> float:
        """Return the champion's log-odds of leaving.

        Args:
            standardised: Features, shape (features,).
        """
        weights = self.weights
        return float(weights[0]) + dot_after_first(weights, standardised)

    def evaluate(self, features: Vector, left: bool, asked_at: int) -> None:
        """Compare each model's prediction as of the question with the answer; to be called before ``learn``.

        Args:
            features: Of the question, not standardised, shape (features,).
            left: The answer.
            asked_at: Time of the question, ms since 1970.
        """
        self._clock = max(self._clock, asked_at + self._horizon_ms)
        self._widen_prior_in_time(asked_at)
        if self.newton.examples % _EVALUATED_EVERY:
            return
        predicted = self._delayed.predict_as_of(features, asked_at, self.newton.examples)
        if predicted is None:
            return
        log_odds, distance = predicted
        losses = [log_loss_of_log_odds(odds, left) for odds in log_odds]
        challenger = self.comparison.update(losses, self.champion, asked_at)
        if challenger is not None:
            self._promote(challenger)
        if self.drift.update(log_odds[self.champion], left, distance, asked_at, self._clock):
            self.quick.inflate_covariance(_INFLATION)

    def learn(self, standardised: Vector, left: bool) -> None:
        """Let all models learn one answer.

        Args:
            standardised: Features, shape (features,).
            left: The answer.
        """
        self.newton.learn_ordered(standardised, left)
        self.quick.learn_ordered(standardised, left)
        self.ada_grad.learn_ordered(standardised, left)

    def take_snapshot(self, means: Sequence[float], variances: Sequence[float]) -> None:
        """Keep the weights of now, for later evaluation.

        Args:
            means: Of the features, shape (features,).
            variances: Of the features, shape (features,).
        """
        weights = [self.newton.weights, self.quick.weights, self.ada_grad.weights]
        self._delayed.take_snapshot(self._clock, self.newton.examples, np.array(means), np.array(variances), weights)

    @property
    def is_snapshot_due(self) -> bool:
        """True if it is time for ``take_snapshot``."""
        return self._delayed.is_due(self._clock)

    def _widen_prior_in_time(self, asked_at: int) -> None:
        wide = _PRIOR_VARIANCES[1]
        if self._first_asked is None:
            self._first_asked = asked_at
        if self.newton.prior_variance < wide and 2 * (asked_at - self._first_asked) >= self._horizon_ms:
            self.newton.widen_prior(wide)
            self.quick.widen_prior(wide)
            self.reparameterizer.start()

    def _promote(self, challenger: int) -> None:
        old, losses = self.champion, self.comparison.losses
        self.change = ChampionChange(
            CONTENDERS[challenger], CONTENDERS[old], losses[challenger], losses[old], self.comparison.evaluated
        )
        self.champion = challenger
        self.changes += 1
        self.comparison.restart()

    @property
    def state(self) -> ChampionChallengerState:
        """Everything but the first model's own state, as plain data."""
        quick, comparison = self.quick.state, self.comparison
        return ChampionChallengerState(
            self._clock,
            self.champion,
            comparison.evaluated,
            comparison.changed_at,
            comparison.since,
            self.changes,
            packed(np.array(comparison.losses)),
            packed(np.array([comparison.leads, comparison.squared_leads])),
            [(one.at, one.examples, one.table.astype("<f4").tobytes()) for one in self._delayed.snapshots],
            packed(self.newton.weights),
            packed(self.quick.weights),
            packed(np.array(quick.latest_weights)),
            quick.covariance,
            packed(self.ada_grad.weights),
            packed(self.ada_grad.squares),
            (self.newton.state.averaged_from, quick.averaged_from),
            self.drift.state,
            self._first_asked,
            self.newton.prior_variance,
            self.reparameterizer.state,
        )

    def resume(self, newton: NewtonState, state: ChampionChallengerState | None) -> None:
        """Continue from a stored state; the result is bit-equal to never having stopped.

        Args:
            newton: Of the first model; its weights are replaced by those of ``state`` if there is one.
            state: Of everything else; None for a model from before there were challengers, which then start.

        Raises:
            ValueError: The parts do not fit each other.
        """
        if state is None:
            self.newton.resume(newton)
            return
        size, examples = len(self._features) + 1, newton.examples
        packed_weights = (state.weights, state.quick_weights, state.quick_latest)
        first, quick, latest = (tuple(unpacked(weights).tolist()) for weights in packed_weights)
        prior = state.prior_variance
        self._first_asked = state.first_asked
        self.newton.resume(replace(newton, weights=first, averaged_from=state.averaged_from[0], prior_variance=prior))
        self.quick.resume(
            NewtonState(self._features, examples, quick, latest, state.quick_covariance, state.averaged_from[1], prior)
        )
        self.reparameterizer.resume(state.reparameterizer)
        self.ada_grad.weights, self.ada_grad.squares = unpacked(state.ada_weights), unpacked(state.ada_squares)
        self._clock, self.champion, self.changes = state.clock, state.champion, state.changes
        comparison = self.comparison
        comparison.evaluated, comparison.changed_at, comparison.since = state.evaluated, state.changed_at, state.since
        comparison.losses = unpacked(state.losses).tolist()
        comparison.leads, comparison.squared_leads = unpacked(state.leads).reshape(2, -1).tolist()
        for at, examples_then, packed_table in state.snapshots:
            table = np.frombuffer(packed_table, dtype="<f4").astype(np.float64).reshape(-1, size)
            self._delayed.snapshots.append(WeightSnapshot(at, examples_then, table))
        self.drift.resume(state.drift)
