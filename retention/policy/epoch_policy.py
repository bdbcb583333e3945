"""Policy of an epoch: the playbook with what was learnt, in the form in which workers decide by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np

from customers.features.features import Matrix
from retention.catalogue.compiled import CompiledPlaybook
from retention.decide.choice.gains import EstimatesOf, GainEstimates
from retention.decide.policy_state import PolicyInForce, PolicyState, policy_in_force
from retention.learning.gain_features import of_customers
from retention.learning.gain_model import GainPosterior
from risk.estimators.gaussian import symmetric, unpack_lower
from risk.scoring.model.risk_model import CLIP
from schemas.records.learnt_policy import GainCorrections, LearntPolicy
from schemas.records.score import Score


@dataclass(frozen=True, slots=True)
class _Corrections:
    """Corrections of guesses in the form in which they are computed; those of ``places`` alone are known."""

    features: Sequence[str]
    means: Matrix
    scales: Matrix
    places: Sequence[int]
    posterior: GainPosterior


@dataclass(frozen=True, slots=True)
class EpochPolicy:
    """Decides for the customers of an epoch, by the playbook and what the learner has published for the epoch.

    What was learnt of an action that the playbook has changed since does not count (see
    ``CompiledPlaybook.signatures``).

    Attributes:
        in_force: Costs, prices, holdout shares, and the actions that are available.
    """

    in_force: PolicyInForce
    _corrections: _Corrections | None

    @classmethod
    def of(cls, book: CompiledPlaybook, learnt: LearntPolicy | None) -> Self:
        """Prepare the policy of an epoch.

        Args:
            book: The playbook.
            learnt: Published with the model of the epoch; None before anything is learnt.
        """
        if learnt is None:
            return cls(policy_in_force(book), None)
        valid = {
            name: index
            for index, (name, signature) in enumerate(zip(book.names, book.signatures, strict=True))
            if name in learnt.evidence and learnt.evidence[name].signature == signature
        }
        state = PolicyState(
            version=learnt.version,
            prices=learnt.prices,
            switched_off=frozenset(name for name in learnt.switched_off if name in valid),
            holdout_shares={name: share for name, share in learnt.shares.items() if name in valid},
        )
        known = learnt.corrections
        return cls(policy_in_force(book, state), None if known is None else _prepared(known, valid))

    def estimates_of(self, values: Matrix) -> EstimatesOf | None:
        """Return what is known of customers' gains beyond the guesses of their rules; None before anything is.

        Args:
            values: Features of the customers of a batch, not standardised, shape (features, customers).

        Returns:
            Function of the places and scores of some of these customers, which returns estimates that do not depend on
            the others.
        """
        return partial(self._estimates, self._corrections, values) if self._corrections else None

    def _estimates(
        self, known: _Corrections, values: Matrix, customers: Sequence[int], scores: Sequence[Score]
    ) -> GainEstimates:
        features = of_customers(known.features, values, customers, scores)
        gains = known.posterior(np.clip((features - known.means) * known.scales, -CLIP, CLIP))
        correction = np.full((len(self.in_force.book.names), len(customers)), np.nan)
        deviation = correction.copy()
        correction[known.places], deviation[known.places] = gains.mean.T, gains.deviation.T
        return GainEstimates(correction, deviation)


def _prepared(learnt: GainCorrections, valid: dict[str, int]) -> _Corrections | None:
    """Return the corrections of the actions that are as they were; None if there is none."""
    kept = [place for place, name in enumerate(learnt.actions) if name in valid]
    if not kept:
        return None
    size = len(learnt.features) + 1
    packed = np.frombuffer(learnt.covariance, dtype="<f8").reshape(len(learnt.actions), -1)
    covariance = np.stack([symmetric(unpack_lower(packed[place].tobytes(), size)) for place in kept])
    return _Corrections(
        features=learnt.features,
        means=np.array(learnt.means),
        scales=np.array(learnt.scales),
        places=[valid[learnt.actions[place]] for place in kept],
        posterior=GainPosterior(np.array(learnt.weights)[kept], np.ascontiguousarray(covariance)),
    )
