"""Today: the queue of the person's teams, what is put off, and how the day goes."""

from collections.abc import Collection
from datetime import UTC, datetime, time
from secrets import token_hex
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from desk.board.board import BoardEntry
from desk.people.users import User
from desk.web.drawing.reader import Reader
from desk.web.pages.steps import RESULTS, TypedStep, snooze_choices
from desk.web.parts import DeskParts, parts_of

_SHOWN = 100
_KEY_BYTES = 16


async def show_today(request: Request) -> Response:
    """Show what is to be done, what is expected to bring most first."""
    return await run_in_threadpool(_today, request)


async def show_row(request: Request) -> Response:
    """Show one decision as it stands now: what replaces its row in a page, or a page without script."""
    return await run_in_threadpool(draw_row, request, visible_entry(request, request.query_params.get("id", "")))


def draw_row(
    request: Request, entry: BoardEntry, *, typed: TypedStep | None = None, trouble: str = "", status: int = 200
) -> Response:
    """Return the row of a decision, by itself where a script asks, else in a page.

    Args:
        request: Whose answer it is.
        entry: The decision.
        typed: What the person sent and could not be taken, to be kept in the form.
        trouble: Why it could not.
        status: HTTP status.
    """
    parts = parts_of(request)
    template = "row_alone.html.j2" if request.headers.get("hx-request") else "row_page.html.j2"
    return parts.pages.draw(
        request, template, status=status, entry=entry, **row_context(request, parts), typed=typed, trouble=trouble
    )


def row_context(request: Request, parts: DeskParts) -> dict[str, Any]:
    """Return what every row needs beside its decision."""
    now = parts.now()
    snoozes = snooze_choices(now, parts.pages.reader(request).zone)
    return {
        "facts": parts.facts,
        "now": now,
        "results": RESULTS,
        "new_key": lambda: token_hex(_KEY_BYTES),
        "choices": lambda entry: [one for one in snoozes if one.until < entry.decision.due_by],
    }


def visible_entry(request: Request, decision_id: str) -> BoardEntry:
    """Return a decision that stands and that the person may see.

    Raises:
        HTTPException: There is none; one of another team looks like none.
    """
    entry = parts_of(request).board.entry(decision_id)
    if entry is None or not request.state.person.sees(entry.decision.team):
        raise HTTPException(404)
    return entry


def teams_of(person: User) -> Collection[str] | None:
    """Return the teams whose decisions a person sees; None for all."""
    return None if person.role == "admin" else person.teams


def _today(request: Request) -> Response:
    parts, person = parts_of(request), request.state.person
    now, teams = parts.now(), teams_of(person)
    place = parts.board.place  # before the queue is read, so that no change is missed
    queue = parts.board.queue(teams, now)
    counts = parts.board.counts(teams, now, _day_began(now, parts.pages.reader(request)))
    return parts.pages.draw(
        request,
        "today.html.j2",
        place=place,
        queue=queue[:_SHOWN],
        left_out=max(0, len(queue) - _SHOWN),
        waiting=parts.board.waiting(teams, now),
        counts=counts,
        mine=counts.finished_by_person.get(person.name, 0),
        board_trouble=parts.board.trouble,
        **row_context(request, parts),
        typed=None,
        trouble="",
    )


def _day_began(now: datetime, reader: Reader) -> datetime:
    return datetime.combine(now.astimezone(reader.zone).date(), time(), reader.zone).astimezone(UTC)
