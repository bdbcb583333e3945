"""Learns answers epoch by epoch, and with them a policy, in an order that follows from the log alone.

At a border all answers settled before it are learnt, by (settled_at, customer_id, asked_at), and one model follows. So
the models do not depend on the order in which answers arrive, and two learners given the same answers are bit-equal.
"""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec

from risk.learning.companion import Companion
from risk.learning.learner import Learner
from risk.scoring.epochs import Epochs
from schemas.moments import from_ms, to_ms
from schemas.records.learnt_policy import LearntPolicy
from schemas.records.model import Model
from schemas.records.training_example import TrainingExample


class _Waiting(NamedTuple):
    """An answer that awaits its border."""

    settled_at: int
    customer_id: str
    asked_at: int
    offset: int
    example: TrainingExample


class EpochLearner:
    """Holds answers until their border is closed, then learns them.

    Attributes:
        learner: What has been learnt.
        companion: Learns the policy that is published with the model; None if there is no deciding.
        border: Last border closed, ms since 1970; 0 before the first.
    """

    def __init__(
        self,
        learner: Learner,
        epochs: Epochs,
        border: int = 0,
        companion: Companion | None = None,
        policy: LearntPolicy | None = None,
    ) -> None:
        """Continue after a border.

        Args:
            learner: Has learnt every answer settled before the border.
            epochs: Epochs of the models.
            border: The border, ms since 1970; 0 to start.
            companion: Has learnt what belongs before the border.
            policy: Published with the model of the border, to be kept where there is no companion.
        """
        self.learner = learner
        self.companion = companion
        self._policy = policy
        self.border = border
        self._epochs = epochs
        self._first_open = epochs.after(border) if border else 0
        self._waiting: list[_Waiting] = []

    @property
    def waiting(self) -> int:
        """Number of answers that await their border."""
        return len(self._waiting)

    @property
    def first_offset(self) -> int | None:
        """Least offset of what awaits its border; None if nothing does."""
        offsets = [one.offset for one in self._waiting]
        if self.companion is not None and (first := self.companion.first_offset) is not None:
            offsets.append(first)
        return min(offsets, default=None)

    def add(self, example: TrainingExample, offset: int = 0) -> bool:
        """Take an answer, unless its border is closed: then it was learnt, or came too late.

        Args:
            example: The answered question.
            offset: Its offset on ``training_examples``.

        Returns:
            True if it was taken.
        """
        settled_at = to_ms(example.settled_at)
        if settled_at < self.border:
            return False
        self._waiting.append(_Waiting(settled_at, example.customer_id, to_ms(example.asked_at), offset, example))
        return True

    def close(self, border: int, published_at: datetime) -> Iterator[Model]:
        """Learn what was settled before a border, and yield the model of each border up to it.

        A span of borders before which nothing is learnt has one model.

        Args:
            border: ms since 1970; every answer settled before it has been added, and to the companion likewise.
            published_at: Wall clock.
        """
        self._waiting.sort(key=_order)
        while (own := self._next_border()) is not None and own <= border:
            if (silent_until := own - self._epochs.length_ms) >= max(self._first_open, 1):
                yield self._publish(silent_until, published_at)
            self._learn_before(own)
            yield self._publish(own, published_at)
        if border >= max(self._first_open, 1):
            yield self._publish(border, published_at)

    def _next_border(self) -> int | None:
        """Return the first border before which there is something to learn; answers are sorted."""
        borders = [self._epochs.after(self._waiting[0].settled_at)] if self._waiting else []
        if self.companion is not None and (other := self.companion.next_border) is not None:
            borders.append(other)
        return min(borders, default=None)

    def finish(self) -> None:
        """Learn the answers of the epoch that has not ended."""
        self._waiting.sort(key=_order)
        if self._waiting:
            self._learn_before(self._waiting[-1].settled_at + 1)

    def _learn_before(self, border: int) -> None:
        end = bisect_left(self._waiting, border, key=lambda one: one.settled_at)
        before: tuple[str, int] | None = None
        for one in self._waiting[:end]:
            question = (one.customer_id, one.asked_at)
            if question != before and not one.example.void:  # a broker without transactions may hold an answer twice
                self.learner.learn(one.example)
            before = question
        del self._waiting[:end]

    def _publish(self, border: int, published_at: datetime) -> Model:
        model, policy = self.learner.publish(0, published_at), self._policy
        if self.companion is not None:
            self.companion.close(border)
            policy = self.companion.policy
        first, self.border, self._first_open = self._first_open, border, self._epochs.after(border)
        return msgspec.structs.replace(model, border=from_ms(border), first_border=from_ms(first), policy=policy)


def _order(one: _Waiting) -> tuple[int, str, int]:
    return one.settled_at, one.customer_id, one.asked_at
