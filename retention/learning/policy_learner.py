"""Learns the policy of each epoch from settled decisions and from bids, in an order that follows from the log alone.

At a border the outcomes settled before it are added up, by (settled_at, decision_id), and the bids of the epoch that
ends there. All that is kept are sums, so what is published is enough to go on from, bit by bit. What is computed from
them: prices whenever there were bids, findings on actions whenever there were outcomes, and corrections of the
playbook's guesses at borders whose number is a multiple of seven, since they cost most.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

import msgspec
import numpy as np

from customers.features.feature_names import FEATURE_SET
from retention.catalogue.compiled import CompiledPlaybook
from retention.catalogue.playbook import NONE
from retention.decide.choice.prices import BINS, Counts, PriceCalibration
from retention.effects.verdict import stop_line
from retention.learning.evidence import effect_of, judged, share_held_out, with_outcome
from retention.learning.gain_learner import GainLearner
from risk.scoring.epochs import Epochs
from schemas.moments import DAY_MS, to_ms
from schemas.records.decisions import BidCounts, DecisionOutcome
from schemas.records.learnt_policy import ActionEvidence, BidSums, LearntPolicy

_FITTED_EVERY: Final = 7
"""Corrections are computed at borders whose number is a multiple of this."""

_encode: Final = msgspec.json.Encoder().encode


class _WaitingOutcome(NamedTuple):
    """An outcome that awaits its border."""

    settled_at: int
    decision_id: str
    offset: int
    outcome: DecisionOutcome


class _EpochBids(NamedTuple):
    """Bids of an epoch that has not ended, with the least offset of their records."""

    counts: Counts
    offset: int


class PolicyLearner:
    """Learns prices, findings and corrections; see :class:`risk.learning.companion.Companion`.

    Attributes:
        book: The playbook.
        outcomes: Number of outcomes learnt.
        passed_over: Outcomes and counts of bids that were learnt before, came after their border, or do not fit the
            playbook or the list of features.
        evidence: Evidence on each action.
        policy: What was learnt before the last border; None before anything was.
    """

    def __init__(
        self, book: CompiledPlaybook, epochs: Epochs, learnt: LearntPolicy | None = None, border: int = 0
    ) -> None:
        """Go on after a border.

        Args:
            book: The playbook.
            epochs: Epochs of the policies.
            learnt: What was learnt before the border; None to start.
            border: The border, ms since 1970; 0 to start.

        Raises:
            ValueError: The parts of what was learnt do not fit each other.
        """
        self.book = book
        self.passed_over = 0
        self.outcomes = learnt.gains.outcomes if learnt and learnt.gains else 0
        self.policy = learnt
        self.evidence = _evidence(book, learnt, border)
        self._epochs = epochs
        self._border = border
        self._gains = GainLearner(book)
        self._prices = PriceCalibration(book)
        self._bid_until = 0
        self._waiting: list[_WaitingOutcome] = []
        self._bids: dict[int, _EpochBids] = {}
        if learnt is not None:
            self._resume(learnt)

    def _resume(self, learnt: LearntPolicy) -> None:
        if learnt.gains is not None:
            unchanged = frozenset(name for name, one in self.evidence.items() if one == learnt.evidence.get(name))
            self._gains.resume(learnt.gains, learnt.corrections, unchanged)
        if learnt.bids is not None:
            counts = np.frombuffer(learnt.bids.counts, dtype="<f8").reshape(len(learnt.bids.actions), BINS)
            for row, name in zip(counts, learnt.bids.actions, strict=True):
                if name in self.book.names:
                    self._prices.counts[self.book.names.index(name)] = row
            self._prices.days, self._bid_until = learnt.bids.days, learnt.bids.until

    @property
    def stopped(self) -> dict[str, str]:
        """Actions that are switched off, each with the sentence that says why."""
        actions = self.book.playbook.actions
        return {
            name: stop_line(name, effect_of(one), actions[name].cost)
            for name, one in self.evidence.items()
            if one.finding == "stopped"
        }

    @property
    def waiting(self) -> int:
        """Number of outcomes that await their border."""
        return len(self._waiting)

    @property
    def first_offset(self) -> int | None:
        """Least offset of what awaits its border; None if nothing does."""
        offsets = [one.offset for one in self._waiting] + [one.offset for one in self._bids.values()]
        return min(offsets, default=None)

    @property
    def next_border(self) -> int | None:
        """First border at which there is something to learn or to compute, ms since 1970; None if there is none."""
        borders = [self._epochs.after(min(one.settled_at for one in self._waiting))] if self._waiting else []
        borders += self._bids
        if self._gains.is_due:
            borders.append(self._next_fit)
        return min(borders, default=None)

    @property
    def _next_fit(self) -> int:
        span = _FITTED_EVERY * self._epochs.length_ms
        return self._border - self._border % span + span

    def add_outcome(self, outcome: DecisionOutcome, offset: int = 0) -> bool:
        """Take an outcome, unless its border is closed or it does not fit; see the protocol."""
        settled_at = to_ms(outcome.settled_at)
        known = outcome.action == NONE or outcome.action in self.evidence
        if settled_at < self._border or outcome.feature_set != FEATURE_SET or not known:
            self.passed_over += 1
            return False
        self._waiting.append(_WaitingOutcome(settled_at, outcome.decision_id, offset, outcome))
        return True

    def add_bids(self, bids: BidCounts, offset: int = 0) -> bool:
        """Take counts of bids, unless the epoch of the bids is closed; see the protocol."""
        border = self._epochs.after(to_ms(bids.epoch))
        if border <= self._border:
            self.passed_over += 1
            return False
        counts, first = self._bids.get(border, (np.zeros((len(self.book.names), BINS), dtype=np.int64), offset))
        for name, bins in bids.counts.items():
            if name in self.evidence:
                for place, number in bins.items():
                    counts[self.book.names.index(name), min(place, BINS - 1)] += number
        self._bids[border] = _EpochBids(counts, min(first, offset))
        return True

    def close(self, border: int) -> None:
        """Learn everything before a border; see the protocol."""
        changed = self._close_bids(border)
        outcomes = self._settled_before(border)
        if outcomes:
            self._learn(outcomes)
        self._border = border
        fits = self._gains.is_due and border % (_FITTED_EVERY * self._epochs.length_ms) == 0
        if fits:
            self._gains.fit()
        if changed or outcomes or fits:
            self.policy = self._publish()

    def _close_bids(self, border: int) -> bool:
        """Add the bids of the epochs that have ended; the days without any in between count, too."""
        ended = sorted(one for one in self._bids if one <= border)
        for one in ended:
            days = (one - self._bid_until if self._bid_until else self._epochs.length_ms) / DAY_MS
            self._prices.add_epoch(self._bids.pop(one).counts, days)
            self._bid_until = one
        return bool(ended)

    def _settled_before(self, border: int) -> list[DecisionOutcome]:
        """Return the outcomes settled before a border, in their order, each once, and remove them."""
        self._waiting.sort(key=lambda one: (one.settled_at, one.decision_id))
        ready = [one for one in self._waiting if one.settled_at < border]
        del self._waiting[: len(ready)]
        return list({one.decision_id: one.outcome for one in ready}.values())

    def _learn(self, outcomes: Sequence[DecisionOutcome]) -> None:
        counting = [one for one in outcomes if not one.void and self._is_of_the_same_action(one)]
        for one in counting:
            if one.action != NONE:
                self.evidence[one.action] = with_outcome(self.evidence[one.action], one)
        for name, action in self.book.playbook.actions.items():
            self.evidence[name] = judged(self.evidence[name], action.cost)
        self._gains.learn(counting)
        self.outcomes += len(counting)

    def _is_of_the_same_action(self, outcome: DecisionOutcome) -> bool:
        return outcome.action == NONE or to_ms(outcome.decided_at) >= self.evidence[outcome.action].since

    def _publish(self) -> LearntPolicy:
        shares = {
            name: share_held_out(self.evidence[name], action.holdout_share)
            for name, action in self.book.playbook.actions.items()
            if self.evidence[name].finding in {"helps", "pays"}
        }
        in_force = LearntPolicy(
            version="",
            prices={name: price for name, price in self._prices.prices(shares).items() if price > 0.0},
            switched_off=tuple(name for name, one in self.evidence.items() if one.finding == "stopped"),
            shares=shares,
            corrections=self._gains.corrections,
        )
        return msgspec.structs.replace(
            in_force,
            version=blake2b(_encode(in_force), digest_size=4).hexdigest(),
            evidence=dict(self.evidence),
            gains=self._gains.publish(),
            bids=self._bid_sums(),
        )

    def _bid_sums(self) -> BidSums | None:
        if not self._bid_until:
            return None
        counts = self._prices.counts.astype("<f8").tobytes()
        return BidSums(self.book.names, counts, self._prices.days, self._bid_until)


def _evidence(book: CompiledPlaybook, learnt: LearntPolicy | None, border: int) -> dict[str, ActionEvidence]:
    """Return the evidence on each action of the playbook; an action that is new or was changed has none."""
    before = learnt.evidence if learnt else {}
    evidence: dict[str, ActionEvidence] = {}
    for name, signature in zip(book.names, book.signatures, strict=True):
        known = before.get(name)
        is_changed = known is not None and known.signature != signature
        fresh = ActionEvidence(signature, since=border if is_changed else 0)
        evidence[name] = fresh if known is None or is_changed else known
    return evidence
