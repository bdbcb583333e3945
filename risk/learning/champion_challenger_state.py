"""State of a champion and its challengers as plain data, and the record of a change of champion."""

from dataclasses import dataclass

import msgspec
import numpy as np

from risk.estimators.feature_index import Vector
from risk.learning.reparameterize import ReparameterizerState


class ChampionChallengerState(msgspec.Struct, array_like=True, frozen=True):
    """Everything but the first model's own state; arrays as little-endian bytes.

    It is stored in a model's ``contest`` by position, so that fields can be renamed but not reordered.
    """

    clock: int
    champion: int
    evaluated: int
    changed_at: int
    since: int
    changes: int
    losses: bytes
    leads: bytes
    snapshots: list[tuple[int, int, bytes]]
    weights: bytes
    quick_weights: bytes
    quick_latest: bytes
    quick_covariance: bytes
    ada_weights: bytes
    ada_squares: bytes
    averaged_from: tuple[int, int]
    drift: tuple[int, int, int, list[float], list[float]]
    first_asked: int | None = None
    prior_variance: float = 0.5
    reparameterizer: ReparameterizerState | None = None


@dataclass(frozen=True, slots=True)
class ChampionChange:
    """A challenger took over from the champion.

    Attributes:
        champion: Name of the new champion.
        before: Name of the old one.
        log_loss: Mean log loss of the new one over the window.
        log_loss_before: Mean log loss of the old one over the window.
        evaluated: Number of answers evaluated so far.
    """

    champion: str
    before: str
    log_loss: float
    log_loss_before: float
    evaluated: int

    def __str__(self) -> str:
        return (
            f"{self.champion} answers instead of {self.before}: judged by {self.evaluated:,} answers, its "
            f"log-loss would have been {self.log_loss:.4f}, not {self.log_loss_before:.4f}"
        )


def packed(values: Vector) -> bytes:
    """Encode numbers of any shape as little-endian float64."""
    return values.astype("<f8").tobytes()


def unpacked(encoded: bytes) -> Vector:
    """Decode numbers, shape (n,)."""
    return np.frombuffer(encoded, dtype="<f8").copy()
