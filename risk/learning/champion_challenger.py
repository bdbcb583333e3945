"""A champion answers, challengers learn the same answers and take over when they would have answered better."""

from collections.abc import Sequence
from dataclasses import replace
from math import sqrt
from typing import Final

import numpy as np

from risk.estimators.ada_grad import AdaGrad
from risk.estimators.blas import dot_after_first
from risk.estimators.feature_index import Vector
from risk.estimators.newton_state import NewtonState
from risk.estimators.online_newton import OnlineNewton
from risk.learning.champion_challenger_state import ChampionChallengerState, packed, unpacked
from risk.learning.champion_change import ChampionChange
from risk.learning.delayed_evaluation import DelayedEvaluation, WeightSnapshot
from risk.learning.drift import DriftDetector, log_loss_of_log_odds
from risk.learning.reparameterize import Reparameterizer

CONTENDERS: Final = ("newton", "newton-quick", "adagrad")
"""Who takes part; the first is the champion to begin with."""

_PRIOR_VARIANCES: Final = (0.1, 0.5)
"""Of weights, at first and once the answers tell of half a horizon: the first ones all come from one short time, often
from young customers alone, and what then seems to matter much may be chance, however many they are."""

_AVERAGED: Final = 10_000

_QUICK_DRIFT: Final = 5e-6
_QUICK_AVERAGED: Final = 2_000
"""The quick one forgets twenty-five times as fast, for businesses that change."""

_JUDGED_EVERY: Final = 3
"""One answer in so many is judged, which spares a third of the time."""

_WINDOWS: Final = (2_000, 20_000)
"""Losses are means over a third of the judged answers, but over no fewer and no more than this: a window shorter than
the tides of a business would crown whoever swims with the last one."""

_MARGIN: Final = 0.003
"""A champion stays for half a window and half a horizon, and yields only to who loses less by this, in nats,"""

_ERRORS: Final = 3.0
"""and by so many standard errors."""

_UNSETTLED: Final = 0.02
"""Share of its first uncertainty that the quick one gets back when the answers have changed. The first is left as it
is: a false alarm must cost nothing, and after a true one the quick one takes over."""


