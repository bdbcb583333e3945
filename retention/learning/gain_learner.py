"""Learns the model of gains from settled decisions, and publishes the corrections that follow from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from retention.catalogue.compiled import CompiledPlaybook
from retention.catalogue.playbook import NONE
from retention.effects.verdict import FEWEST
from retention.learning.gain_features import RANKED, features_for, of_outcomes
from retention.learning.gain_model import GainModel
from retention.outcomes.columns import Integers
from risk.estimators.gaussian import pack_lower, symmetric, unpack_lower
from schemas.records.decisions import DecisionOutcome
from schemas.records.learnt_policy import GainCorrections, GainSums

FEWEST_OUTCOMES: Final = 100
"""Number of outcomes from which the model corrects guesses."""


@dataclass(slots=True)
class GainLearner:
    """Adds up outcomes, and computes corrections from the sums.

    Outcomes of actions with different horizons are compared as margin a day, beyond the margin that was expected
    without any action; a correction is that of an action's whole horizon.

    Attributes:
        book: The playbook.
        corrections: Corrections that were computed last; None before there are enough outcomes.
        features: Names of the features.
        model: Sums on features that are not standardised.
        done: Number of outcomes with each action in effect, shape (actions,).
        fitted: Number of outcomes by which the corrections were computed.
    """

    book: CompiledPlaybook
    corrections: GainCorrections | None = None
    features: tuple[str, ...] = field(init=False)
    model: GainModel = field(init=False)
    done: Integers = field(init=False)
    fitted: int = 0

    def __post_init__(self) -> None:
        """Start without outcomes."""
        self._start(features_for(len(self.book.names)))

    def _start(self, features: tuple[str, ...]) -> None:
        self.features = features
        self.model = GainModel.empty(len(self.book.names), len(features))
        self.done = np.zeros(len(self.book.names), dtype=np.int64)

    @property
    def is_due(self) -> bool:
        """True if there are enough outcomes, and some that the corrections do not contain."""
        return self.model.outcomes[0] >= max(FEWEST_OUTCOMES, self.fitted + 1)

    def learn(self, outcomes: Sequence[DecisionOutcome]) -> None:
        """Add outcomes in an order that follows from them; their actions are in the playbook, or ``none``."""
        if not outcomes:
            return
        names = self.book.names
        horizons = np.array([action.horizon_days for action in self.book.actions])
        probability = np.array([[one.probability.get(name, 0.0) for name in (NONE, *names)] for one in outcomes])
        guess = np.array([[one.guesses.get(name, 0.0) for name in names] for one in outcomes]) / horizons
        beyond = [(one.margin - one.expected_margin) / one.horizon_days for one in outcomes]
        done = [0 if one.held_out or one.action == NONE else 1 + names.index(one.action) for one in outcomes]
        self.done += np.bincount(done, minlength=len(names) + 1)[1:]
        columns = of_outcomes(self.features, outcomes)
        self.model = self.model.learn_many(columns, np.array(done), probability, np.array(beyond), guess)

    def fit(self) -> None:
        """Compute the corrections of the actions that were carried out often enough to say something."""
        means, scales = self.model.standardisation()
        posterior = self.model.standardised(means, scales).posterior
        known = [place for place, number in enumerate(self.done.tolist()) if number >= FEWEST]
        horizons = [self.book.actions[place].horizon_days for place in known]
        self.fitted = self.model.outcomes[0]
        self.corrections = GainCorrections(
            features=self.features,
            means=tuple(means.tolist()),
            scales=tuple(scales.tolist()),
            actions=tuple(self.book.names[place] for place in known),
            weights=tuple(
                tuple((posterior.weights[place] * days).tolist()) for place, days in zip(known, horizons, strict=True)
            ),
            covariance=b"".join(
                pack_lower(posterior.covariance[place] * days**2) for place, days in zip(known, horizons, strict=True)
            ),
        )

    def publish(self) -> GainSums | None:
        """Return the sums to go on from; None before the first outcome."""
        number, total, squares = self.model.outcomes
        if not number:
            return None
        return GainSums(
            features=self.features,
            actions=self.book.names,
            done=tuple(self.done.tolist()),
            products=pack_lower(self.model.products),
            moments=self.model.moments.astype("<f8").tobytes(),
            outcomes=number,
            total=total,
            squares=squares,
            fitted=self.fitted,
        )

    def resume(self, sums: GainSums, corrections: GainCorrections | None, unchanged: frozenset[str]) -> None:
        """Go on from published sums; those of actions that are no longer the same are left out.

        Args:
            sums: As :meth:`publish` returned them.
            corrections: Published with them.
            unchanged: Names of the actions that are what they were.

        Raises:
            ValueError: The parts of the sums do not fit each other.
        """
        features = min(sums.features, self.features, key=len)
        if sums.features != RANKED[: len(sums.features)]:
            return  # features of another version of this program: learning starts over
        self._start(features)
        size, whole = len(features) + 1, len(sums.features) + 1
        products = symmetric(unpack_lower(sums.products, whole * (len(sums.actions) + 1)))
        moments = np.frombuffer(sums.moments, dtype="<f8")
        places = {name: place for place, name in enumerate(sums.actions) if name in unchanged}
        kept = [(index, places[name]) for index, name in enumerate(self.book.names) if name in places]
        ours = _rows([0, *(index + 1 for index, _ in kept)], size, size)
        theirs = _rows([0, *(place + 1 for _, place in kept)], whole, size)
        self.model.products[np.ix_(ours, ours)] = products[np.ix_(theirs, theirs)]
        self.model.moments[ours] = moments[theirs]
        self.model = GainModel(
            self.model.actions,
            self.model.features,
            self.model.products,
            self.model.moments,
            (sums.outcomes, sums.total, sums.squares),
        )
        for index, place in kept:
            self.done[index] = sums.done[place]
        self.fitted, self.corrections = sums.fitted, corrections


def _rows(blocks: Sequence[int], apart: int, size: int) -> list[int]:
    """Return the rows of the first ``size`` regressors of blocks that begin ``apart`` rows from each other."""
    return [block * apart + row for block in blocks for row in range(size)]
