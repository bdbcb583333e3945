"""``python -m bench.risk.drift``: time until the model follows a change of customers.

The truth is known here: answers are drawn from a logistic regression whose weights change. What is lost against always
knowing them is the divergence of the two probabilities, in nats an answer, and needs no luck to be measured.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import cos, pi, sin
from typing import Final

import numpy as np
from numpy.typing import NDArray

from customers.features.feature_names import FEATURE_NAMES
from risk.learning.learner import Learner
from risk.scoring.model.calibration_map import CalibrationMap
from risk.scoring.model.risk_model import probability
from schemas.moments import DAY_MS

Weights = NDArray[np.float64]

HORIZON_DAYS: Final = 10.0
ANSWERS_A_DAY: Final = 100
CLOSE: Final = 0.01
"""Nats an answer."""

_TOGETHER: Final = 500
"""Answers over which the loss is averaged."""

_INFORMATIVE: Final = 6
"""Number of informative features; the others are noise."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Answers of customers who change.

    Attributes:
        name: Of the row.
        answers: How many.
        changes_at: From this answer on.
        turned: How far the true weights have turned at an answer, in half turns: 1 is the opposite.
        tide: What is added to the log-odds of all at an answer.
    """

    name: str
    answers: int
    changes_at: int
    turned: Callable[[int], float]
    tide: Callable[[int], float] = lambda _number: 0.0

    def truth(self, number: int) -> Weights:
        """The true weights at an answer, the intercept first."""
        angle = pi * self.turned(number)
        weights = np.zeros(len(FEATURE_NAMES) + 1)
        weights[0] = self.tide(number)
        weights[1 : 1 + _INFORMATIVE] = np.resize([1.0, -0.8, 0.5], _INFORMATIVE) * cos(angle)
        weights[1 + _INFORMATIVE : 1 + 2 * _INFORMATIVE] = np.resize([1.0, -0.8, 0.5], _INFORMATIVE) * sin(angle)
        return weights


STREAMS: Final = (
    Stream("nothing changes", 30_000, 15_000, lambda _number: 0.0),
    Stream("abrupt: half of the features change effect", 40_000, 15_000, lambda number: 0.5 * (number >= 15_000)),
    Stream(
        "slow: the same over 15,000 answers", 45_000, 15_000, lambda number: min(max(number / 15_000 - 1, 0), 1) / 2
    ),
    Stream(
        "seasonal: odds double and halve in 12,000",
        45_000,
        15_000,
        lambda _number: 0.0,
        lambda number: 0.7 * sin(number * pi / 6e3),
    ),
)


@dataclass(frozen=True, slots=True)
class Trajectory:
    """Losses and reactions of a model on one stream.

    Attributes:
        lost: Nats an answer against always knowing, averaged over each 500 answers in turn.
        drifts: Changes detected.
        changes: Champions that were replaced.
    """

    lost: list[float]
    drifts: int
    changes: int

    def back_after(self, changes_at: int) -> int | None:
        """Answers from the change until the loss is close for good; None if it never is."""
        late = [place for place, lost in enumerate(self.lost) if lost > CLOSE]
        last = max(late, default=-1) + 1
        return None if last == len(self.lost) else max(last * _TOGETHER - changes_at, 0)


def follow(stream: Stream, seed: int, *, reacts: bool = True) -> Trajectory:
    """Let a model learn a stream.

    Args:
        stream: Of answers.
        seed: Of its draws.
        reacts: Off for the first model alone, without challengers and detectors.
    """
    learner, random = Learner(HORIZON_DAYS), np.random.default_rng(seed)
    lost, sums, curve = [], 0.0, CalibrationMap(learner.recalibration.state)
    for number, (features, chance) in enumerate(_drawn(stream, random)):
        sums += _divergence(chance, _predicted(learner, curve, features, reacts=reacts))
        left, asked_at = bool(random.random() < chance), number * DAY_MS // ANSWERS_A_DAY
        if reacts:
            learner.learn_answer(features.tolist(), left, 0.5, asked_at)
        else:
            learner.between_purchases.newton.learn_ordered(features, left)
        if number % _TOGETHER == _TOGETHER - 1:
            lost.append(sums / _TOGETHER)
            sums, curve = 0.0, CalibrationMap(learner.recalibration.state)
    return Trajectory(lost, learner.between_purchases.drift.drifts, learner.between_purchases.changes)


def _drawn(stream: Stream, random: np.random.Generator) -> Iterator[tuple[Weights, float]]:
    for number in range(stream.answers):
        features = random.normal(size=len(FEATURE_NAMES))
        truth = stream.truth(number)
        yield features, float(1.0 / (1.0 + np.exp(-truth[0] - truth[1:] @ features)))


def _predicted(learner: Learner, curve: CalibrationMap, features: Weights, *, reacts: bool) -> float:
    # The features are standard already, so that standardising by what was seen changes next to nothing.
    weights = learner.between_purchases.weights if reacts else learner.between_purchases.newton.weights
    log_odds = np.array(weights[0] + weights[1:] @ features)
    return float(probability(curve(log_odds) if reacts else log_odds))


def _divergence(true: float, predicted: float) -> float:
    predicted = min(max(predicted, 1e-6), 1.0 - 1e-6)
    return float(true * np.log(true / predicted) + (1.0 - true) * np.log((1.0 - true) / (1.0 - predicted)))


def main() -> None:
    """Print the table."""
    heading = f"{'stream':<44} {'model':<18} {'worst':>7} {'last':>7} {'back after':>11} {'drifts':>7} {'champions':>9}"
    sys.stdout.write(heading + "\n")
    for stream in STREAMS:
        for reacts in (True, False):
            found = follow(stream, seed=1, reacts=reacts)
            after = found.lost[stream.changes_at // _TOGETHER :]
            back = found.back_after(stream.changes_at)
            sys.stdout.write(
                f"{stream.name:<44} {'champion and drift' if reacts else 'newton alone':<18} {max(after):>7.4f} "
                f"{after[-1]:>7.4f} {'never' if back is None else back:>11} {found.drifts:>7} {found.changes:>9}\n"
            )


if __name__ == "__main__":
    main()
