"""Number of open questions of a partition: estimated from some customers at the start, counted from then on."""

from collections.abc import Iterable
from typing import Final

from customers.encoding.encode import StateError, decode_customer

_LOOKED_AT: Final = 500
"""Customers decoded when a partition is taken; decoding all of them would delay a restart by seconds."""


class OpenQuestions:
    """The open questions of one partition."""

    def __init__(self, sample: Iterable[bytes], customers: int) -> None:
        """Estimate; exact where the sample holds all customers.

        Args:
            sample: Encoded states of some customers.
            customers: Number of all customers.
        """
        counts = [count for count in map(_count, sample) if count is not None]
        self._open = sum(counts) * customers / len(counts) if counts else 0.0

    def move(self, asked: int, settled: int) -> int:
        """Count questions asked and settled, and return those asked."""
        self._open += asked - settled
        return asked

    @property
    def number(self) -> int:
        """Number of open questions now."""
        return max(round(self._open), 0)


class Sample:
    """Keeps the first few states shown to it."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self.states: list[bytes] = []

    def show(self, state: bytes) -> None:
        """Keep a state, if there are not enough."""
        if len(self.states) < _LOOKED_AT:
            self.states.append(state)


def _count(state: bytes) -> int | None:
    try:
        return len(decode_customer(state).questions)
    except StateError:
        return None
