"""Open questions and standing decisions of a partition: estimated from some customers at the start, then counted."""

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np

from customers.encoding.encode import StateError, decode_customer
from customers.state import Customer
from retention.decide.memory.state import is_standing

_LOOKED_AT: Final = 500
"""Customers decoded when a partition is taken; decoding all of them would delay a restart by seconds."""


class Open(NamedTuple):
    """Numbers of what is open of some customers.

    Attributes:
        questions: Questions that wait for their answers.
        decisions: Decisions that stand, ghost decisions included.
    """

    questions: int
    decisions: int


class OpenCounts:
    """Numbers of what is open of all customers of one partition."""

    def __init__(self, sample: Iterable[bytes], customers: int) -> None:
        """Estimate; exact where the sample holds all customers.

        Args:
            sample: Encoded states of some customers.
            customers: Number of all customers.
        """
        counts = [count for count in map(_count, sample) if count is not None]
        self._open = np.array(counts, np.float64).reshape(-1, 2).sum(axis=0) * customers / max(len(counts), 1)

    def move(self, before: Open, after: Open) -> None:
        """Count what has become of some customers."""
        self._open += np.subtract(after, before)

    def forget(self, state: bytes) -> None:
        """Leave out a customer who is erased."""
        self._open -= _count(state) or (0, 0)

    @property
    def now(self) -> Open:
        """Return the decisions that are open now."""
        questions, decisions = np.maximum(np.rint(self._open), 0).astype(int).tolist()
        return Open(questions, decisions)


class Sample:
    """Keeps the first few states shown to it."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self.states: list[bytes] = []

    def show(self, state: bytes) -> None:
        """Keep a state, if there are not enough."""
        if len(self.states) < _LOOKED_AT:
            self.states.append(state)


def open_of(customers: Iterable[Customer]) -> Open:
    """Return what is open of some customers."""
    questions = decisions = 0
    for customer in customers:
        questions += len(customer.questions)
        decisions += is_standing(customer.retention)
    return Open(questions, decisions)


def _count(state: bytes) -> Open | None:
    try:
        return open_of((decode_customer(state),))
    except StateError:
        return None
