"""Folds what people did, judged and wished into what deciding remembers of a customer."""

from collections.abc import Mapping
from typing import Final

import msgspec

from customers.state import NEVER
from retention.decide.draw import decision_id_of
from retention.decide.ending import REACHED, Ended, end_by_result
from retention.decide.state import OpenDecision, RetentionState
from schemas.decisions import ActionResult

_TRIED: Final[frozenset[ActionResult]] = REACHED | {"no_answer"}


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
    standing = state.open
    if standing is not None and _carries_out(customer_id, fact, standing):
        if fact.result in _TRIED:
            state.add_try(standing.channel, answered=fact.result in REACHED)
        return end_by_result(customer_id, state, fact.result, fact.occurred)
    if fact.result in _TRIED:
        _count_again(state, fact) if fact.decision_id else state.add_contact(fact.action, fact.occurred)
    return None


def _carries_out(customer_id: str, fact: ActionFact, standing: OpenDecision) -> bool:
    if fact.decision_id:
        return fact.decision_id == decision_id_of(customer_id, standing.decided_at)
    return fact.action == standing.action and not standing.held_out


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


def fold_extra(state: RetentionState, extra: Mapping[str, str], never: Mapping[str, str], occurred: int) -> None:
    """Fold an event's ``extra``, which may say that the customer is not to be contacted, or may be again.

    Args:
        state: Changed in place.
        extra: Further data of any event.
        never: Names and values that mean it; another value of the same name ends it.
        occurred: Time of the event, ms since 1970.
    """
    said = [extra[name] == value for name, value in never.items() if name in extra]
    if said:
        state.wish(no_contact=any(said), at=occurred)
