"""Older layouts of a state, brought to the present one version by version.

Whoever changes :class:`customers.state.Customer` raises its version, adds here what makes the new layout of the one
before, and adds states written by the version before to ``tests/upgrade``.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from customers.features import Features
from customers.frozen import freeze

Layout = list[Any]
"""A state's fields in their order, as msgpack holds them; the first is the version."""

Upgrade = Callable[[Layout], Layout]
"""Makes the next version's layout of one version's; pure."""

_QUESTIONS: Final = 23
_FEATURES: Final = 4
"""Places in a layout: the open questions, and in each of these its frozen features."""

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
    (frozen,) = freeze(Features(values[list(_OBSERVED_OF_1), np.newaxis], 0.0))
    return frozen


UPGRADES: Final[Mapping[int, Upgrade]] = {1: _with_half_as_many_features}
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
