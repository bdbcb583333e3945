"""A request as ClickHouse's clients send it: who asks, which query, with which settings and parameters."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import BodyPartReader, MultipartReader, web

from deploy.chdb_server.body import Rows, decompressed, read_body
from deploy.chdb_server.compression import accepted_encoding
from deploy.chdb_server.engine import Query
from deploy.chdb_server.errors import AUTHENTICATION_FAILED, SYNTAX_ERROR, UNKNOWN_FORMAT_OF_BODY, refusal
from deploy.chdb_server.sessions import DEFAULT_SECONDS, SessionRequest, session_seconds
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
        user: Name.
        password: Password; None where every password is right, as for clickhouse-server's `no_password`.
    """

    user: str
    password: str | None

    def check(self, request: web.Request) -> str:
        """Return the name of the user who asks.

        Raises:
            QueryError: The request names another user, or a wrong password.
        """
        user, password = credentials(request)
        expected = f"{self.user}\0{password if self.password is None else self.password}"
        if not hmac.compare_digest(f"{user}\0{password}".encode(), expected.encode()):
            message = f"{user}: Authentication failed: password is incorrect, or there is no user with such name"
            raise refusal(AUTHENTICATION_FAILED, "AUTHENTICATION_FAILED", message)
        return user


DEFAULT_ACCOUNT = Account("default", None)
"""The user of a clickhouse-server whose users were never set up."""


def credentials(request: web.Request) -> tuple[str, str]:
    """Read user and password, from HTTP's own header, ClickHouse's two headers or the URL."""
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
    """A query ready to run.

    Attributes:
        query: The statement with its settings, parameters and session.
        answer_format: Format of its answer; None where it has none.
        encoding: How the answer is compressed; None where it is not.
    """

    query: Query
    answer_format: str | None
    encoding: str | None


async def read_request(request: web.Request, user: str, rows: Rows, limit: int) -> Asked:
    """Understand a request.

    Args:
        request: what came.
        user: who asks, and so whose sessions are meant.
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
            insert = f"{body.insert.before} {infile} {body.insert.after}"
            return Asked(_query(insert, request, values, user, answers=False), None, None)
        statement = _decoded(text)
    if holds_several(text) and not statement.lstrip()[:6].upper() == "INSERT":
        raise refusal(SYNTAX_ERROR, "SYNTAX_ERROR", "Syntax error (Multi-statements are not allowed)")
    form = answer_format(text, _default_format(request, values))
    query = _query(statement, request, values, user, answers=form is not None or _sets_session(statement))
    return Asked(query, form, _answer_encoding(request, values))


def _answer_encoding(request: web.Request, values: Mapping[str, str]) -> str | None:
    enabled = values.get("enable_http_compression", "0") in {"1", "true"}
    return accepted_encoding(request.headers.get("Accept-Encoding", ""), enabled=enabled)


def _sets_session(statement: str) -> bool:
    """Return True for statements that change nothing but their session."""
    return statement.lstrip()[:4].upper() in {"SET ", "USE "}


def _default_format(request: web.Request, values: Mapping[str, str]) -> str:
    return values.get("default_format") or request.headers.get("X-ClickHouse-Format") or "TabSeparated"


def _query(statement: str, request: web.Request, values: Mapping[str, str], user: str, *, answers: bool) -> Query:
    return Query(
        text=statement,
        default_format=_default_format(request, values),
        database=values.get("database") or request.headers.get("X-ClickHouse-Database"),
        settings={
            name: value
            for name, value in values.items()
            if name not in _ABOUT_THE_REQUEST and not name.startswith("param_")
        },
        parameters={name.removeprefix("param_"): value for name, value in values.items() if name.startswith("param_")},
        read_only=request.method != "POST",
        answers=answers,
        session=_session(values, user),
    )


def _session(values: Mapping[str, str], user: str) -> SessionRequest | None:
    if not values.get("session_id"):
        return None
    return SessionRequest(
        key=(user, values["session_id"]),
        seconds=session_seconds(values.get("session_timeout", str(DEFAULT_SECONDS))),
        must_exist=values.get("session_check", "0") == "1",
        close=values.get("close_session", "0") == "1",
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
