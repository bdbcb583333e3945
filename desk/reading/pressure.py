"""Obstacles to contacting a customer: contacts of late, a wish, and a person's word."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from desk.reading.rows import TimelineEntry
from schemas.events.wish import wish_of
from schemas.records.decisions import RetentionDecision

_WINDOW: Final = timedelta(days=30)
_FINAL: Final = frozenset({"done", "refused", "accepted", "not_done", "dismissed"})
_TRIED: Final = frozenset({"done", "no_answer", "refused", "accepted"})


def contacts_within(events: Iterable[TimelineEntry], decisions: Iterable[RetentionDecision], now: datetime) -> int:
    """Return the number of contacts within 30 days, counted as the view ``contact_pressure`` counts them.

    A decision counts at its result, or at the end of its time where none was reported; what people did without being
    asked counts if they tried.

    Args:
        events: Events of one customer.
        decisions: Decisions for the same customer that were told.
        now: The present, UTC.
    """
    by_id = {one.decision_id: one for one in decisions if one.action != "none"}
    ended: dict[str, datetime] = {}
    moments = []
    for event in events:
        if event.kind != "action_taken":
            continue
        asked = event.decision_id or _asked_by(event, by_id.values())
        if asked in by_id:
            if event.result in _FINAL:
                ended[asked] = max(ended.get(asked, event.at), event.at)
        elif not event.decision_id and event.result in _TRIED:
            moments.append(event.at)
    moments += [ended.get(name, one.due_by) for name, one in by_id.items()]
    return sum(now - _WINDOW < moment <= now for moment in moments)


def _asked_by(event: TimelineEntry, decisions: Iterable[RetentionDecision]) -> str:
    """Return the decision that an action without one carries out, by its name and time; empty if there is none."""
    return next(
        (
            one.decision_id
            for one in decisions
            if one.action == event.action and one.decided_at <= event.at <= one.due_by
        ),
        "",
    )


def wishes_no_contact(events: Sequence[TimelineEntry], never: Mapping[str, str]) -> bool:
    """Return True if the customer's latest word is not to be contacted.

    Args:
        events: Events of one customer, the latest first.
        never: Names and values of ``extra`` that say so; other values of all of the names take it back.
    """
    for event in events:
        wish = wish_of(event.extra, never)
        if wish is not None:
            return wish
    return False


def left_alone_since(events: Iterable[TimelineEntry]) -> datetime | None:
    """Return the moment since which a person's word keeps others from contacting a customer; None if none does.

    Args:
        events: Events of one customer, the latest first.
    """
    for event in events:
        if event.kind == "action_taken" and event.result == "dismissed":
            return event.at
        if event.kind == "judgement" and event.likely_to_leave is not None:
            return None if event.likely_to_leave else event.at
    return None
