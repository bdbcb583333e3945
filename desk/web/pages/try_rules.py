"""Trial of a changed playbook: dropped in or pasted, checked, and evaluated on the log; nothing is switched by it."""

from typing import Final
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from desk.trials.running import PlaybookTrials
from desk.web.parts import DeskParts, parts_of
from schemas.errors import RejectedError

LONGEST_BYTES: Final = 256 * 1024
_LONGEST_FIELD: Final = 1024 * 1024
_LONGEST_ID: Final = 64
_AFTER_POST: Final = 303


async def try_rules(request: Request) -> Response:
    """Check a changed playbook, and begin its evaluation."""
    trials = _trials(parts_of(request))
    async with request.form(max_files=1, max_fields=2, max_part_size=_LONGEST_FIELD) as form:
        content = await _content(form)
    return await run_in_threadpool(_try, request, trials, content)


async def show_trial(request: Request) -> Response:
    """Show a trial as it stands; a script asks for the evaluation alone, until it is over."""
    parts = parts_of(request)
    trial_id = request.query_params.get("id", "")[:_LONGEST_ID]
    trial = _trials(parts).find(trial_id, request.state.person.name)
    if trial is None and request.headers.get("hx-request"):
        return Response(status_code=404, headers={"HX-Refresh": "true"})  # the desk was started anew: say so on a page
    if trial is None:
        return parts.pages.draw(request, "trial_gone.html.j2", status=404)
    template = "trial_alone.html.j2" if request.headers.get("hx-request") else "trial.html.j2"
    return parts.pages.draw(request, template, trial=trial)


def _try(request: Request, trials: PlaybookTrials, content: bytes) -> Response:
    parts, person = parts_of(request), request.state.person
    text = content.decode("utf-8-sig", errors="replace")
    found = _size_faults(content) or trials.check(text)
    if isinstance(found, tuple):
        detail = f"{len(found)} {'fault' if len(found) == 1 else 'faults'}"
        parts.audit.note(parts.audit_record(request, "tried_rules", detail=detail))
        return _faults(request, text, found, 422)
    parts.audit.note(parts.audit_record(request, "tried_rules", detail=f"version {found.version}"))
    try:
        trial = trials.begin(text, found, person.name, parts.now())
    except RejectedError as error:
        return _faults(request, text, (str(error),), 429)
    return RedirectResponse(f"/rules/trial?{urlencode({'id': trial.trial_id})}", _AFTER_POST)


def _faults(request: Request, text: str, faults: tuple[str, ...], status: int) -> Response:
    """Return the form with what was sent, and why it cannot be used; it asks no server, so that it is always shown."""
    return parts_of(request).pages.draw(
        request, "trial_faults.html.j2", status=status, text=text[:LONGEST_BYTES], faults=faults
    )


def _size_faults(content: bytes) -> tuple[str, ...]:
    """Return why bytes are no file to be read; nothing if they are."""
    if not content.strip():
        return ("Choose a file, or paste its text.",)
    if len(content) > LONGEST_BYTES:
        return (f"It has {len(content):,} bytes; a playbook has {LONGEST_BYTES:,} at most.",)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        return (f"Byte {error.start + 1:,} is no UTF-8 text; save the file as UTF-8.",)
    return ()


async def _content(form: FormData) -> bytes:
    """Return the bytes of the file, or of the text where there is none."""
    file = form.get("file")
    if isinstance(file, UploadFile) and (content := await file.read()):
        return content
    text = form.get("text")
    return text.encode() if isinstance(text, str) else b""


def _trials(parts: DeskParts) -> PlaybookTrials:
    """Return the trials.

    Raises:
        HTTPException: No decisions are made here, so there is nothing to try.
    """
    if parts.trials is None:
        raise HTTPException(404)
    return parts.trials
