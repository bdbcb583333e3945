"""Folds what people did, judged and wished into what deciding remembers of a customer."""

from typing import Final, cast, get_args

import msgspec

from customers.facts import ACTION, JUDGEMENT, Fact
from customers.state import NEVER
from retention.decide.chance.draw import decision_id_of
from retention.decide.memory.ending import REACHED, Ended, end_by_result
from retention.decide.memory.state import OpenDecision, RetentionState
from schemas.events.action_events import HandlingStep
from schemas.records.decisions import ActionResult

_TRIED: Final[frozenset[ActionResult]] = REACHED | {"no_answer"}

_STEPS: Final = frozenset(get_args(HandlingStep))
"""Steps that people tell each other on the way to a result: nothing follows from it."""

_AGENT: Final = "A support agent"
"""Author of a note in a contact."""


class ActionFact(msgspec.Struct, array_like=True, frozen=True):
    """Action taken for a customer, as a fact.

    Attributes:
        occurred: When, ms since 1970.
        action: Name of the action.
        result: What came of it.
        decision_id: Decision that it carries out; empty if there is none.
    """

    occurred: int
    action: str
    result: ActionResult
    decision_id: str = ""


class JudgementFact(msgspec.Struct, array_like=True, frozen=True):
    """Judgement of a customer, as a fact.

    Attributes:
        occurred: When, ms since 1970.
        by: Who.
        likely_to_leave: True or False if they said so.
        note: Their own words.
    """

    occurred: int
    by: str
    likely_to_leave: bool | None = None
    note: str = ""


def fold_action(customer_id: str, state: RetentionState, fact: ActionFact, snooze_ms: int) -> Ended | None:
    """Fold what was done.

    Args:
        customer_id: Id of the customer.
        state: Changed in place.
        fact: What was done.
        snooze_ms: Time for which a dismissal leaves the customer alone, ms.

    Returns:
        The end of the standing decision if this ends it.
    """
    if fact.result == "dismissed":
        state.snooze(fact.occurred + snooze_ms, fact.occurred)
    _report(customer_id, state, fact)
    standing = state.open
    if standing is not None and _carries_out(customer_id, fact, standing):
        if fact.result in _TRIED:
            state.add_try(standing.channel, answered=fact.result in REACHED)
        return end_by_result(customer_id, state, fact.result, fact.occurred)
    if fact.result in _TRIED:
        is_counted = any(_is_of(customer_id, fact, opened.decided_at) for opened in state.outcomes)
        _count_again(state, fact) if is_counted else state.add_contact(fact.action, fact.occurred)
    return None


def _report(customer_id: str, state: RetentionState, fact: ActionFact) -> None:
    """Keep the result for the outcome of the decision that was carried out, whether it still stands or not."""
    standing = state.open
    for opened in state.outcomes:
        if fact.decision_id:
            is_meant = _is_of(customer_id, fact, opened.decided_at)
        else:
            is_meant = (
                standing is not None
                and standing.decided_at == opened.decided_at
                and _carries_out(customer_id, fact, standing)
            )
        if is_meant:
            opened.report(fact.result, fact.occurred)


def _is_of(customer_id: str, fact: ActionFact, decided_at: int) -> bool:
    return fact.decision_id == decision_id_of(customer_id, decided_at)


def _carries_out(customer_id: str, fact: ActionFact, standing: OpenDecision) -> bool:
    """Return True if an action carries out a decision: by its id, or without one as the action that was asked for."""
    if fact.decision_id:
        return _is_of(customer_id, fact, standing.decided_at)
    return fact.action == standing.action and not standing.held_out and fact.occurred >= standing.decided_at


def _count_again(state: RetentionState, fact: ActionFact) -> None:
    """Correct the time of a contact that was counted when its decision ended, and was made later."""
    if fact.occurred > state.last_of_action.get(fact.action, NEVER):
        counted = state.last_of_action.get(fact.action)
        if counted in state.contacts:
            state.contacts.remove(counted)
        state.add_contact(fact.action, fact.occurred)


def fold_judgement(state: RetentionState, fact: JudgementFact, snooze_ms: int) -> None:
    """Fold a judgement: who is judged to stay is left alone for a while, and who is judged to leave no longer.

    Args:
        state: Changed in place.
        fact: The judgement.
        snooze_ms: Time for which it leaves the customer alone, ms.
    """
    if fact.likely_to_leave is not None:
        state.snooze(NEVER if fact.likely_to_leave else fact.occurred + snooze_ms, fact.occurred)
    state.judge(fact.by, fact.note, fact.occurred)


def fold_told(customer_id: str, state: RetentionState, fact: Fact, snooze_ms: int) -> Ended | None:
    """Fold the words of a fact: what was done, what was thought, and whether the customer may be contacted.

    Args:
        customer_id: Id of the customer.
        state: Changed in place.
        fact: Any new fact.
        snooze_ms: Time for which a dismissal, or a judgement that they will stay, leaves the customer alone, ms.

    Returns:
        The end of the standing decision if this ends it.
    """
    told = fact.told
    if told is None:
        return None
    if told.wish is not None:
        state.wish(no_contact=told.wish, at=fact.occurred)
    if fact.kind == ACTION:
        if told.result in _STEPS:
            return None
        result = cast("ActionResult", told.result)
        done = ActionFact(fact.occurred, told.action, result, told.decision_id)
        return fold_action(customer_id, state, done, snooze_ms)
    if fact.kind == JUDGEMENT or told.note:
        judgement = JudgementFact(fact.occurred, told.by or _AGENT, told.likely_to_leave, told.note)
        fold_judgement(state, judgement, snooze_ms)
    return None
