"""Sign in with a name and a password, by a signed link, and out again."""

from typing import Final

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from desk.people.passwords import is_password
from desk.people.sessions import COOKIE
from desk.people.users import User
from desk.web.parts import DeskParts, parts_of
from schemas.records.desk_audit import DeskAudit

_AFTER_POST: Final = 303
_LONGEST_NAME: Final = 128
_MOST_FIELDS: Final = 20
_WRONG: Final = "That name and password do not go together."


async def show_sign_in(request: Request) -> Response:
    """Show the form."""
    if request.state.person is not None:
        return RedirectResponse("/", _AFTER_POST)
    return _form(request, 200, "", back=_back(request.query_params.get("next", "")))


async def sign_in(request: Request) -> Response:
    """Check name and password, and begin a session."""
    parts, form = parts_of(request), await request.form(max_files=0, max_fields=_MOST_FIELDS)
    name, password = str(form.get("name", "")).strip()[:_LONGEST_NAME], str(form.get("password", ""))
    back, address = _back(str(form.get("next", ""))), request.client.host if request.client else ""
    keys = (f"address {address}", f"name {name}")
    wait = parts.limit.wait_seconds(keys, parts.now())
    if wait:
        response = _form(request, 429, f"Too many tries. Wait {wait} seconds, then try again.", name, back)
        response.headers["Retry-After"] = str(wait)
        return response
    user = await _checked(parts, name, password)
    if user is None:
        parts.limit.fail(keys, parts.now())
        await _note(parts, _by(parts.audit_record(request, "refused"), name, ""))
        return _form(request, 401, _WRONG, name, back)
    parts.limit.succeed(keys)
    return await _begin(request, user, back)


async def follow_link(request: Request) -> Response:
    """Begin a session by a signed link, where such links are accepted."""
    parts = parts_of(request)
    user = parts.sessions.user_of(request.path_params["token"], parts.now(), "link") if parts.sign_in_links else None
    if user is None:
        raise HTTPException(404)
    return await _begin(request, user, "/")


async def sign_out(request: Request) -> Response:
    """End the session in this browser."""
    parts = parts_of(request)
    if request.state.person is not None:
        await _note(parts, parts.audit_record(request, "signed_out"))
    response = RedirectResponse("/sign-in", _AFTER_POST)
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")
    return response


async def _checked(parts: DeskParts, name: str, password: str) -> User | None:
    user = parts.users.find(name)
    stored = user.password if user else ""
    return user if await run_in_threadpool(is_password, password, stored) else None


async def _begin(request: Request, user: User, back: str) -> Response:
    parts = parts_of(request)
    await _note(parts, _by(parts.audit_record(request, "signed_in"), user.name, user.role))
    response = RedirectResponse(back, _AFTER_POST)
    seconds = int(parts.sessions.lasts.total_seconds())
    token = parts.sessions.issue(user, parts.now())
    response.set_cookie(COOKIE, token, max_age=seconds, secure=True, httponly=True, samesite="lax")
    return response


async def _note(parts: DeskParts, record: DeskAudit) -> None:
    await run_in_threadpool(parts.audit.note, record)


def _by(record: DeskAudit, name: str, role: str) -> DeskAudit:
    """Return a record of somebody who was not signed in when the request came."""
    return msgspec.structs.replace(record, by=name, role=role)


def _form(request: Request, status: int, trouble: str, name: str = "", back: str = "/") -> Response:
    local = request.url.hostname in {"localhost", "127.0.0.1", "::1"}
    public = parts_of(request).public_address or str(request.url)
    return parts_of(request).pages.draw(
        request,
        "sign_in.html.j2",
        status=status,
        trouble=trouble,
        name=name,
        back=back,
        insecure=not local and not public.startswith("https:"),
    )


def _back(wanted: str) -> str:
    """Return where to go afterwards: a page of this desk, never another site."""
    return wanted if wanted.startswith("/") and not wanted.startswith(("//", "/\\")) else "/"
