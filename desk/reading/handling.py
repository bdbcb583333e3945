"""Reads what people have done about decisions of late."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from sinks.clickhouse.ask import Connection, ask

FINAL_RESULTS: Final = frozenset({"done", "refused", "accepted", "not_done", "dismissed"})
"""Results after which nothing is left to do."""

_HANDLED: Final = """
SELECT
    handled.decision_id AS decision_id, source_offset AS offset, by, occurred_at AS at, result, until, note,
    decided.team AS team
FROM
(
    SELECT decision_id, source_offset, by, occurred_at, result, until, note
    FROM interactions FINAL
    PREWHERE event_id IN
    (
        SELECT event_id FROM interactions WHERE decision_id != '' AND occurred_at > {since:DateTime64(3, 'UTC')}
    )
    WHERE type = 'action_taken'
) AS handled
LEFT JOIN (SELECT DISTINCT decision_id, team FROM decisions WHERE due_by > {since:DateTime64(3, 'UTC')}) AS decided
    ON decided.decision_id = handled.decision_id
ORDER BY at, decision_id, offset
"""


class HandlingEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Event of ``actions_taken`` about a decision; events of one decision lie on one partition, in one order.

    Attributes:
        decision_id: The decision.
        offset: Offset of the event, which orders those of one decision.
        by: Who.
        at: When, UTC.
        result: A result, or a step on the way.
        until: End of a claim, or moment at which what is snoozed comes back, UTC; None if not said.
        note: Their own words.
    """

    decision_id: str
    offset: int
    by: str
    at: datetime
    result: str
    until: datetime | None = None
    note: str = ""


class FinishedWork(msgspec.Struct, frozen=True):
    """A decision with a final result.

    Attributes:
        decision_id: The decision.
        team: Who was to carry it out.
        by: Who did.
        at: When, UTC.
    """

    decision_id: str
    team: str
    by: str
    at: datetime


class _HandledRow(HandlingEvent, frozen=True, kw_only=True):
    team: str


class HandledOfLate(msgspec.Struct, frozen=True):
    """Steps of people since a moment: all of it, and the final results."""

    events: tuple[HandlingEvent, ...]
    finished: tuple[FinishedWork, ...]


def handled_since(client: Connection, since: datetime) -> HandledOfLate:
    """Return what people have done about decisions since a moment, the earliest first.

    Args:
        client: A connection to the database.
        since: The moment, UTC.
    """
    rows = ask(client, _HANDLED, _HandledRow, since=since)
    return HandledOfLate(tuple(map(_event, rows)), tuple(_finished(rows)))


def _event(row: _HandledRow) -> HandlingEvent:
    return HandlingEvent(**{name: getattr(row, name) for name in HandlingEvent.__struct_fields__})


def _finished(rows: Iterable[_HandledRow]) -> Iterable[FinishedWork]:
    for row in rows:
        if row.result in FINAL_RESULTS:
            yield FinishedWork(row.decision_id, row.team, row.by, row.at)
