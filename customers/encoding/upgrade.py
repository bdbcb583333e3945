"""Upgrades of older state layouts to the present one, version by version.

A change of :class:`customers.state.Customer` raises its version, adds an upgrade from the version before here, and adds
states written by the version before to ``tests/upgrade``.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, Final

import numpy as np

from customers.features.feature_snapshot import encode_features
from customers.features.features import Features
from customers.state import CONTENT_HASH_BYTES, EVENT_HASH_BYTES, ORDER_HASH_BYTES

Layout = list[Any]
"""Fields of a state in order, as msgpack holds them; the first is the version."""

Upgrade = Callable[[Layout], Layout]
"""Returns the layout of the next version; pure."""

_QUESTIONS: Final = 23
_FEATURES: Final = 4
"""Indices in the layouts 1 and 2: the open questions, and in each of these its feature snapshot."""

_PURCHASE_TIMES: Final = 6
_REMEMBERED: Final = 21
_PENDING: Final = 24
_RISK: Final = 25
_NOTHING_BOUGHT: Final[Layout] = [0, 0.0, 0]
"""More indices in layout 2, and the defaults of a question's last fields."""

_LAST_PURCHASE: Final = 6
_GAPS: Final = 7
_REMEMBERED_OF_4: Final = 22
_FEWEST_OF_3: Final = 28
_DEFAULTS_OF_3: Final[Layout] = [b"", "", 0, 0]
"""Indices in layout 3, its least length, and the defaults of the fields that were added to it at its end."""

_OBSERVED_OF_1: Final = (0, 1, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 26, 27, 28, 29, 30, 14, 15, 2, 23, 31, 32, 33)
"""Indices in version 1 of the features that are observed now."""


def _with_half_as_many_features(layout: Layout) -> Layout:
    """Upgrade 1 to 2: snapshots of all 34 features as 32-bit floats become the observed ones as 16-bit floats."""
    questions = [
        [*question[:_FEATURES], _as_halves(question[_FEATURES]), *question[_FEATURES + 1 :]]
        for question in layout[_QUESTIONS]
    ]
    return [*layout[:_QUESTIONS], questions, *layout[_QUESTIONS + 1 :]]


def _as_halves(features: bytes) -> bytes:
    values = np.frombuffer(features, dtype="<f4").astype(np.float64)
    (snapshot,) = encode_features(Features(values[list(_OBSERVED_OF_1), np.newaxis], 0.0))
    return snapshot


def _with_differences(layout: Layout) -> Layout:
    """Upgrade 2 to 3: times become differences, and label horizons are kept once per customer."""
    times, names = layout[_PURCHASE_TIMES], layout[_REMEMBERED]
    horizons = list(dict.fromkeys(map(_label_horizon_of, layout[_QUESTIONS])))
    return [
        *layout[:_PURCHASE_TIMES],
        times[-1] if times else 0,
        [later - earlier for earlier, later in pairwise(times)],
        *layout[_PURCHASE_TIMES + 1 : _REMEMBERED],
        b"".join(name.to_bytes(8, "big") for name in names),
        *layout[_REMEMBERED + 1 : _QUESTIONS],
        [list(one) for one in horizons],
        [_with_label_horizon(question, horizons.index(_label_horizon_of(question))) for question in layout[_QUESTIONS]],
        *layout[_PENDING:_RISK],
        *layout[_RISK + 1 :],
    ]


def _label_horizon_of(question: Layout) -> tuple[int, int]:
    asked_at, closes_at, settles_at, *_ = question
    return closes_at - asked_at, settles_at - closes_at


def _with_label_horizon(question: Layout, index: int) -> Layout:
    asked_at, _, _, bought, features, risk, model_version, *rest = question
    purchases, amount, first_bought = [*rest, *_NOTHING_BOUGHT[len(rest) :]]
    bought_after = first_bought - asked_at if first_bought else 0
    trimmed, millionths = features.rstrip(b"\0"), round(risk * 1_000_000)
    return [asked_at, index, bought, trimmed, millionths, model_version, purchases, amount, bought_after]


def _with_orders(layout: Layout) -> Layout:
    """Upgrade 3 to 4: the orders of purchases are kept; those of the purchases so far are not known."""
    purchases = len(layout[_GAPS]) + 1 if layout[_LAST_PURCHASE] else 0
    rest = _DEFAULTS_OF_3[len(layout) - _FEWEST_OF_3 :]
    return [*layout, *rest, bytes(purchases * ORDER_HASH_BYTES), 0]


def _with_contents(layout: Layout) -> Layout:
    """Upgrade 4 to 5: what remembered events said is kept; of those so far it is not known."""
    return [*layout, bytes(len(layout[_REMEMBERED_OF_4]) // EVENT_HASH_BYTES * CONTENT_HASH_BYTES)]


UPGRADES: Final[Mapping[int, Upgrade]] = {
    1: _with_half_as_many_features,
    2: _with_differences,
    3: _with_orders,
    4: _with_contents,
}
"""Upgrades by the version that they read."""


def upgraded(layout: Layout, version: int, upgrades: Mapping[int, Upgrade]) -> Layout:
    """Upgrade an older state to a version.

    Args:
        layout: Layout of any older version.
        version: Version wanted.
        upgrades: Upgrades by the version that they read.

    Raises:
        LookupError: An upgrade on the way is missing.
    """
    while layout[0] < version:
        before = layout[0]
        if before not in upgrades:
            raise LookupError(f"state version {before} is older than any that this program reads")
        layout = [before + 1, *upgrades[before](layout)[1:]]
    return layout
