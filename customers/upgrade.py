"""Older layouts of a state, brought to the present one version by version.

Whoever changes :class:`customers.state.Customer` raises its version, adds here what makes the new layout of the one
before, and adds states written by the version before to ``tests/upgrade``.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

Layout = list[Any]
"""A state's fields in their order, as msgpack holds them; the first is the version."""

Upgrade = Callable[[Layout], Layout]
"""Makes the next version's layout of one version's; pure."""

UPGRADES: Final[Mapping[int, Upgrade]] = {}
"""By the version that they read. There has been one version so far."""


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