class ChampionChallenger:
    """Lets models learn the same answers, and judges each by what it would have said when the question was asked.

    Attributes:
        newton: The first, which drifts slowly.
        quick: The same, forgetting fast.
        ada_grad: The cheapest.
        champion: Place in ``CONTENDERS`` of who answers.
        changes: How often that has changed.
        change: The latest change in this process; None before one.
        judged: Answers judged.
        losses: Mean log-loss of each over the window.
        watch: Looks for drift in what the champion would have answered.
        carry: Carries the weights of the first two over to another scale, for who learns with it.
    """

    def __init__(self, features: Sequence[str], horizon_ms: int, drift: float, averaged: int = _AVERAGED) -> None:
        """Begin with nothing learnt.

        Args:
            features: Their names, in order.
            horizon_ms: The horizon of the questions.
            drift: Of the first; see ``OnlineNewton``.
            averaged: Answers over which the weights of the first are averaged.
        """
        first = _PRIOR_VARIANCES[0]
        self.newton = OnlineNewton(first, drift, averaged)
        self.quick = OnlineNewton(first, max(drift, _QUICK_DRIFT), _QUICK_AVERAGED)
        self._first_asked: int | None = None
        self.ada_grad = AdaGrad(len(features))
        self.newton.expect(features)
        self.quick.expect(features)
        self.carry = Reparameterizer((self.newton, self.quick))
        self.champion = 0
        self.changes = 0
        self.change: ChampionChange | None = None
        self.judged = 0
        self.losses = [0.0] * len(CONTENDERS)
        self.watch = DriftDetector()
        self._features = tuple(features)
        self._horizon_ms = horizon_ms
        self._clock = 0
        self._changed_at = 0
        self._since = 0
        self._leads = [0.0] * len(CONTENDERS)
        self._squared_leads = [0.0] * len(CONTENDERS)
        self._hindsight = DelayedEvaluation(horizon_ms)

    @property
    def weights(self) -> Vector:
        """The champion's, its intercept first, for standardised features."""
        return (self.newton, self.quick, self.ada_grad)[self.champion].weights

    def log_odds(self, standardised: Vector) -> float:
        """What the champion says of who has such features."""
        weights = self.weights
        return float(weights[0]) + dot_after_first(weights, standardised)

    def judge(self, features: Vector, left: bool, asked_at: int) -> None:
        """Note what each would have answered; to be called before ``learn``.

        Args:
            features: Of the question, not standardised.
            left: The answer.
            asked_at: When it was asked, ms since 1970.
        """
        self._clock = max(self._clock, asked_at + self._horizon_ms)
        self._widen_in_time(asked_at)
        if self.newton.examples % _JUDGED_EVERY:
            return
        said = self._hindsight.look_back(features, asked_at, self.newton.examples)
        if said is None:
            return
        log_odds, distance = said
        if self.judged == self._changed_at:
            self._since = asked_at
        self._compare([log_loss_of_log_odds(odds, left) for odds in log_odds], asked_at)
        if self.watch.look(log_odds[self.champion], left, distance, asked_at, self._clock):
            self.quick.unsettle(_UNSETTLED)

    def learn(self, standardised: Vector, left: bool) -> None:
        """All learn one answer."""
        self.newton.learn_ordered(standardised, left)
        self.quick.learn_ordered(standardised, left)
        self.ada_grad.learn_ordered(standardised, left)

    def keep(self, means: Sequence[float], variances: Sequence[float]) -> None:
        """Keep how all stand now and then, to judge them by it later."""
        self._hindsight.keep(
            self._clock, self.newton.examples, np.array(means), np.array(variances), self._all_weights()
        )

    @property
    def keeps_now(self) -> bool:
        """Whether it is time for ``keep``."""
        return self._hindsight.is_due(self._clock)

    def _widen_in_time(self, asked_at: int) -> None:
        wide = _PRIOR_VARIANCES[1]
        if self._first_asked is None:
            self._first_asked = asked_at
        if self.newton.prior_variance < wide and 2 * (asked_at - self._first_asked) >= self._horizon_ms:
            self.newton.widen(wide)
            self.quick.widen(wide)
            self.carry.begin()

    def _all_weights(self) -> list[Vector]:
        return [self.newton.weights, self.quick.weights, self.ada_grad.weights]

    def _compare(self, losses: Sequence[float], asked_at: int) -> None:
        self.judged += 1
        window = min(max(self.judged // 3, _WINDOWS[0]), _WINDOWS[1])
        answers = min(self.judged - self._changed_at, window)
        self.losses = _means(self.losses, losses, min(self.judged, window))
        leads = [losses[self.champion] - loss for loss in losses]
        self._leads = _means(self._leads, leads, answers)
        self._squared_leads = _means(self._squared_leads, [lead * lead for lead in leads], answers)
        lead = max(self._leads)
        best = self._leads.index(lead)
        error = sqrt(max(self._squared_leads[best] - lead * lead, 0.0) / answers)
        long_enough = 2 * answers >= window and 2 * (asked_at - self._since) >= self._horizon_ms
        if long_enough and lead > max(_MARGIN, _ERRORS * error):
            self._crown(best)

    def _crown(self, place: int) -> None:
        was = self.champion
        self.change = ChampionChange(
            CONTENDERS[place], CONTENDERS[was], self.losses[place], self.losses[was], self.judged
        )
        self.champion = place
        self.changes += 1
        self._changed_at = self.judged
        self._leads = [0.0] * len(CONTENDERS)
        self._squared_leads = [0.0] * len(CONTENDERS)

    @property
    def state(self) -> ChampionChallengerState:
        """All but the first model's own state, as plain data."""
        quick = self.quick.state
        return ChampionChallengerState(
            self._clock,
            self.champion,
            self.judged,
            self._changed_at,
            self._since,
            self.changes,
            packed(np.array(self.losses)),
            packed(np.array([self._leads, self._squared_leads])),
            [(then.at, then.examples, then.table.astype("<f4").tobytes()) for then in self._hindsight.kept],
            packed(self.newton.weights),
            packed(self.quick.weights),
            packed(np.array(quick.latest_weights)),
            quick.covariance,
            packed(self.ada_grad.weights),
            packed(self.ada_grad.squares),
            (self.newton.state.averaged_from, quick.averaged_from),
            self.watch.state,
            self._first_asked,
            self.newton.prior_variance,
            self.carry.state,
        )

    def resume(self, newton: NewtonState, state: ChampionChallengerState | None) -> None:
        """Go on from what was learnt before, exactly as if it had never been put down.

        Args:
            newton: Of the first; its weights are those of ``state`` where there is one.
            state: Of the others; None for a model of before there was a contest, which begins then.

        Raises:
            ValueError: The parts do not fit each other.
        """
        if state is None:
            self.newton.resume(newton)
            return
        size, examples = len(self._features) + 1, newton.examples
        first, quick, latest = (
            tuple(unpacked(held).tolist())
            for held in (state.weights, state.quick_weights, state.quick_latest)
        )  # fmt: skip
        prior = state.prior_variance
        self._first_asked = state.first_asked
        self.newton.resume(replace(newton, weights=first, averaged_from=state.averaged_from[0], prior_variance=prior))
        self.quick.resume(
            NewtonState(self._features, examples, quick, latest, state.quick_covariance, state.averaged_from[1], prior)
        )
        self.carry.resume(state.carry)
        self.ada_grad.weights, self.ada_grad.squares = unpacked(state.ada_weights), unpacked(state.ada_squares)
        self._clock, self.champion, self.judged = state.clock, state.champion, state.judged
        self._changed_at, self._since, self.changes = state.changed_at, state.since, state.changes
        self.losses = unpacked(state.losses).tolist()
        self._leads, self._squared_leads = unpacked(state.leads).reshape(2, -1).tolist()
        for at, known, table_then in state.kept:
            table = np.frombuffer(table_then, dtype="<f4").astype(np.float64).reshape(-1, size)
            self._hindsight.kept.append(WeightSnapshot(at, known, table))
        self.watch.resume(state.watch)


def _means(means: Sequence[float], values: Sequence[float], count: int) -> list[float]:
    """Means over so many, each with one more value."""
    return [mean + (value - mean) / count for mean, value in zip(means, values, strict=True)]
