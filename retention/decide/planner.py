"""Planner that decides: after the looks are planned, decisions end and are raised, and outcomes are settled.

Everything follows from the customer's own facts and scores and the policy in force at the instant, so that the same log
gives the same decisions in whatever batches, and on whichever worker.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from customers.facts import PART, PURCHASE, RETURN, Fact
from customers.features.features import Features, Matrix
from customers.feed.holes import Holes
from customers.policy import Policy
from customers.reviews.looks import NOTHING_PLANNED, Looked, Planned, Planner
from customers.state import NEVER, Customer
from retention.catalogue.compiled import CompiledPlaybook
from retention.decide.chance.draw import decision_id_of
from retention.decide.choice.gains import EstimatesOf
from retention.decide.decide import decide
from retention.decide.eligibility.prefilter import Prefilter
from retention.decide.eligibility.situation import DecisionCase
from retention.decide.memory.ending import end_if_due
from retention.decide.memory.fold import fold_told
from retention.decide.memory.opening import open_outcome
from retention.decide.memory.state import STANDING, RetentionState, decode_retention, encode_retention
from retention.decide.policy_state import PolicyInForce
from retention.decide.telling.notices import cleared, raised
from retention.outcomes.open_outcome import MOST_OPEN_OUTCOMES
from retention.outcomes.outcome_record import encode_snapshot, outcome_of
from schemas.moments import DAY_MS
from schemas.records.alert import Alert
from schemas.records.decisions import DecisionOutcome, RetentionDecision


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
        state: What deciding remembers.
        place: Index in the batch.
        changed: True if the state is to be written back.
        may_decide: True if a decision may be raised.
        notices: Alerts of decisions.
        outcomes: Settled outcomes.
        decision: New decision.
        bids: Action and bin of each bid.
    """

    state: RetentionState
    place: int = 0
    changed: bool = False
    may_decide: bool = False
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
        self, looks: Planner, policy: Policy, book: CompiledPlaybook, policy_at: PolicyAt, margin_share: float
    ) -> None:
        """Decide by policies.

        Args:
            looks: Changes alerts and plans looks.
            policy: Horizon of the risk, and the grace for late events.
            book: Playbook of which all policies are.
            policy_at: Returns the policy of an instant.
            margin_share: Share of revenue that is margin.
        """
        self._looks = looks
        self._policy = policy
        self._actions = book.playbook.actions
        self._snooze_ms = round(book.playbook.contacts.snooze_days * DAY_MS)
        self._prefilter = Prefilter(book)
        self.never = book.playbook.contacts.never
        self._policy_at = policy_at
        self._margin_share = margin_share

    def __call__(self, looked: Sequence[Looked], features: Features) -> list[Planned]:
        """Plan looks, decide and settle; see :class:`customers.reviews.looks.Planner`."""
        planned = list(self._looks(looked, features))
        turns: list[_Turn] = []
        for place, one in enumerate(looked):
            turn = self._turn(one)
            if turn is not None:
                turn.place = place
                turns.append(turn)
        self._decide([turn for turn in turns if turn.may_decide], looked, features)
        for turn in turns:
            _keep(looked[turn.place].customer, turn)
            planned[turn.place] = turn.planned(planned[turn.place])
        return planned

    def pass_time(self, customer_id: str, customer: Customer, holes: Holes) -> Planned:
        """Settle outcomes and end the decision whose time is over; see :class:`customers.reviews.looks.Planner`."""
        turn = self._begin(customer_id, customer, holes, ())
        _keep(customer, turn)
        return turn.planned(NOTHING_PLANNED)

    def _turn(self, one: Looked) -> _Turn | None:
        """Begin with a customer; None if nothing can follow, as at most scores."""
        customer, turn = one.customer, None
        if _concerns(customer, one.facts):
            turn = self._begin(one.customer_id, customer, one.holes, one.facts)
        elif customer.retention and customer.retention[0] & STANDING:
            return None
        actions = self._prefilter.possible(one)
        if not actions or one.silent:
            return turn
        if turn is None:
            turn = _Turn(decode_retention(customer.retention))
        state, now = turn.state, customer.clock
        if state.open is None and len(state.outcomes) < MOST_OPEN_OUTCOMES and state.last_seen.at != now:
            turn.may_decide = self._prefilter.are_open(actions, state, now)
        return turn

    def _begin(self, customer_id: str, customer: Customer, holes: Holes, facts: Sequence[Fact]) -> _Turn:
        """Fold new facts, settle the outcomes that are final, and end the decision that is over."""
        now, state = customer.clock, decode_retention(customer.retention)
        turn = _Turn(state)
        standing, ended = state.open, None
        for fact in facts:
            if fact.told is not None:
                turn.changed = True
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
        policy, values = estimating.in_force, features.values
        cases = [_case(looked[turn.place], turn.state) for turn in turns]
        estimates = estimating.estimates_of(values)
        if estimates is not None:
            estimates = _of_places(estimates, [turn.place for turn in turns])
        result = decide(cases, policy, estimates)
        for bid in result.bids:
            turns[bid.customer].bids += ((policy.book.names[bid.action], bid.bin),)
        places = {case.customer_id: place for place, case in enumerate(cases)} if result.raised else {}
        for decision in result.raised:
            place = places[decision.customer_id]
            turn, case = turns[place], cases[place]
            turn.decision, turn.changed = decision, True
            turn.notices += raised(decision)
            snapshot = encode_snapshot(values[:, turn.place])
            open_outcome(turn.state, decision, case.score, snapshot, policy, self._policy.grace_ms)


def _concerns(customer: Customer, facts: Sequence[Fact]) -> bool:
    """Return True if something is due in what deciding remembers, or a new fact changes it."""
    flags = customer.retention[0] if customer.retention else 0
    if flags and customer.retention_due == NEVER:  # reset, since it has come
        return True
    if not facts:  # as at a review
        return False
    return any(fact.told is not None or (flags and fact.kind in (PURCHASE, PART, RETURN)) for fact in facts)


def _case(one: Looked, state: RetentionState) -> DecisionCase:
    return DecisionCase(one.customer_id, one.heard, one.customer.clock, one.score, state)


def _of_places(estimates: EstimatesOf, places: Sequence[int]) -> EstimatesOf:
    """Return the estimates of the customers who are decided for, by their places among these.

    Args:
        estimates: Those of all customers of the batch.
        places: Places in the batch of those who are decided for.
    """
    return lambda chosen, scores: estimates([places[one] for one in chosen], scores)


def _keep(customer: Customer, turn: _Turn) -> None:
    """Write a state back, and have the customer due when the next thing in it is."""
    if turn.changed:
        customer.retention = encode_retention(turn.state)
    if turn.changed or customer.retention_due == NEVER:  # which it is, too, where it has come
        customer.retention_due = turn.state.due_at
