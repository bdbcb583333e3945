"""The looks at a partition's customers for takeovers of models, of which their stored states do not know yet."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from customers.reviews.schedule import NOT_DUE
from customers.reviews.takeover import ModelTakeovers


class TakeoverLook(NamedTuple):
    """A look at a customer: for the takeover that begins then, ms since 1970, and the customer's key."""

    begins: int
    key: bytes


class TakeoverLooks:
    """Looks that are still to come, the first one at the end of a list: a million are sorted in a second, by numpy."""

    def __init__(self, takeovers: ModelTakeovers) -> None:
        """Start without looks.

        Args:
            takeovers: Takeovers of models, as far as they are known; changes as models arrive.
        """
        self._takeovers = takeovers
        self._planned: tuple[int, ...] = ()
        self._moments: list[int] = []
        self._looks: list[TakeoverLook] = []

    @property
    def is_outdated(self) -> bool:
        """True if takeovers have changed since looks were planned."""
        return self._takeovers.known is not self._planned

    @property
    def first(self) -> int:
        """Instant of the first look, ms since 1970; NOT_DUE if there is none."""
        return self._moments[-1] if self._moments else NOT_DUE

    def plan(self, keys: Iterable[bytes]) -> None:
        """Plan a look at each customer for each takeover that has become known.

        Args:
            keys: Keys of the customers, each once.
        """
        known = self._takeovers.known
        new = [begins for begins in known if begins not in self._planned]
        self._planned = known
        if not new:
            return
        looks = self._looks + [TakeoverLook(begins, key) for key in keys for begins in new]
        look_at = self._takeovers.look_at_key
        moments = self._moments + [look_at(key, begins) for begins, key in looks[len(self._moments) :]]
        order = np.argsort(np.array(moments, dtype=np.int64))[::-1].tolist()
        self._moments = [moments[index] for index in order]
        self._looks = [looks[index] for index in order]

    def pop(self) -> TakeoverLook:
        """Remove and return the first look; there is one."""
        self._moments.pop()
        return self._looks.pop()
