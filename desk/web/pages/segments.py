"""Groups of customers with counts and money, lists of them, and their export."""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Final
from urllib.parse import urlencode

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from desk.reading.groups import CustomerFilter, ListedCustomer
from desk.web.parts import DeskParts, parts_of

_A_PAGE: Final = 50
_A_READ: Final = 5_000
_MOST_EXPORTED: Final = 200_000
_LONGEST: Final = 64
_MOST_PAGES: Final = 10_000
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS: Final = (
    "customer_id",
    "risk",
    "value_at_risk",
    "segment",
    "life_cycle",
    "value_tier",
    "last_purchase_at",
    "scored_at",
    "reason",
)


async def show_segments(request: Request) -> Response:
    """Show all groups, and the customers of the one that was chosen."""
    return await run_in_threadpool(_show, request)


async def export_segment(request: Request) -> Response:
    """Send the customers of a group as CSV, once the export is in the audit trail."""
    parts, wanted = parts_of(request), _wanted(request)
    await run_in_threadpool(parts.audit.keep, parts.audit_record(request, "exported", detail=_words(wanted)))
    first = await run_in_threadpool(parts.sources.listed, wanted, _A_READ, 0)
    return StreamingResponse(
        _csv(parts, wanted, first),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="customers.csv"'},
    )


def _show(request: Request) -> Response:
    parts, wanted = parts_of(request), _wanted(request)
    number = request.query_params.get("page", "")
    page = min(int(number), _MOST_PAGES) if number.isascii() and number.isdecimal() and len(number) < _LONGEST else 0
    chosen = _words(wanted)
    if chosen:
        parts.audit.note(parts.audit_record(request, "listed", detail=chosen))
    rows = parts.sources.listed(wanted, _A_PAGE + 1, page * _A_PAGE) if chosen else ()
    query = {name: value for name, value in msgspec.structs.asdict(wanted).items() if value}
    return parts.pages.draw(
        request,
        "segments.html.j2",
        groups=parts.sources.groups(),
        chosen=chosen,
        rows=rows[:_A_PAGE],
        export=f"/segments.csv?{urlencode(query)}",
        before=f"/segments?{urlencode({**query, 'page': page - 1})}" if page else "",
        after=f"/segments?{urlencode({**query, 'page': page + 1})}" if len(rows) > _A_PAGE else "",
    )


def _wanted(request: Request) -> CustomerFilter:
    given = request.query_params
    return CustomerFilter(**{name: given.get(name, "")[:_LONGEST] for name in CustomerFilter.__struct_fields__})


def _words(wanted: CustomerFilter) -> str:
    given = msgspec.structs.asdict(wanted)
    return ", ".join(f"{name.replace('_', ' ')} {value.replace('_', ' ')}" for name, value in given.items() if value)


def _csv(parts: DeskParts, wanted: CustomerFilter, rows: Sequence[ListedCustomer]) -> Iterator[str]:
    """Yield the lines of a file, some thousand customers at a time."""
    yield _lines([_COLUMNS])
    offset = 0
    while rows:
        yield _lines([_cells(one) for one in rows])
        offset += len(rows)
        full = len(rows) == _A_READ and offset < _MOST_EXPORTED
        rows = parts.sources.listed(wanted, _A_READ, offset) if full else ()


def _cells(one: ListedCustomer) -> tuple[str, ...]:
    last = one.last_purchase_at.isoformat() if one.last_purchase_at else ""
    reason = one.reasons[0].text if one.reasons else ""
    kinds = (one.segment, one.life_cycle, one.value_tier)
    cells = (one.customer_id, f"{one.risk:.4f}", f"{one.value_at_risk:.2f}", *kinds, last, one.scored_at.isoformat())
    return tuple(map(_harmless, (*cells, reason)))


def _harmless(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _lines(rows: Sequence[Sequence[str]]) -> str:
    file = StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue()
