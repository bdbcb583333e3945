"""Planner that decides: after the looks are planned, decisions end and are raised, and outcomes are settled.

Everything follows from the customer's own facts and scores and the policy in force at the instant, so that the same log
gives the same decisions in whatever batches, and on whichever worker.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
import numpy as np

from customers.facts import Fact
from customers.feature_snapshot import encode_features
from customers.features import Features, Matrix
from customers.feed.holes import Holes
from customers.looks import NOTHING_PLANNED, Looked, Planned, Planner
from customers.policy import Policy
from customers.state import Customer
from retention.catalogue.playbook import Playbook
from retention.decide.decide import decide
from retention.decide.draw import decision_id_of
from retention.decide.ending import end_if_due
from retention.decide.fold import fold_told
from retention.decide.gains import EstimatesOf
from retention.decide.notices import cleared, raised
from retention.decide.opening import open_outcome
from retention.decide.policy_state import PolicyInForce
from retention.decide.situation import DecisionCase
from retention.decide.state import RetentionState, decode_retention, encode_retention
from retention.outcomes.open_outcome import MOST_OPEN_OUTCOMES
from retention.outcomes.outcome_record import outcome_of
from schemas.decisions import DecisionOutcome, RetentionDecision
from schemas.moments import DAY_MS
from schemas.records import Alert


class EstimatingPolicy(Protocol):
    """A policy, and what was learnt with it of the gains of customers (see :mod:`retention.policy.epoch_policy`)."""

    @property
    def in_force(self) -> PolicyInForce:
        """Costs, prices, holdout shares, and the actions that are available."""

    def estimates_of(self, values: Matrix) -> EstimatesOf | None:
        """Return what is known of customers' gains beyond the guesses of their rules; None before anything is.

        Args:
            values: Their features, not standardised, shape (features, customers).
        """


PolicyAt = Callable[[int], EstimatingPolicy]
"""Returns the policy of an instant, ms since 1970; the same object for all instants to which the same one applies."""


class _Turn(msgspec.Struct):
    """A customer at an instant while it is worked on.

    Attributes:
        state: What deciding remembers; None where there is nothing yet.
        place: Index in the batch.
        changed: True if the state is to be written back.
        notices: Alerts of decisions.
        outcomes: Settled outcomes.
        decision: New decision.
        bids: Action and bin of each bid.
    """

    state: RetentionState | None = None
    place: int = 0
    changed: bool = False
    notices: tuple[Alert, ...] = ()
    outcomes: tuple[DecisionOutcome, ...] = ()
    decision: RetentionDecision | None = None
    bids: tuple[tuple[str, int], ...] = ()

    def planned(self, looks: Planned) -> Planned:
        """Return what follows, together with what the planner of looks says."""
        if not (self.decision or self.notices or self.outcomes or self.bids):
            return looks
        return Planned(looks.alert, self.decision, self.notices, self.outcomes, self.bids)


class RetentionPlanner(Planner):
    """Decides and settles outcomes after another planner has planned the looks."""

    def __init__(
        self, looks: Planner, policy: Policy, playbook: Playbook, policy_at: PolicyAt, margin_share: float
    ) -> None:
        """Decide by policies.

        Args:
            looks: Changes alerts and plans looks.
            policy: Horizon of the risk, and the grace for late events.
            playbook: Actions and limits, of which all policies are.
            policy_at: Returns the policy of an instant.
            margin_share: Share of revenue that is margin.
        """
        self._looks = looks
        self._policy = policy
        self._actions = playbook.actions
        self._snooze_ms = round(playbook.contacts.snooze_days * DAY_MS)
        self.never = playbook.contacts.never
        self._policy_at = policy_at
        self._margin_share = margin_share

    def __call__(self, looked: Sequence[Looked], features: Features) -> list[Planned]:
        """Plan looks, decide and settle; see :class:`customers.looks.Planner`."""
        planned = list(self._looks(looked, features))
        turns = [self._begin(one.customer_id, one.customer, one.holes, one.facts) for one in looked]
        for place, turn in enumerate(turns):
            turn.place = place
        self._decide([turn for turn in turns if _may_decide(looked[turn.place], turn.state)], looked, features)
        for one, turn in zip(looked, turns, strict=True):
            _keep(one.customer, turn)
        return [turn.planned(looks) for turn, looks in zip(turns, planned, strict=True)]

    def pass_time(self, customer_id: str, customer: Customer, holes: Holes) -> Planned:
        """Settle outcomes and end the decision whose time is over; see :class:`customers.looks.Planner`."""
        turn = self._begin(customer_id, customer, holes, ())
        _keep(customer, turn)
        return turn.planned(NOTHING_PLANNED)

    def _begin(self, customer_id: str, customer: Customer, holes: Holes, facts: Sequence[Fact]) -> _Turn:
        """Count new facts, settle the outcomes that are final, and end the decision that is over."""
        told = any(fact.told for fact in facts)
        if not (customer.retention or told):
            return _Turn()
        now = customer.clock
        state = decode_retention(customer.retention) if customer.retention else RetentionState()
        turn = _Turn(state, changed=told)
        standing, ended = state.open, None
        for fact in facts:
            ended = fold_told(customer_id, state, fact, self._snooze_ms) or ended
            for opened in state.outcomes:
                turn.changed = opened.count(fact) or turn.changed
        self._settle(turn, state, customer_id, now, holes)
        ended = ended or end_if_due(customer_id, state, customer.last_purchase, now)
        if standing is not None and ended is not None:
            turn.changed = True
            turn.notices = cleared(customer_id, standing, now, ended.by, self._actions)
        return turn

    def _settle(self, turn: _Turn, state: RetentionState, customer_id: str, now: int, holes: Holes) -> None:
        final = [opened for opened in state.outcomes if opened.settles_at <= now]
        if not final:
            return
        turn.changed = True
        state.outcomes = [opened for opened in state.outcomes if opened.settles_at > now]
        turn.outcomes = tuple(
            outcome_of(
                opened,
                decision_id_of(customer_id, opened.decided_at),
                customer_id,
                now,
                holes,
                margin_share=self._margin_share,
                risk_horizon_days=self._policy.horizon_days,
            )
            for opened in final
        )

    def _decide(self, turns: Sequence[_Turn], looked: Sequence[Looked], features: Features) -> None:
        """Decide for customers, those together to whom one policy applies."""
        by_policy: dict[int, tuple[EstimatingPolicy, list[_Turn]]] = {}
        for turn in turns:
            policy = self._policy_at(looked[turn.place].customer.clock)
            by_policy.setdefault(id(policy), (policy, []))[1].append(turn)
        for policy, those in by_policy.values():
            self._decide_by(policy, those, looked, features)

    def _decide_by(
        self, estimating: EstimatingPolicy, turns: Sequence[_Turn], looked: Sequence[Looked], features: Features
    ) -> None:
        policy, rows = estimating.in_force, [turn.place for turn in turns]
        cases = [_case(looked[turn.place], turn.state or RetentionState()) for turn in turns]
        result = decide(cases, policy, estimating.estimates_of(features.values[:, rows]))
        bids = result.bids
        for place, action, number in zip(
            bids.customers.tolist(), bids.actions.tolist(), bids.bins.tolist(), strict=True
        ):
            turns[place].bids += ((policy.book.names[action], number),)
        by_customer = dict(zip((case.customer_id for case in cases), zip(turns, cases, strict=True), strict=True))
        for decision in result.raised:
            turn, case = by_customer[decision.customer_id]
            turn.state, turn.decision, turn.changed = case.state, decision, True
            turn.notices += raised(decision)
            (snapshot,) = encode_features(features.only(np.array([turn.place])))
            open_outcome(case.state, decision, case.score, snapshot, policy, self._policy.grace_ms)


def _may_decide(one: Looked, state: RetentionState | None) -> bool:
    """Return True if no decision stands, there is room for another outcome, and none was made at this very instant."""
    if one.silent:
        return False
    if state is None:
        return True
    has_room = len(state.outcomes) < MOST_OPEN_OUTCOMES
    return state.open is None and has_room and state.last_seen.at != one.customer.clock


def _case(one: Looked, state: RetentionState) -> DecisionCase:
    return DecisionCase(one.customer_id, one.heard, one.customer.clock, one.score, state)


def _keep(customer: Customer, turn: _Turn) -> None:
    """Write a state back, and have the customer due when the next thing in it is."""
    if turn.state is None:
        return
    if turn.changed:
        customer.retention = encode_retention(turn.state)
    customer.retention_due = turn.state.due_at
