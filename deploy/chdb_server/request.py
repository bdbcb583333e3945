"""A request as ClickHouse's clients send it: who asks, which query, with which settings and parameters."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import BodyPartReader, MultipartReader, web

from deploy.chdb_server.body import Rows, decompressed, read_body
from deploy.chdb_server.engine import Query
from deploy.chdb_server.errors import AUTHENTICATION_FAILED, SYNTAX_ERROR, UNKNOWN_FORMAT_OF_BODY, refusal
from deploy.chdb_server.statement import answer_format, holds_several

# Names in a URL that are about the request itself; every other is a setting or, with `param_`, a parameter.
_ABOUT_THE_REQUEST = {
    "query", "database", "default_format", "user", "password", "quota_key", "query_id", "role", "buffer_size",
    "session_id", "session_timeout", "session_check", "close_session", "wait_end_of_query", "stacktrace",
    "client_protocol_version", "compress", "decompress",
}  # fmt: skip


@dataclass(frozen=True)
class Account:
    """The one user who may ask.

    Attributes:
        user: name.
        password: may be empty.
    """

    user: str
    password: str

    def check(self, request: web.Request) -> None:
        """Let this user pass and nobody else.

        Raises:
            QueryError: the request names another user, or a wrong password.
        """
        user, password = _credentials(request)
        same = hmac.compare_digest(f"{user}\0{password}".encode(), f"{self.user}\0{self.password}".encode())
        if not same:
            message = f"{user}: Authentication failed: password is incorrect, or there is no user with such name"
            raise refusal(AUTHENTICATION_FAILED, "AUTHENTICATION_FAILED", message)


def _credentials(request: web.Request) -> tuple[str, str]:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return user, password
    if "X-ClickHouse-User" in request.headers:
        return request.headers["X-ClickHouse-User"], request.headers.get("X-ClickHouse-Key", "")
    return request.query.get("user", "default"), request.query.get("password", "")


@dataclass(frozen=True)
class Asked:
    """A query ready to run, and the format of its answer (None: it has none)."""

    query: Query
    answer_format: str | None


async def read_request(request: web.Request, rows: Rows, limit: int) -> Asked:
    """Understand a request.

    Args:
        request: what came.
        rows: takes the rows of an insert; must stay open until the query has run.
        limit: bytes that a body may have, decompressed.

    Raises:
        QueryError: it asks for what this server does not have, or is too large.
    """
    values = dict(request.query)
    for name in ("compress", "decompress"):
        if values.get(name, "0") not in {"0", "false"}:
            raise _not_here(f"ClickHouse's block compression ({name}=1)")
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if request.content_type == "multipart/form-data":
        values |= await _form(await request.multipart())
        text = values.get("query", "").encode()
        statement = text.decode()
    else:
        pieces = decompressed(request.content.iter_any(), encoding if request.can_read_body else "")
        body = await read_body(values.get("query", "").encode(), pieces, rows, limit)
        text = body.text
        if body.insert is not None:
            infile = f"FROM INFILE '{rows.path()}'"
            return Asked(_query(f"{body.insert.before} {infile} {body.insert.after}", request, values), None)
        statement = _decoded(text)
    if holds_several(text) and not statement.lstrip()[:6].upper() == "INSERT":
        raise refusal(SYNTAX_ERROR, "SYNTAX_ERROR", "Syntax error (Multi-statements are not allowed)")
    query = _query(statement, request, values)
    return Asked(query, answer_format(text, query.default_format))


def _query(statement: str, request: web.Request, values: Mapping[str, str]) -> Query:
    headers = request.headers
    return Query(
        text=statement,
        default_format=values.get("default_format") or headers.get("X-ClickHouse-Format") or "TabSeparated",
        database=values.get("database") or headers.get("X-ClickHouse-Database") or "default",
        settings={
            name: value
            for name, value in values.items()
            if name not in _ABOUT_THE_REQUEST and not name.startswith("param_")
        },
        parameters={name.removeprefix("param_"): value for name, value in values.items() if name.startswith("param_")},
        read_only=request.method != "POST",
    )


async def _form(form: MultipartReader) -> dict[str, str]:
    values: dict[str, str] = {}
    async for part in form:
        if not isinstance(part, BodyPartReader) or part.filename is not None:
            raise _not_here("external tables")
        values[part.name or ""] = await part.text()
    return values


def _decoded(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise refusal(SYNTAX_ERROR, "SYNTAX_ERROR", f"The statement is not UTF-8: {error}") from error


def _not_here(what: str) -> Exception:
    return refusal(UNKNOWN_FORMAT_OF_BODY, "NOT_IMPLEMENTED", f"{what} is not known to this local server")
