"""Takes what a person did about a decision, or thinks of a customer, and publishes it as an event."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from desk.board.board import BoardEntry
from desk.web.pages.customer import draw_customer
from desk.web.pages.steps import TypedStep, check_note
from desk.web.pages.today import draw_row, visible_entry
from desk.web.pages.typed import typed_fields
from desk.web.parts import DeskParts, parts_of
from desk.writing.entries import EntryBy
from schemas.errors import RejectedError, ServerUnreachableError
from schemas.events.action_events import ActionTaken, Judgement

_AFTER_POST = 303
_SEEN_SECONDS = 2.0
_LONGEST_KEY = 64
_MOODS = {"-2": -2, "-1": -1, "0": 0, "1": 1, "2": 2}
_LEAVING = {"yes": True, "no": False}


async def take_step(request: Request) -> Response:
    """Take a step about a decision: claimed, given back, put off, passed on, or a result."""
    fields = await typed_fields(request)
    entry = visible_entry(request, fields.get("decision", ""))
    typed = TypedStep(fields.get("step", ""), fields.get("note", ""), fields.get("until", ""))
    return await run_in_threadpool(_take_step, request, entry, typed, _key(fields.get("key", "")))


async def take_judgement(request: Request) -> Response:
    """Take what somebody thinks of a customer."""
    fields = await typed_fields(request)
    typed = {name: fields.get(name, "") for name in ("customer", "sentiment", "leaving", "note")}
    return await run_in_threadpool(_take_judgement, request, typed, _key(fields.get("key", "")))


def _take_step(request: Request, entry: BoardEntry, typed: TypedStep, key: str) -> Response:
    parts, decision = parts_of(request), entry.decision
    by = EntryBy(request.state.person.name, parts.now(), key)
    trouble, status = _trouble_of(lambda: _publish(parts, _action(typed, entry, by, parts.claim_lasts)))
    if trouble:
        return draw_row(request, entry, typed=typed, trouble=trouble, status=status)
    if request.headers.get("hx-request"):
        return draw_row(request, parts.board.entry(decision.decision_id) or entry)
    return RedirectResponse(f"/?{urlencode({'at': decision.decision_id})}#d-{decision.decision_id}", _AFTER_POST)


def _take_judgement(request: Request, typed: dict[str, Any], key: str) -> Response:
    parts, customer_id = parts_of(request), typed["customer"]
    by = EntryBy(request.state.person.name, parts.now(), key)
    trouble, status = _trouble_of(lambda: _publish(parts, _judgement(typed, by)))
    if not trouble and not request.headers.get("hx-request"):
        return RedirectResponse(f"/customer?{urlencode({'id': customer_id})}#timeline", _AFTER_POST)
    return draw_customer(request, customer_id, typed=typed if trouble else None, trouble=trouble, status=status)


def _trouble_of(publish: Callable[[], None]) -> tuple[str, int]:
    """Publish, and return why that failed, with an HTTP status; no words if it did not."""
    try:
        publish()
    except RejectedError as error:
        return str(error), 422
    except ServerUnreachableError as error:
        return f"Not taken yet, and kept here: {error}", 503
    return "", 200


def _action(typed: TypedStep, entry: BoardEntry, by: EntryBy, claim_lasts: timedelta) -> ActionTaken:
    """Return the event of a step.

    Raises:
        RejectedError: The step is none that a page offers, or lacks something.
    """
    step, until = typed.checked(), None
    if step == "claimed":
        until = by.at + claim_lasts
    elif step == "snoozed":
        until = typed.snooze_end(by.at, entry.decision.due_by)
    return by.action(entry.decision, step, note=typed.note, until=until)


def _judgement(typed: dict[str, Any], by: EntryBy) -> Judgement:
    """Return the event of a judgement.

    Raises:
        RejectedError: It says nothing, or too much.
    """
    check_note(typed["note"])
    return by.judgement(
        typed["customer"],
        sentiment=_MOODS.get(typed["sentiment"]),
        likely_to_leave=_LEAVING.get(typed["leaving"]),
        note=typed["note"],
    )


def _publish(parts: DeskParts, event: ActionTaken | Judgement) -> None:
    """Publish an event, and wait a moment until pages show what follows from it."""
    written = parts.publish(event)
    parts.recent.add(event)
    if isinstance(event, ActionTaken):
        parts.board.wait_for(written.topic, written.partition, written.offset, _SEEN_SECONDS)


def _key(key: str) -> str:
    """Return the idempotency key of a form.

    Raises:
        HTTPException: The form has none.
    """
    if not 1 <= len(key) <= _LONGEST_KEY:
        raise HTTPException(400)
    return key
