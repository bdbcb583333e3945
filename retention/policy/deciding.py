"""Deciding by the policy of each instant's epoch, as workers and backtests do it."""

from typing import Final

from customers.policy import Policy
from retention.catalogue.compiled import CompiledPlaybook
from retention.decide.planner import RetentionPlanner
from retention.policy.epoch_policy import EpochPolicy
from risk.scoring.look_planner import LookPlanner, PlannerOf, ScorerAt
from schemas.settings import AlertSettings

_KEPT: Final = 8
"""Policies kept prepared: customers who catch up are at instants of several epochs."""


class EpochPolicies:
    """Policies of epochs by what was learnt with their models; each is prepared once while it is in use."""

    def __init__(self, book: CompiledPlaybook, scorer_at: ScorerAt) -> None:
        """Start with the policy that is in force before anything is learnt.

        Args:
            book: The playbook.
            scorer_at: Returns the scorer of an instant, which has what was learnt with its model.
        """
        self._book = book
        self._scorer_at = scorer_at
        self._unlearnt = EpochPolicy.of(book, None)
        self._prepared: dict[str, EpochPolicy] = {}

    def at(self, moment: int) -> EpochPolicy:
        """Return the policy of an instant, ms since 1970."""
        learnt = self._scorer_at(moment).policy
        if learnt is None:
            return self._unlearnt
        prepared = self._prepared.get(learnt.version)
        if prepared is None:
            prepared = self._prepared[learnt.version] = EpochPolicy.of(self._book, learnt)
            if len(self._prepared) > _KEPT:
                del self._prepared[next(iter(self._prepared))]
        return prepared


def planner_of(book: CompiledPlaybook | None, alerts: AlertSettings, margin_share: float) -> PlannerOf:
    """Return what makes the planner of a run.

    Args:
        book: The playbook; None to plan looks and alerts alone, and to decide nothing.
        alerts: Risks and values at which alerts are raised and cleared.
        margin_share: Share of revenue that is margin.
    """

    def make(policy: Policy, scorer_at: ScorerAt) -> LookPlanner | RetentionPlanner:
        looks = LookPlanner(policy, alerts, scorer_at)
        if book is None:
            return looks
        return RetentionPlanner(looks, policy, book, EpochPolicies(book, scorer_at).at, margin_share)

    return make
