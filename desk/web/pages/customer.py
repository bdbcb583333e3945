"""The page of one customer: what to say in five seconds, and everything else below."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from desk.reading.rows import CustomerPage, TimelineEntry
from desk.web.data.facts import DeskFacts
from desk.web.drawing.risk_plot import risk_plot
from desk.web.pages.today import row_context
from desk.web.parts import DeskParts, parts_of

_SHOWN: Final = 30
_MOST: Final = 5_000
_LONGEST_ID: Final = 128
_MOVED: Final = 303
_NUMBER: Final = re.compile("[1-9][0-9]{0,4}")
_KINDS: Final = {
    "": "all",
    "purchase": "purchases",
    "return": "returns",
    "support_contact": "contacts",
    "decision": "decisions",
    "action_taken": "what we did",
    "judgement": "judgements",
}


async def show_customer(request: Request) -> Response:
    """Show a customer."""
    customer_id = request.query_params.get("id", "")[:_LONGEST_ID]
    return await run_in_threadpool(draw_customer, request, customer_id)


def draw_customer(
    request: Request,
    customer_id: str,
    *,
    typed: Mapping[str, str] | None = None,
    trouble: str = "",
    status: int = 200,
) -> Response:
    """Return the page of a customer, and record the look.

    Args:
        request: Whose answer it is.
        customer_id: The customer.
        typed: What the person sent of a judgement and could not be taken, to be kept in the form.
        trouble: Why it could not.
        status: HTTP status.
    """
    parts, person = parts_of(request), request.state.person
    parts.audit.note(parts.audit_record(request, "looked_at_customer", customer_id=customer_id))
    page = parts.sources.customer(customer_id, parts.now())
    if page is None:
        return parts.pages.draw(request, "unknown.html.j2", status=404, customer_id=customer_id)
    kind, shown = _choice(request)
    entries = _entries(parts, page, kind, shown)
    standing = parts.board.entry(page.decision.decision_id) if page.decision else None
    return parts.pages.draw(
        request,
        "customer.html.j2",
        status=status,
        page=page,
        **row_context(request, parts),
        board_entry=standing if standing and person.sees(standing.decision.team) else None,
        as_of=_as_of(page),
        plot=risk_plot(page.risks, page.timeline),
        why_not=list(why_not_contacted(page, parts.facts, parts.now())),
        kinds=_KINDS,
        kind=kind,
        entries=entries[:shown],
        more=shown + _SHOWN if len(entries) > shown else 0,
        typed=typed,
        trouble=trouble,
    )


async def find_customer(request: Request) -> Response:
    """Go to the customer whose id was typed, or list those whose ids begin like it."""
    parts, text = parts_of(request), request.query_params.get("q", "").strip()[:_LONGEST_ID]
    await run_in_threadpool(parts.audit.note, parts.audit_record(request, "searched", detail=text))
    found = list(await run_in_threadpool(parts.sources.find, text)) if text else []
    if text in found or len(found) == 1:
        one = text if text in found else found[0]
        return RedirectResponse(f"/customer?{urlencode({'id': one})}", _MOVED)
    return parts.pages.draw(request, "found.html.j2", text=text, found=found)


def why_not_contacted(page: CustomerPage, facts: DeskFacts, now: datetime) -> Iterator[str]:
    """Yield in a sentence each what keeps a customer from being contacted; nothing while a decision stands.

    Args:
        page: What is known of the customer.
        facts: Limits of the playbook.
        now: Present time, UTC.
    """
    if page.decision is not None:
        return
    if page.wishes_no_contact:
        yield "Wishes not to be contacted."
    left_alone = page.left_alone_since
    if left_alone is not None and now - left_alone < timedelta(days=facts.snooze_days):
        yield f"Left alone for {facts.snooze_days:g} days: somebody judged that they stay, or dismissed a decision."
    if page.contacts_in_30_days >= facts.contacts_at_most:
        yield f"Has had {page.contacts_in_30_days} contacts in 30 days; at most {facts.contacts_at_most} are allowed."
    if page.score is None:
        yield "Has no score yet."
    elif not (page.wishes_no_contact or page.contacts_in_30_days >= facts.contacts_at_most):
        yield "No rule applies, nothing pays more than it costs, or chance left them alone to learn from."


def _as_of(page: CustomerPage) -> datetime:
    return page.totals.last_seen if page.score is None else max(page.score.scored_at, page.totals.last_seen)


def _choice(request: Request) -> tuple[str, int]:
    """Return which kind of entries is wanted, and how many."""
    kind, shown = request.query_params.get("kind", ""), request.query_params.get("show", "")
    number = int(shown) if _NUMBER.fullmatch(shown) else _SHOWN
    return kind if kind in _KINDS else "", min(number, _MOST)


def _entries(parts: DeskParts, page: CustomerPage, kind: str, shown: int) -> list[TimelineEntry]:
    """Return one more entry than is shown, where there are so many; what the page does not have is read."""
    timeline = parts.recent.with_recent(page.customer_id, page.timeline, parts.now())
    entries = [entry for entry in timeline if not kind or entry.kind == kind]
    if len(entries) > shown or not page.has_older:
        return entries[: shown + 1]
    older = parts.sources.older(page.customer_id, page.timeline[-1].at, _MOST)
    return [*entries, *(entry for entry in older if not kind or entry.kind == kind)][: shown + 1]
