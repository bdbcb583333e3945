"""Scores each instant by the model of its epoch, whichever models have been published meanwhile."""

from bisect import bisect_right
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Final

import msgspec

from customers.features.features import Features
from customers.reviews.takeover import ModelTakeovers
from customers.state import Customer
from risk.scoring.epochs import Epochs
from risk.scoring.scorer import RiskScorer
from risk.scoring.scorer_stack import ScorerStack
from schemas.moments import to_ms
from schemas.records.model import Model
from schemas.records.score import Score
from schemas.settings.risk import RiskSettings, SegmentSettings

_ALWAYS: Final = 2**63 - 1


class _Entry(msgspec.Struct, frozen=True):
    """A prepared model with the first border that it belongs to, and what tells it and its policy from others."""

    first: int
    identity: tuple[int, float, str]
    scorer: RiskScorer

    @property
    def has_model(self) -> bool:
        """False while the rule scores."""
        return self.scorer.model is not None


class EpochScorer:
    """Scores customers, each by the model of its instant's epoch (see :mod:`risk.scoring.epochs`).

    Where no model is known for an epoch yet, the last one before it scores, and the score says that it is not pinned;
    before the first model the rule scores.

    Attributes:
        epochs: Epochs of the scores.
        waits: False to score epochs whose model is not known yet; see ``scored_until``.
        known_until: Last border whose model is known, ms since 1970; 0 before the first.
        takeovers: Beginnings of the epochs whose models differ much from those before.
        unpinned: Number of scores given so far by a model of another epoch.
    """

    def __init__(
        self, risk: RiskSettings, segments: SegmentSettings, currency: str, *, gives_reasons: bool = True
    ) -> None:
        """Start without a model.

        Args:
            risk: Horizon, epochs, and the number of answers that a model must have learnt.
            segments: Limits of life cycle stages, value tiers and segments.
            currency: Currency of the amounts in reasons.
            gives_reasons: False if only risks are wanted.
        """
        self.epochs = Epochs.of(risk)
        self.waits = True
        self.known_until = 0
        self.unpinned = 0
        self._new_scorer = partial(RiskScorer, risk, segments, currency, gives_reasons)
        self._rule = self._new_scorer()
        self._entries: list[_Entry] = []
        self._known_from = -_ALWAYS
        self.takeovers = ModelTakeovers(self.epochs.length_ms)

    @property
    def scored_until(self) -> int:
        """Last instant that may be scored: the end of the last epoch whose model is known, ms since 1970."""
        if not self.waits:
            return _ALWAYS
        return self.epochs.scored_until(self.known_until) if self.known_until else -1

    @property
    def models(self) -> int:
        """Number of models held."""
        return len(self._entries)

    @property
    def newest(self) -> RiskScorer:
        """Scorer of the last border known."""
        return self._of_border(self.known_until)

    def add(self, model: Model) -> None:
        """Add the model of a border, or of a span of borders.

        Args:
            model: Published model.

        Raises:
            ModelRefusedError: It does not fit; nothing is added.
        """
        policy_version = model.policy.version if model.policy else ""
        first, identity = to_ms(model.first_border), (model.examples, model.intercept, policy_version)
        index = bisect_right(self._entries, first, key=_first_of)
        if index and self._entries[index - 1].identity == identity:  # a span in which nothing was learnt
            self.know_until(to_ms(model.border))
            return
        scorer = self._new_scorer()
        scorer.load(model)
        replaces = index > 0 and self._entries[index - 1].first == first
        self._entries[index - replaces : index] = [_Entry(first, identity, scorer)]
        self._note_takeovers(max(index - replaces, 1))
        self._known_from = min(self._known_from, first)
        self.know_until(to_ms(model.border))

    def start_over(self) -> None:
        """Drop all models, to be added again in their order from an earlier one on.

        Otherwise the first model held would seem to follow on those added before it, however many lie between.
        """
        self._entries.clear()
        self.known_until = 0
        self._known_from = -_ALWAYS

    def know_until(self, border: int) -> None:
        """Note that there is no further model up to a border, ms since 1970."""
        self.known_until = max(self.known_until, border)

    def forget_before(self, border: int) -> None:
        """Drop the models that are only of borders before this one, ms since 1970."""
        del self._entries[: max(bisect_right(self._entries, border, key=_first_of) - 1, 0)]
        self._known_from = max(self._known_from, border)
        self.takeovers.forget_before(self.epochs.scored_from(border))

    def at(self, moment: int) -> RiskScorer:
        """Return the scorer of an instant, ms since 1970."""
        return self._of_border(self.epochs.model_border(moment))

    def __call__(self, customers: Sequence[Customer], moments: Sequence[int], features: Features) -> list[Score]:
        """Score customers; see :meth:`risk.scoring.scorer.RiskScorer.__call__`."""
        borders = [self.epochs.model_border(moment) for moment in moments]
        scorer_of = {border: self._of_border(border) for border in set(borders)}
        scores = ScorerStack([scorer_of[border] for border in borders])(customers, moments, features)
        return [self._pinned(border, score) for border, score in zip(borders, scores, strict=True)]

    def _note_takeovers(self, index: int) -> None:
        """Note whether the model at an index, or the one after it, takes over from the one before."""
        for before, entry in pairwise(self._entries[index - 1 : index + 2]):
            if entry.has_model and not before.has_model:
                self.takeovers.add(self.epochs.scored_from(entry.first))

    def _pinned(self, border: int, score: Score) -> Score:
        if self._known_from <= border <= self.known_until:
            return score
        self.unpinned += 1
        return msgspec.structs.replace(score, model_pinned=False)

    def _of_border(self, border: int) -> RiskScorer:
        index = bisect_right(self._entries, border, key=_first_of) - 1
        return self._rule if index < 0 else self._entries[index].scorer


def _first_of(entry: _Entry) -> int:
    return entry.first
