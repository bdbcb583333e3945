"""Endings of standing decisions: by a purchase, the action's result or lapse, or as the customer is to be left alone.

A decision stands until one of these, whatever the risk does meanwhile: so none flaps, and the probability of what was
drawn stays known. One that was drawn to leave the customer alone stands, too: otherwise the next look would draw again,
until something is done.
"""

from typing import Final, Literal

import msgspec

from retention.catalogue.playbook import NONE
from retention.decide.chance.draw import decision_id_of
from retention.decide.memory.state import OpenDecision, RetentionState
from schemas.records.decisions import ActionResult

EndedBy = Literal["purchase", "result", "lapse"]

FINAL_RESULTS: Final[frozenset[ActionResult]] = frozenset({"done", "refused", "accepted", "not_done", "dismissed"})
"""Results that end a decision; a customer who did not answer can be tried again until it lapses."""

REACHED: Final[frozenset[ActionResult]] = frozenset({"done", "refused", "accepted"})
"""Results that show that the customer was reached."""


class Ended(msgspec.Struct, frozen=True):
    """A decision that has ended.

    Attributes:
        decision_id: Id of the decision.
        customer_id: Id of the customer.
        decided_at: Its instant, ms since 1970.
        action: Name of the action.
        held_out: True if it was a ghost decision.
        ended_at: Instant of the end, ms since 1970.
        by: Cause of the end; None if the customer is to be left alone by now.
    """

    decision_id: str
    customer_id: str
    decided_at: int
    action: str
    held_out: bool
    ended_at: int
    by: EndedBy | None


def end_if_due(customer_id: str, state: RetentionState, last_purchase: int, now: int) -> Ended | None:
    """End a standing decision that is needless after a purchase, over, or whose customer is to be left alone by now.

    Args:
        customer_id: Id of the customer.
        state: Changed in place if the decision ends.
        last_purchase: Latest purchase, ms since 1970; NEVER if there is none.
        now: Instant, ms since 1970.

    Returns:
        The end; None if no decision stands or it goes on.
    """
    standing = state.open
    if standing is None:
        return None
    if standing.purchase_ends and standing.decided_at < last_purchase <= standing.due_by:
        return _end(customer_id, state, standing, last_purchase, "purchase")
    if now >= standing.due_by:
        return _end(customer_id, state, standing, standing.due_by, "lapse")
    if state.no_contact or now < state.snoozed_until:
        return _end(customer_id, state, standing, now, None)
    return None


def end_by_result(customer_id: str, state: RetentionState, result: ActionResult, at: int) -> Ended | None:
    """End the standing decision by what was done about it, if that is final.

    Args:
        customer_id: Id of the customer.
        state: Changed in place.
        result: What came of it.
        at: When, ms since 1970.
    """
    standing = state.open
    if standing is None or result not in FINAL_RESULTS:
        return None
    return _end(customer_id, state, standing, max(at, standing.decided_at), "result")


def _end(customer_id: str, state: RetentionState, standing: OpenDecision, at: int, by: EndedBy | None) -> Ended:
    """End a decision, and count the contact from the latest moment at which it can have been made.

    That is its result's, or else the end of its time: whoever carries it out may not have heard of a purchase yet. A
    ghost counts like the decision that it stands for, so that both groups are decided for in the same way.
    """
    state.open = None
    if standing.action != NONE:
        state.add_contact(standing.action, at if by == "result" else standing.due_by)
    return Ended(
        decision_id=decision_id_of(customer_id, standing.decided_at),
        customer_id=customer_id,
        decided_at=standing.decided_at,
        action=standing.action,
        held_out=standing.held_out,
        ended_at=at,
        by=by,
    )
