"""Delayed evaluation: predictions that models would have made when a question was asked, once its answer is known.

Prequential evaluation with delayed labels. A model that predicts an answer just before learning it has already learnt
everything that happened in the horizon since the question, which a real prediction could not. So snapshots of the
weights are kept for a horizon, and an answer is compared with the prediction of the snapshot in force at its question.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.linalg.blas import dasum

from risk.estimators.feature_index import Vector
from risk.scoring.model.risk_model import CLIP

_SNAPSHOTS_PER_HORIZON: Final = 8

_MOST: Final = 12
"""Limit of the number of snapshots, whatever the clock does."""


@dataclass(frozen=True, slots=True)
class WeightSnapshot:
    """Weights of several models at a moment.

    Attributes:
        at: The moment, ms since 1970.
        examples: Number of answers learnt by then.
        table: The features' means, then the inverses of their standard deviations, then each model's weights, all after
            a first column for the intercept; shape (2 + models, features + 1).
    """

    at: int
    examples: int
    table: Vector


class DelayedEvaluation:
    """Keeps snapshots, and computes predictions of the past from them.

    Attributes:
        snapshots: Oldest first.
    """

    def __init__(self, horizon_ms: int) -> None:
        """Start without snapshots.

        Args:
            horizon_ms: Horizon of the questions, ms.
        """
        self.snapshots: deque[WeightSnapshot] = deque(maxlen=_MOST)
        self._interval = max(horizon_ms // _SNAPSHOTS_PER_HORIZON, 1)

    def is_due(self, now: int) -> bool:
        """Return True if it is time for a snapshot.

        Args:
            now: ms since 1970.
        """
        return not self.snapshots or now >= self.snapshots[-1].at + self._interval

    def take_snapshot(self, now: int, examples: int, means: Vector, variances: Vector, weights: list[Vector]) -> None:
        """Keep the weights of now.

        Args:
            now: ms since 1970.
            examples: Number of answers learnt.
            means: Of the features, shape (features,).
            variances: Of the features, shape (features,).
            weights: Of each model, its intercept first, each of shape (features + 1,).
        """
        scales = np.where(variances > 0.0, 1.0 / np.sqrt(np.where(variances > 0.0, variances, 1.0)), 0.0)
        table = np.vstack([np.concatenate([[0.0], means]), np.concatenate([[0.0], scales]), *weights])
        # Rounded as it is stored, so that a resumed learner evaluates alike.
        self.snapshots.append(WeightSnapshot(now, examples, table.astype("<f4").astype(np.float64)))

    def predict_as_of(self, features: Vector, asked_at: int, examples: int) -> tuple[list[float], float] | None:
        """Return the predictions at a question, and how unusual its features were.

        Args:
            features: Of the question, shape (features,).
            asked_at: ms since 1970; in the order of the questions.
            examples: Number of answers learnt by now.

        Returns:
            Log-odds of each model, and the mean distance of the features from their means in standard deviations;
            None if less than half of the answers were learnt by then, since an immature model tells little about a
            mature one.
        """
        snapshots = self.snapshots
        while len(snapshots) > 1 and snapshots[1].at <= asked_at:
            snapshots.popleft()
        if not snapshots or snapshots[0].at > asked_at or 2 * snapshots[0].examples < examples:
            return None
        table = snapshots[0].table
        standardised = (features - table[0, 1:]) * table[1, 1:]
        np.maximum(np.minimum(standardised, CLIP, out=standardised), -CLIP, out=standardised)
        log_odds: list[float] = (table[2:, 1:].dot(standardised) + table[2:, 0]).tolist()
        return log_odds, dasum(standardised) / len(standardised)
