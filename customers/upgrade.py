"""Older layouts of a state, brought to the present one version by version.

Whoever changes :class:`customers.state.Customer` raises its version, adds here what makes the new layout of the one
before, and adds states written by the version before to ``tests/upgrade``.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, Final

import numpy as np

from customers.feature_snapshot import encode_features
from customers.features import Features

Layout = list[Any]
"""A state's fields in their order, as msgpack holds them; the first is the version."""

Upgrade = Callable[[Layout], Layout]
"""Makes the next version's layout of one version's; pure."""

_QUESTIONS: Final = 23
_FEATURES: Final = 4
"""Places in the layouts 1 and 2: the open questions, and in each of these its frozen features."""

_PURCHASE_TIMES: Final = 6
_REMEMBERED: Final = 21
_PENDING: Final = 24
_RISK: Final = 25
_NOTHING_BOUGHT: Final[Layout] = [0, 0.0, 0]
"""More places in layout 2, and what a question's last fields were when it had none yet."""

_OBSERVED_OF_1: Final = (0, 1, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 26, 27, 28, 29, 30, 14, 15, 2, 23, 31, 32, 33)
"""Where version 1 had the features that are observed now."""


def _with_half_as_many_features(layout: Layout) -> Layout:
    """Version 1 froze all 34 features of a question as 32-bit floats; version 2 freezes the observed ones as halves."""
    questions = [
        [*question[:_FEATURES], _as_halves(question[_FEATURES]), *question[_FEATURES + 1 :]]
        for question in layout[_QUESTIONS]
    ]
    return [*layout[:_QUESTIONS], questions, *layout[_QUESTIONS + 1 :]]


def _as_halves(features: bytes) -> bytes:
    values = np.frombuffer(features, dtype="<f4").astype(np.float64)
    (frozen,) = encode_features(Features(values[list(_OBSERVED_OF_1), np.newaxis], 0.0))
    return frozen


def _with_differences(layout: Layout) -> Layout:
    """Version 2 had whole moments where version 3 has what lies between, and for each question what most have alike."""
    times, names = layout[_PURCHASE_TIMES], layout[_REMEMBERED]
    terms = list(dict.fromkeys(map(_terms_of, layout[_QUESTIONS])))
    return [
        *layout[:_PURCHASE_TIMES],
        times[-1] if times else 0,
        [later - earlier for earlier, later in pairwise(times)],
        *layout[_PURCHASE_TIMES + 1 : _REMEMBERED],
        b"".join(name.to_bytes(8, "big") for name in names),
        *layout[_REMEMBERED + 1 : _QUESTIONS],
        [list(one) for one in terms],
        [_with_terms(question, terms.index(_terms_of(question))) for question in layout[_QUESTIONS]],
        *layout[_PENDING:_RISK],
        *layout[_RISK + 1 :],
    ]


def _terms_of(question: Layout) -> tuple[int, int]:
    asked_at, closes_at, settles_at, *_ = question
    return closes_at - asked_at, settles_at - closes_at


def _with_terms(question: Layout, place: int) -> Layout:
    asked_at, _, _, bought, features, risk, model_version, *rest = question
    purchases, amount, first_bought = [*rest, *_NOTHING_BOUGHT[len(rest) :]]
    bought_after = first_bought - asked_at if first_bought else 0
    trimmed, millionths = features.rstrip(b"\0"), round(risk * 1_000_000)
    return [asked_at, place, bought, trimmed, millionths, model_version, purchases, amount, bought_after]


UPGRADES: Final[Mapping[int, Upgrade]] = {1: _with_half_as_many_features, 2: _with_differences}
"""By the version that they read."""


def upgraded(layout: Layout, version: int, upgrades: Mapping[int, Upgrade]) -> Layout:
    """Bring an older state to a version.

    Args:
        layout: Of any older version.
        version: The one wanted.
        upgrades: What makes each version's successor.

    Raises:
        LookupError: Nothing makes the successor of a version on the way.
    """
    while layout[0] < version:
        before = layout[0]
        if before not in upgrades:
            raise LookupError(f"state version {before} is older than any that this program reads")
        layout = [before + 1, *upgrades[before](layout)[1:]]
    return layout
