"""Reads decisions as they were made, without ghosts: nobody at the desk may know who is held out."""

from datetime import datetime
from typing import Final

import msgspec

from schemas.records.decisions import GainInterval, RetentionDecision
from sinks.clickhouse.ask import Connection, ask

_FIELDS: Final = ", ".join(name for name in RetentionDecision.__struct_fields__ if name != "interval")

_AS_STORED: Final = f"{_FIELDS}, tupleElement(interval, 'low') AS low, tupleElement(interval, 'high') AS high"

# Copies of a row are equal, so that one of each is enough: FINAL would read all that lies between.
_OF_CUSTOMER: Final = f"""
SELECT {_AS_STORED}
FROM decisions
WHERE customer_id = {{customer_id:String}} AND NOT held_out AND action != 'none'
ORDER BY decided_at DESC, decision_id
LIMIT 1 BY decision_id
LIMIT {{limit:UInt32}}
SETTINGS max_threads = 1
"""  # noqa: S608 - names of ours
_ALERTS_OF_CUSTOMER: Final = """
SELECT alert_id, decision_id, raised_at, changed_at, state
FROM alerts
WHERE customer_id = {customer_id:String}
LIMIT 1 BY alert_id, state
SETTINGS max_threads = 1
"""

_OPEN: Final = f"""
WITH chosen AS
(
    SELECT decision_id FROM decisions
    WHERE due_by > {{now:DateTime64(3, 'UTC')}} AND decided_at <= {{now:DateTime64(3, 'UTC')}}
)
SELECT {_AS_STORED}
FROM decisions FINAL
WHERE decision_id IN (SELECT decision_id FROM chosen) AND NOT held_out AND action != 'none'
    AND decision_id NOT IN
    (
        SELECT alert_id FROM alerts WHERE state = 'cleared' AND alert_id IN (SELECT decision_id FROM chosen)
    )
ORDER BY decided_at DESC, decision_id
LIMIT {{limit:UInt32}}
"""  # noqa: S608 - names of ours

_KEPT_BACK: Final = """
SELECT decision_id, customer_id, team, due_by
FROM decisions FINAL
WHERE held_out AND action != 'none' AND due_by > {now:DateTime64(3, 'UTC')}
    AND decided_at <= {now:DateTime64(3, 'UTC')}
"""

_DECISIONS_READ: Final = 200
_MOST_OPEN: Final = 200_000


class _StoredDecision(RetentionDecision, frozen=True, kw_only=True):
    low: float | None
    high: float | None

    @property
    def record(self) -> RetentionDecision:
        """Return the decision as it was published."""
        fields = {name: getattr(self, name) for name in RetentionDecision.__struct_fields__}
        known = None if self.low is None or self.high is None else GainInterval(self.low, self.high)
        return RetentionDecision(**(fields | {"interval": known}))


class _AlertOfCustomer(msgspec.Struct, frozen=True):
    alert_id: str
    decision_id: str
    raised_at: datetime
    changed_at: datetime
    state: str

    @property
    def reached(self) -> tuple[datetime, str, bool]:
        """Return what orders the states of alerts."""
        return self.changed_at, self.alert_id, self.state == "cleared"


class KeptBack(msgspec.Struct, frozen=True):
    """A decision that is held out for measurement, to be counted and shown to nobody.

    Attributes:
        decision_id: The decision.
        customer_id: Whose it is, so that it can be forgotten.
        team: Who would have carried it out.
        due_by: End of its time, UTC.
    """

    decision_id: str
    customer_id: str
    team: str
    due_by: datetime


class DecisionsOfCustomer(msgspec.Struct, frozen=True):
    """Decisions for one customer that were told, and what their alerts say.

    Attributes:
        decisions: The decisions, the latest first.
        over: Ids of those that have ended.
        alert_since: Since when an alert of the risk itself is raised, UTC; None if none is.
    """

    decisions: tuple[RetentionDecision, ...]
    over: frozenset[str]
    alert_since: datetime | None

    def standing(self, now: datetime) -> RetentionDecision | None:
        """Return the decision that stands at a moment; None if there is none."""
        standing = (one for one in self.decisions if one.decision_id not in self.over and one.due_by > now)
        return next(standing, None)


def decisions_of(client: Connection, customer_id: str) -> DecisionsOfCustomer:
    """Return the latest decisions for a customer that were told.

    Args:
        client: A connection to the database.
        customer_id: The customer.
    """
    rows = ask(client, _OF_CUSTOMER, _StoredDecision, customer_id=customer_id, limit=_DECISIONS_READ)
    alerts = ask(client, _ALERTS_OF_CUSTOMER, _AlertOfCustomer, customer_id=customer_id)
    of_risk = max((one for one in alerts if not one.decision_id), key=lambda one: one.reached, default=None)
    return DecisionsOfCustomer(
        decisions=tuple(row.record for row in rows),
        over=frozenset(one.alert_id for one in alerts if one.state == "cleared"),
        alert_since=None if of_risk is None or of_risk.state == "cleared" else of_risk.raised_at,
    )


def open_decisions(client: Connection, now: datetime) -> list[RetentionDecision]:
    """Return the decisions that stand for all customers: told, not ended, and with time left.

    Args:
        client: A connection to the database.
        now: The present, UTC.
    """
    return [row.record for row in ask(client, _OPEN, _StoredDecision, now=now, limit=_MOST_OPEN)]


def kept_back(client: Connection, now: datetime) -> list[KeptBack]:
    """Return the decisions held out whose time is not over.

    Args:
        client: A connection to the database.
        now: The present, UTC.
    """
    return ask(client, _KEPT_BACK, KeptBack, now=now)
