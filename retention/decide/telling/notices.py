"""Notices: the life of a decision on ``alerts``, for those who carry it out; ghosts and ``none`` have none."""

from collections.abc import Mapping

from retention.catalogue.playbook import NONE, Action
from retention.decide.chance.draw import decision_id_of
from retention.decide.memory.ending import EndedBy
from retention.decide.memory.state import OpenDecision
from schemas.moments import from_ms
from schemas.records.alert import Alert
from schemas.records.decisions import RetentionDecision


def raised(decision: RetentionDecision) -> tuple[Alert, ...]:
    """Return the alert that asks people to carry out a decision; none where there is nothing to be done."""
    if decision.held_out or decision.action == NONE:
        return ()
    return (
        Alert(
            alert_id=decision.decision_id,
            customer_id=decision.customer_id,
            raised_at=decision.decided_at,
            changed_at=decision.decided_at,
            state="raised",
            risk=decision.risk,
            value_at_risk=decision.value_at_risk,
            segment=decision.segment,
            reasons=decision.reasons,
            decision_id=decision.decision_id,
            action=decision.action,
            team=decision.team,
            channel=decision.channel,
            do_after=decision.do_after,
            due_by=decision.due_by,
            expected_gain=decision.expected_gain,
            what_changed=decision.what_changed,
            template=decision.template,
        ),
    )


def cleared(
    customer_id: str, standing: OpenDecision, now: int, by: EndedBy | None, actions: Mapping[str, Action]
) -> tuple[Alert, ...]:
    """Return the end of such an alert.

    Args:
        customer_id: Id of the customer.
        standing: The decision as it stood.
        now: Instant at which the end is known, ms since 1970.
        by: Cause of the end; None for a customer who is left alone or erased, and where nothing is decided any more.
        actions: Of the playbook; the team and the text of an action that it no longer has are not known.
    """
    if standing.held_out or standing.action == NONE:
        return ()
    decision_id, action = decision_id_of(customer_id, standing.decided_at), actions.get(standing.action)
    return (
        Alert(
            alert_id=decision_id,
            customer_id=customer_id,
            raised_at=from_ms(standing.decided_at),
            changed_at=from_ms(max(now, standing.decided_at)),
            state="cleared",
            risk=standing.risk,
            value_at_risk=standing.value_at_risk,
            segment=standing.segment,
            reasons=(),
            decision_id=decision_id,
            action=standing.action,
            team=action.team if action else "",
            channel=standing.channel,
            do_after=from_ms(standing.do_after),
            due_by=from_ms(standing.due_by),
            expected_gain=standing.expected_gain,
            template=action.template if action else "",
            ended_by=by or "",
        ),
    )
