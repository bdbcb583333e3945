"""The features of a moment as few bytes, kept in the state until the question asked then is answered.

Only the observed features are kept, as 16-bit floats: three digits are more than a model can tell apart, and a customer
has several open questions. What few customers have (returns, contacts, judgements) comes last: zeros at the end take no
room.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from customers.features import FEATURE_NAMES, OBSERVED, Features, Matrix, completed

_HALF: Final = np.dtype("<f2")
_SELDOM: Final = tuple(
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
_USUAL: Final = tuple(index for index in range(OBSERVED) if index not in _SELDOM)
_ORDER: Final = np.array((*_USUAL, *_SELDOM))
_PLACE: Final = np.argsort(_ORDER)
_BYTES: Final = OBSERVED * _HALF.itemsize
_DIGITS: Final = 6


def encode_features(features: Features) -> list[bytes]:
    """Write each customer's features."""
    halves = np.ascontiguousarray(features.observed[_ORDER].T, dtype=_HALF)
    written = halves.tobytes()
    return [written[start : start + _BYTES].rstrip(b"\0") for start in range(0, len(written), _BYTES)]


def decode_features(frozen: Sequence[bytes], horizons_days: Sequence[float]) -> Matrix:
    """Read features back, a row for each of ``FEATURE_NAMES`` and a column for each that was frozen.

    Args:
        frozen: As written.
        horizons_days: How far each question looked ahead.

    Returns:
        The features to six digits.
    """
    whole = b"".join([one.ljust(_BYTES, b"\0") for one in frozen])
    observed = np.frombuffer(whole, dtype=_HALF).reshape(len(frozen), OBSERVED).T[_PLACE].astype(np.float64)
    return np.round(completed(observed, np.array(horizons_days)), _DIGITS)
