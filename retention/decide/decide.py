"""Decides for customers at their scores: ends what is over, and raises at most one decision for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from retention.catalogue.compiled import CompiledPlaybook
from retention.catalogue.playbook import NONE, Action
from retention.decide.chance.draw import decision_id_of, draw_of, holdout_place
from retention.decide.choice.gains import Correction, EstimatesOf, interval_of
from retention.decide.choice.offer import Offer, offer_to
from retention.decide.choice.prices import Bid
from retention.decide.choice.propensity import MILLION, drawn
from retention.decide.eligibility.candidates import Candidate, candidate_of
from retention.decide.eligibility.situation import DecisionCase
from retention.decide.eligibility.timing import TimeWindow, window_of
from retention.decide.memory.ending import Ended, end_if_due
from retention.decide.memory.state import OpenDecision, View
from retention.decide.policy_state import PolicyInForce
from retention.decide.telling.channel import channel_for
from retention.decide.telling.what_changed import what_changed
from schemas.moments import DAY_MS, from_ms
from schemas.records.decisions import GainInterval, RetentionDecision
from schemas.records.encode import PUBLISHED_DIGITS

_CENTS: Final = 2


@dataclass(frozen=True, slots=True)
class DecisionResult:
    """Decisions for a batch of customers.

    Attributes:
        ended: Decisions that have ended, in the order of the customers.
        raised: New decisions, in the order of the customers; ghosts and ``none`` are among them.
        bids: What the customers would pay for units of capacity, for the prices of later epochs.
    """

    ended: list[Ended]
    raised: list[RetentionDecision]
    bids: list[Bid]


def decide(
    cases: Sequence[DecisionCase], policy: PolicyInForce, estimates: EstimatesOf | None = None
) -> DecisionResult:
    """Decide for customers, each at its score.

    A decision depends on the customer's own state and score, the policy and the estimates alone: neither on the other
    customers of the batch nor on their order. Few of a batch are candidates, so they are worked on one by one; only
    what was learnt of them is looked up for all together.

    Args:
        cases: The customers, each once; what deciding remembers of them is changed in place.
        policy: The playbook and what was learnt, in force at these instants.
        estimates: Returns what was learnt of the gains of some of these customers; None before anything is learnt.
    """
    ended = [
        end
        for case in cases
        if case.state.open is not None
        and (end := end_if_due(case.customer_id, case.state, case.customer.last_purchase, case.now)) is not None
    ]
    candidates = [
        candidate
        for place, case in enumerate(cases)
        if case.state.open is None and (candidate := candidate_of(place, case, policy)) is not None
    ]
    result = DecisionResult(ended, [], [])
    learnt = None
    if estimates is not None and candidates:
        learnt = estimates([one.place for one in candidates], [one.case.score for one in candidates])
    for index, candidate in enumerate(candidates):
        known = learnt.of(index, candidate.begins) if learnt else {}
        offer = offer_to(candidate, policy, known)
        result.bids.extend(offer.bids)
        if offer.gains:
            result.raised.append(_raise(candidate, offer, known, policy))
    return result


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Action drawn for a customer.

    Attributes:
        name: Name of the action.
        action: The action; None for leaving the customer alone.
        window: Time in which it is to be done.
        held_out: True if it is a ghost decision.
        channel: Way to reach the customer.
        gain: Expected gain before cost, reporting currency.
        interval: Its interval, if it was learnt.
    """

    name: str
    action: Action | None
    window: TimeWindow
    held_out: bool
    channel: str
    gain: float
    interval: GainInterval | None


def _raise(
    candidate: Candidate, offer: Offer, known: Mapping[int, Correction], policy: PolicyInForce
) -> RetentionDecision:
    """Draw an action out of an offer, and raise the decision."""
    case, actions = candidate.case, list(offer.gains)
    decision_id = decision_id_of(case.customer_id, case.now)
    choice = drawn(offer.weights, draw_of(decision_id, policy.version))
    if choice == len(actions):
        one = _rest(case, policy.book)
    else:
        action = actions[choice]
        one = _drawn(candidate, action, offer.gains[action], known.get(action), policy)
    decision = _record(decision_id, candidate, one, _propensity(candidate, offer, policy), policy)
    _let_stand(case, one)
    return decision


def _rest(case: DecisionCase, book: CompiledPlaybook) -> _Drawn:
    """Return leaving the customer alone for a while."""
    rest = TimeWindow(case.now, case.now + round(book.playbook.exploration.rest_days * DAY_MS))
    return _Drawn(NONE, None, rest, held_out=False, channel="", gain=0.0, interval=None)


def _drawn(candidate: Candidate, index: int, gain: float, known: Correction | None, policy: PolicyInForce) -> _Drawn:
    case, book, action = candidate.case, policy.book, policy.book.actions[index]
    season_days = book.playbook.holdout.season_days
    return _Drawn(
        name=book.names[index],
        action=action,
        window=window_of(action, candidate.begins[index], book.quiet),
        held_out=holdout_place(case.customer_id, case.now, season_days) < policy.holdout_shares[index],
        channel=channel_for(action.channels, case.state.channels),
        gain=round(gain, _CENTS),
        interval=interval_of(gain, known),
    )


def _record(
    decision_id: str, candidate: Candidate, one: _Drawn, propensity: dict[str, float], policy: PolicyInForce
) -> RetentionDecision:
    case, action = candidate.case, one.action
    return RetentionDecision(
        decision_id=decision_id,
        customer_id=case.customer_id,
        decided_at=from_ms(case.now),
        action=one.name,
        held_out=one.held_out,
        propensity=propensity,
        policy_version=policy.version,
        rule=candidate.rule.name,
        expected_gain=one.gain,
        interval=one.interval,
        cost=action.cost if action else 0.0,
        risk=round(case.score.risk, PUBLISHED_DIGITS),
        value_at_risk=case.score.value_at_risk,
        reasons=case.score.reasons,
        what_changed=what_changed(case, policy.book.quiet.local_ms),
        do_after=from_ms(one.window.do_after),
        due_by=from_ms(one.window.due_by),
        team=action.team if action else "",
        channel=one.channel,
        template=action.template if action else "",
        segment=case.score.segment,
    )


def _let_stand(case: DecisionCase, one: _Drawn) -> None:
    """Let a decision stand in the customer's state, with what was seen of the customer."""
    score, risk = case.score, round(case.score.risk, PUBLISHED_DIGITS)
    case.state.open = OpenDecision(
        decided_at=case.now,
        action=one.name,
        held_out=one.held_out,
        due_by=one.window.due_by,
        channel=one.channel,
        purchase_ends=one.action is None or one.action.purchase_ends,
        do_after=one.window.do_after,
        expected_gain=one.gain,
        value_at_risk=score.value_at_risk,
        risk=risk,
        segment=score.segment,
    )
    case.state.last_seen = View(case.now, risk, score.segment)


def _propensity(candidate: Candidate, offer: Offer, policy: PolicyInForce) -> dict[str, float]:
    """Return the propensity of each allowed action, zero where it does not pay, and of doing nothing."""
    names = policy.book.names
    weights = dict(zip((*offer.gains, NONE), offer.weights, strict=True))
    return {
        **{names[index]: weights.get(index, 0) / MILLION for index in candidate.begins},
        NONE: weights[NONE] / MILLION,
    }
