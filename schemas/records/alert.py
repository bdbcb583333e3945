"""Alerts: raised and cleared, of a risk or of a decision."""

from datetime import datetime
from typing import Final, Literal

import msgspec

from schemas.records.score import ReasonInWords, Segment


class Alert(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Alert about a customer, raised or cleared, on ``alerts`` and in ClickHouse: of a risk, or of a decision.

    The alert of a risk is raised when the customer is likely to leave, and has no ``decision_id``. The alert of a
    decision is raised when something is to be done for the customer, and cleared when that ends; ghost decisions, and
    those to do nothing, have none.

    Attributes:
        alert_id: Id, the same for raising and clearing, and in a replay; that of the decision, where it is of one.
        customer_id: Id of the customer.
        raised_at: Time at which it was raised, UTC; also when it is cleared.
        changed_at: Time of this record, UTC.
        state: raised or cleared.
        risk: Probability of leaving at ``changed_at``; where a decision is cleared, that at which it was made.
        value_at_risk: Yearly margin that the customer is expected not to bring, reporting currency; of the same moment
            as the risk.
        segment: Kind of treatment of the customer, of the same moment.
        reasons: Reasons for the risk, the strongest first; none where a decision is cleared.
        decision_id: Id of the decision; empty in the alert of a risk, as are all further fields.
        action: Name of the action that is to be done.
        team: Who is to do it.
        channel: Way to reach the customer.
        do_after: Beginning of the time in which it is to be done, UTC.
        due_by: End of this time, UTC; the decision lapses then.
        expected_gain: What the action is expected to bring, before its cost, reporting currency.
        what_changed: Sentences on what is new about the customer; may be empty.
        template: Name of the text in the tool that sends it; may be empty.
        ended_by: Cause of the end, where it is cleared: the customer bought, somebody reported the action's result, or
            its time was over; empty if it was withdrawn: the customer must not be contacted, a person judged that they
            will stay, they were erased, or nothing is decided any more.
    """

    alert_id: str
    customer_id: str
    raised_at: datetime
    changed_at: datetime
    state: Literal["raised", "cleared"]
    risk: float
    value_at_risk: float
    segment: Segment
    reasons: tuple[ReasonInWords, ...]
    decision_id: str = ""
    action: str = ""
    team: str = ""
    channel: str = ""
    do_after: datetime | None = None
    due_by: datetime | None = None
    expected_gain: float | None = None
    what_changed: tuple[str, ...] = ()
    template: str = ""
    ended_by: Literal["", "purchase", "result", "lapse"] = ""


decode_alert: Final = msgspec.json.Decoder(Alert).decode
