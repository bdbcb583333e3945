"""How many questions wait for their answers: estimated from some customers at the start, counted from then on."""

from collections.abc import Iterable
from typing import Final

from customers.encode import StateError, decode_customer

_LOOKED_AT: Final = 500
"""Customers decoded when a partition is taken; decoding all of them would delay a restart by seconds."""


class OpenQuestions:
    """The open questions of one partition."""

    def __init__(self, sample: Iterable[bytes], customers: int) -> None:
        """Estimate; exact where the sample holds all customers.

        Args:
            sample: Encoded states of some customers.
            customers: How many there are.
        """
        counts = [count for count in map(_count, sample) if count is not None]
        self._open = sum(counts) * customers / len(counts) if counts else 0.0

    def move(self, asked: int, settled: int) -> int:
        """Count what was asked and answered, and return what was asked."""
        self._open += asked - settled
        return asked

    @property
    def number(self) -> int:
        """How many are open now."""
        return max(round(self._open), 0)


class Sample:
    """Keeps the first few states that it is shown."""

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
