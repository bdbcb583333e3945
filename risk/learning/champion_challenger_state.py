"""How a contest is written down."""

import msgspec
import numpy as np

from risk.estimators.feature_index import Vector
from risk.learning.reparameterize import ReparameterizerState


class ChampionChallengerState(msgspec.Struct, array_like=True, frozen=True):
    """All of a contest but the first model's own state, as plain data; arrays as little-endian bytes."""

    clock: int
    champion: int
    judged: int
    changed_at: int
    since: int
    changes: int
    losses: bytes
    leads: bytes
    kept: list[tuple[int, int, bytes]]
    weights: bytes
    quick_weights: bytes
    quick_latest: bytes
    quick_covariance: bytes
    ada_weights: bytes
    ada_squares: bytes
    averaged_from: tuple[int, int]
    watch: tuple[int, int, int, list[float], list[float]]
    first_asked: int | None = None
    prior_variance: float = 0.5
    carry: ReparameterizerState | None = None


def packed(values: Vector) -> bytes:
    """Numbers as bytes."""
    return values.astype("<f8").tobytes()


def unpacked(held: bytes) -> Vector:
    """Bytes as numbers again."""
    return np.frombuffer(held, dtype="<f8").copy()
