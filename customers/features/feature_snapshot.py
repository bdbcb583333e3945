"""Feature snapshots: the features of a moment as few bytes, kept in the state until the question is answered.

Only the observed features are kept, as 16-bit floats: three digits are more than a model can tell apart, and a customer
has several open questions. Features that few customers have (returns, contacts, judgements) come last, and zeros at the
end are cut off.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from customers.features.derived import completed
from customers.features.feature_names import FEATURE_NAMES, OBSERVED
from customers.features.features import Features, Matrix
from schemas.records.encode import PUBLISHED_DIGITS

_HALF: Final = np.dtype("<f2")
_RARE: Final = tuple(
    FEATURE_NAMES.index(name)
    for name in (
        "log_returns_90",
        "log_harmful_returns_90",
        "log_contacts_30",
        "log_unresolved_90",
        "log_unhappy_90",
        "complaint_open",
        "sentiment",
        "expected_to_leave",
    )
)
_USUAL: Final = tuple(index for index in range(OBSERVED) if index not in _RARE)
_ORDER: Final = np.array((*_USUAL, *_RARE))
_INVERSE: Final = np.argsort(_ORDER)
_BYTES: Final = OBSERVED * _HALF.itemsize


def encode_features(features: Features) -> list[bytes]:
    """Return a snapshot of each customer's features."""
    halves = np.ascontiguousarray(features.observed[_ORDER].T, dtype=_HALF)
    encoded = halves.tobytes()
    return [encoded[start : start + _BYTES].rstrip(b"\0") for start in range(0, len(encoded), _BYTES)]


def decode_features(snapshots: Sequence[bytes], horizons_days: Sequence[float]) -> Matrix:
    """Return the features of snapshots.

    Args:
        snapshots: Output of ``encode_features``, n of them.
        horizons_days: Horizon of each question, days.

    Returns:
        One row for each of ``FEATURE_NAMES``, rounded to six digits, shape (features, n).
    """
    whole = b"".join([one.ljust(_BYTES, b"\0") for one in snapshots])
    observed = np.frombuffer(whole, dtype=_HALF).reshape(len(snapshots), OBSERVED).T[_INVERSE].astype(np.float64)
    return np.round(completed(observed, np.array(horizons_days)), PUBLISHED_DIGITS)
