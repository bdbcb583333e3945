"""What each of several models would have answered at the moment of a question, told once its answer is known.

A model judged by what it says of an answer just before it learns it has seen all that happened in the horizon since
the question, which nobody has who must answer. So the weights of now and then are kept for a horizon, and an answer is
judged by those in force when it was asked for.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.linalg.blas import dasum

from risk.estimators.feature_index import Vector
from risk.scoring.model import CLIP

_A_HORIZON: Final = 8
"""Weights are kept so many times in a horizon."""

_MOST: Final = 12
"""Kept at most, whatever the clock does."""


@dataclass(frozen=True, slots=True)
class WeightSnapshot:
    """How models stood at a moment.

    Attributes:
        at: The moment, ms since 1970.
        examples: Answers learnt by then.
        table: The features' means, then the inverses of their standard deviations, then each model's weights, all after
            a first column for the intercept; shape (2 + models, features + 1).
    """

    at: int
    examples: int
    table: Vector


class DelayedEvaluation:
    """Keeps how models stood, and says what they would have answered.

    Attributes:
        kept: The oldest first.
    """

    def __init__(self, horizon_ms: int) -> None:
        """Begin with nothing kept."""
        self.kept: deque[WeightSnapshot] = deque(maxlen=_MOST)
        self._apart = max(horizon_ms // _A_HORIZON, 1)

    def is_due(self, now: int) -> bool:
        """Whether it is time to keep how the models stand."""
        return not self.kept or now >= self.kept[-1].at + self._apart

    def keep(self, now: int, examples: int, means: Vector, variances: Vector, weights: list[Vector]) -> None:
        """Keep how the models stand now.

        Args:
            now: ms since 1970.
            examples: Answers learnt.
            means: Of the features, shape (features,).
            variances: Likewise.
            weights: Of each model, its intercept first, shape (features + 1,).
        """
        scales = np.where(variances > 0.0, 1.0 / np.sqrt(np.where(variances > 0.0, variances, 1.0)), 0.0)
        table = np.vstack([np.concatenate([[0.0], means]), np.concatenate([[0.0], scales]), *weights])
        # As it will be read back, so that whoever resumes judges alike.
        self.kept.append(WeightSnapshot(now, examples, table.astype("<f4").astype(np.float64)))

    def look_back(self, features: Vector, asked_at: int, examples: int) -> tuple[list[float], float] | None:
        """What the models would have answered, and how far from usual the features were.

        Args:
            features: Of the question, shape (features,).
            asked_at: ms since 1970; questions come in the order in which they were asked.
            examples: Answers learnt by now.

        Returns:
            Log-odds of each model, and the mean distance of the features from their means in standard deviations;
            None where less than half of that was known by then: who was young then tells little of who is old now.
        """
        kept = self.kept
        while len(kept) > 1 and kept[1].at <= asked_at:
            kept.popleft()
        if not kept or kept[0].at > asked_at or 2 * kept[0].examples < examples:
            return None
        table = kept[0].table
        standardised = (features - table[0, 1:]) * table[1, 1:]
        np.maximum(np.minimum(standardised, CLIP, out=standardised), -CLIP, out=standardised)
        log_odds: list[float] = (table[2:, 1:].dot(standardised) + table[2:, 0]).tolist()
        return log_odds, dasum(standardised) / len(standardised)
