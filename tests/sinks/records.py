"""Records as the other processes write them, for the tests of this folder."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from schemas.events.interaction import Interaction, Item
from schemas.records.alert import Alert
from schemas.records.decisions import DecisionOutcome, GainInterval, RetentionDecision
from schemas.records.desk_audit import DeskAudit
from schemas.records.feed_hole import FeedHole
from schemas.records.score import NextPurchase, Outlook, ReasonInWords, RiskScore
from schemas.records.training_example import TrainingExample

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
REASON = ReasonInWords("recency", 1.25, "Bought last 80 days ago, usually every 20: «spät»")


def purchase(event_id: str, customer_id: str = "c1", **changes: Any) -> Interaction:  # noqa: ANN401 - any field
    """A purchase of 20.00 in the reporting currency."""
    fields: dict[str, Any] = {
        "event_id": event_id,
        "customer_id": customer_id,
        "type": "purchase",
        "occurred_at": NOON,
        "stamped_at": NOON,
        "source_topic": "purchases",
        "source_partition": 0,
        "source_offset": 0,
        "order_id": f"order of {event_id}",
        "currency": "USD",
        "original_amount": Decimal("20.00"),
        "amount": Decimal("20.00"),
        "units": 2,
        "items": (Item("shoe", 2, Decimal("10.00"), Decimal("20.00")),),
        "channel": "web",
    }
    return Interaction(**(fields | changes))


def contact(event_id: str, customer_id: str = "c1", **changes: Any) -> Interaction:  # noqa: ANN401 - any field
    """A support contact that did not end well."""
    fields: dict[str, Any] = {
        "event_id": event_id,
        "customer_id": customer_id,
        "type": "support_contact",
        "occurred_at": NOON,
        "stamped_at": NOON,
        "source_topic": "support_contacts",
        "source_partition": 0,
        "source_offset": 0,
        "channel": "phone",
        "direction": "inbound",
        "resolved": False,
    }
    return Interaction(**(fields | changes))


def returned(event_id: str, customer_id: str = "c1", **changes: Any) -> Interaction:  # noqa: ANN401 - any field
    """A return of 10.00 in the reporting currency."""
    fields: dict[str, Any] = {
        "type": "return",
        "source_topic": "returns",
        "original_amount": Decimal("10.00"),
        "amount": Decimal("10.00"),
        "units": 1,
        "items": (Item("shoe", 1, Decimal("10.00"), Decimal("10.00")),),
        "channel": "",
        "reason": "defective",
    }
    return purchase(event_id, customer_id, **(fields | changes))


def action(event_id: str, customer_id: str = "c1", **changes: Any) -> Interaction:  # noqa: ANN401 - any field
    """A call that reached the customer."""
    fields: dict[str, Any] = {
        "type": "action_taken",
        "source_topic": "actions_taken",
        "action": "call",
        "result": "done",
    }
    return _told(event_id, customer_id, fields | changes)


def judgement(event_id: str, customer_id: str = "c1", **changes: Any) -> Interaction:  # noqa: ANN401 - any field
    """A judgement that says nothing yet."""
    return _told(event_id, customer_id, {"type": "judgement", "source_topic": "judgements"} | changes)


def _told(event_id: str, customer_id: str, fields: dict[str, Any]) -> Interaction:
    usual: dict[str, Any] = {
        "event_id": event_id,
        "customer_id": customer_id,
        "occurred_at": NOON,
        "stamped_at": NOON,
        "source_partition": 0,
        "source_offset": 0,
        "by": "ann",
    }
    return Interaction(**(usual | fields))


def score(customer_id: str = "c1", **changes: Any) -> RiskScore:  # noqa: ANN401 - any field
    """A high risk."""
    fields: dict[str, Any] = {
        "customer_id": customer_id,
        "scored_at": NOON,
        "cause": "interaction",
        "risk": 0.8,
        "reasons": (REASON,),
        "value_at_risk": 100.0,
        "segment": "keep_at_all_costs",
        "model_version": "m1",
        "outlook": Outlook(0.8, 0.05, 0.1, 0.05),
        "next_purchase": NextPurchase(NOON + timedelta(days=20), NOON + timedelta(days=3), NOON + timedelta(days=60)),
    }
    return RiskScore(**(fields | changes))


def example(customer_id: str, *, left: bool, risk: float, **changes: Any) -> TrainingExample:  # noqa: ANN401 - any field
    """A settled question."""
    fields: dict[str, Any] = {
        "customer_id": customer_id,
        "asked_at": NOON,
        "settled_at": NOON,
        "cause": "review",
        "horizon_days": 90.0,
        "left": left,
        "purchases": 0 if left else 1,
        "amount": 0.0 if left else 20.0,
        "risk": risk,
        "model_version": "m1",
        "feature_set": "f1",
        "features": (1.0, -2.5, 3e300),
    }
    return TrainingExample(**(fields | changes))


def alert(customer_id: str = "c1", **changes: Any) -> Alert:  # noqa: ANN401 - any field
    """An alert as it is raised."""
    fields: dict[str, Any] = {
        "alert_id": f"{customer_id}-1",
        "customer_id": customer_id,
        "raised_at": NOON,
        "changed_at": NOON,
        "state": "raised",
        "risk": 0.8,
        "value_at_risk": 100.0,
        "segment": "keep_at_all_costs",
        "reasons": (REASON,),
    }
    return Alert(**(fields | changes))


def alert_of_decision(decision_id: str = "d1", customer_id: str = "c1", **changes: Any) -> Alert:  # noqa: ANN401 - any field
    """The alert of a decision to call a customer within two days, as it is raised."""
    fields: dict[str, Any] = {
        "alert_id": decision_id,
        "decision_id": decision_id,
        "action": "call",
        "team": "service",
        "channel": "phone",
        "do_after": NOON,
        "due_by": NOON + timedelta(days=2),
        "expected_gain": 31.5,
        "what_changed": ("Second return in three weeks.",),
    }
    return alert(customer_id, **(fields | changes))


def hole(**changes: Any) -> FeedHole:  # noqa: ANN401 - any field
    """A silence of purchases for three days."""
    fields: dict[str, Any] = {
        "topic": "purchases",
        "starts_at": NOON,
        "known_at": NOON + timedelta(hours=25),
        "ends_at": NOON + timedelta(days=3),
        "missing": 321.5,
    }
    return FeedHole(**(fields | changes))


def decision(customer_id: str = "c1", **changes: Any) -> RetentionDecision:  # noqa: ANN401 - any field
    """A call that is to be made within a week."""
    fields: dict[str, Any] = {
        "decision_id": f"{customer_id}-d1",
        "customer_id": customer_id,
        "decided_at": NOON,
        "action": "call",
        "held_out": False,
        "propensity": {"call": 0.75, "none": 0.25},
        "policy_version": "p1",
        "rule": "rescue",
        "expected_gain": 12.5,
        "interval": GainInterval(-3.25, 28.25),
        "cost": 4.0,
        "risk": 0.8,
        "value_at_risk": 100.0,
        "reasons": (REASON,),
        "what_changed": ("second return in three weeks",),
        "do_after": NOON,
        "due_by": NOON + timedelta(days=7),
        "team": "care",
        "channel": "phone",
        "template": "",
        "segment": "keep_at_all_costs",
    }
    return RetentionDecision(**(fields | changes))


def outcome(customer_id: str = "c1", **changes: Any) -> DecisionOutcome:  # noqa: ANN401 - any field
    """Return the outcome of that call: one purchase."""
    fields: dict[str, Any] = {
        "decision_id": f"{customer_id}-d1",
        "customer_id": customer_id,
        "decided_at": NOON,
        "settled_at": NOON + timedelta(days=97),
        "action": "call",
        "held_out": False,
        "result": "done",
        "bought": True,
        "purchases": 1,
        "margin": 30.0,
        "refunds": 0.0,
        "cost": 4.0,
        "horizon_days": 90.0,
        "rule": "rescue",
        "segment": "keep_at_all_costs",
        "risk": 0.8,
        "value_at_risk": 100.0,
        "policy_version": "p1",
        "probability": {"call": 0.525, "none": 0.475},
        "held_out_probability": 0.3,
        "expected_margin": 6.25,
        "expected_gain": 12.5,
        "gain_score": 28.571428571428573,
        "guesses": {"call": 11.0},
        "feature_set": "f1",
        "features": (1.0, -2.5, 3e300),
    }
    return DecisionOutcome(**(fields | changes))


def look_at(customer_id: str = "c1") -> DeskAudit:
    """Return the record of an agent's look at a customer."""
    return DeskAudit(
        audit_id=f"look-at-{customer_id}",
        at=NOON,
        by="ann",
        role="agent",
        deed="looked_at_customer",
        customer_id=customer_id,
        address="10.0.0.7",
    )
