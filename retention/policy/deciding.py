"""Deciding by the policy of each instant's epoch, as workers and backtests do it."""

from collections.abc import Sequence
from typing import Final

import msgspec

from customers.features.features import Features
from customers.feed.holes import Holes
from customers.policy import Policy
from customers.reviews.looks import Looked, Planned, Planner
from customers.state import NEVER, Customer
from retention.catalogue.compiled import CompiledPlaybook
from retention.decide.memory.state import decode_retention, encode_retention
from retention.decide.planner import RetentionPlanner
from retention.decide.telling.notices import cleared
from retention.policy.epoch_policy import EpochPolicy
from risk.scoring.look_planner import LookPlanner, PlannerOf, ScorerAt
from schemas.records.alert import Alert
from schemas.settings.risk import AlertSettings

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


class WithdrawingPlanner(Planner):
    """Decides nothing, and withdraws the decisions that stand from when something was decided.

    Their open outcomes are dropped: nobody counts what follows them any more. Contacts, cooldowns and wishes are kept.
    """

    def __init__(self, looks: Planner) -> None:
        """Leave looks and alerts to another planner."""
        self._looks = looks

    def __call__(self, looked: Sequence[Looked], features: Features) -> list[Planned]:
        """Plan looks, and withdraw; see :class:`customers.reviews.looks.Planner`."""
        return [
            msgspec.structs.replace(planned, notices=_withdrawn(one.customer_id, one.customer))
            if one.customer.retention
            else planned
            for one, planned in zip(looked, self._looks(looked, features), strict=True)
        ]

    def pass_time(self, customer_id: str, customer: Customer, holes: Holes) -> Planned:
        """Withdraw; see :class:`customers.reviews.looks.Planner`."""
        del holes
        return Planned(notices=_withdrawn(customer_id, customer))


def _withdrawn(customer_id: str, customer: Customer) -> tuple[Alert, ...]:
    customer.retention_due = NEVER
    if not customer.retention or not customer.retention[0]:
        return ()
    state = decode_retention(customer.retention)
    standing, state.open, state.outcomes = state.open, None, []
    customer.retention = encode_retention(state)
    return () if standing is None else cleared(customer_id, standing, customer.clock, None, {})


def planner_of(book: CompiledPlaybook | None, alerts: AlertSettings, margin_share: float) -> PlannerOf:
    """Return what makes the planner of a run.

    Args:
        book: The playbook; None to plan looks and alerts alone, and to decide nothing.
        alerts: Risks and values at which alerts are raised and cleared.
        margin_share: Share of revenue that is margin.
    """

    def make(policy: Policy, scorer_at: ScorerAt) -> Planner:
        looks = LookPlanner(policy, alerts, scorer_at)
        if book is None:
            return WithdrawingPlanner(looks)
        return RetentionPlanner(looks, policy, book, EpochPolicies(book, scorer_at).at, margin_share)

    return make
