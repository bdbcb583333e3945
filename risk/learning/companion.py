"""Companion of the learner of epochs: learns a policy at the same borders, which is published with the model."""

from collections.abc import Iterable
from typing import Protocol

from customers.case import Scored, TimePassed
from risk.scoring.epochs import Epochs
from schemas.moments import from_ms
from schemas.records.decisions import BidCounts, DecisionOutcome
from schemas.records.learnt_policy import LearntPolicy


class Companion(Protocol):
    """Learns a policy from decisions, as the learner of epochs learns a model from answers.

    What it learns before a border depends neither on the order in which records come nor on restarts.
    """

    @property
    def policy(self) -> LearntPolicy | None:
        """Policy learnt before the last border closed; None before anything was."""

    @property
    def first_offset(self) -> int | None:
        """Least offset of what awaits its border; None if nothing does."""

    @property
    def next_border(self) -> int | None:
        """First border that changes the policy as far as is known, ms since 1970; None if there is none."""

    def add_outcome(self, outcome: DecisionOutcome, offset: int = 0) -> bool:
        """Take an outcome, unless its border is closed.

        Args:
            outcome: What followed a decision.
            offset: Offset of its record on ``training_examples``.

        Returns:
            True if it was taken.
        """

    def add_bids(self, bids: BidCounts, offset: int = 0) -> bool:
        """Take counts of bids, unless their epoch is closed.

        Args:
            bids: The counts.
            offset: Offset of their record on ``training_examples``.

        Returns:
            True if they were taken.
        """

    def close(self, border: int) -> None:
        """Learn everything before a border.

        Args:
            border: ms since 1970; all outcomes settled before it and all bids made before it were added. Borders are
                closed in their order, and ``next_border`` is not passed over.
        """


def hand_over(followed: Iterable[Scored | TimePassed], companion: Companion, epochs: Epochs) -> None:
    """Hand outcomes and bids to a companion, as the worker does by records.

    Args:
        followed: What has followed at scores and between them.
        companion: Receives them.
        epochs: Epochs of the policies.
    """
    for one in followed:
        for outcome in one.planned.outcomes:
            companion.add_outcome(outcome)
        for action, place in one.planned.bids:
            companion.add_bids(BidCounts(epoch=from_ms(epochs.start(one.now)), counts={action: {place: 1}}))
