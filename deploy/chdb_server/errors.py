"""Errors of a request as ClickHouse words them: a number, a name, an HTTP status."""

import re
from http import HTTPStatus

UNKNOWN_FORMAT_OF_BODY = 601
BAD_ARGUMENTS = 36
SYNTAX_ERROR = 62
NOT_ENOUGH_SPACE = 243
CANNOT_DECOMPRESS = 271
AUTHENTICATION_FAILED = 516
TOO_LARGE = 307
SESSION_NOT_FOUND = 372
SESSION_IS_LOCKED = 373
INVALID_SESSION_TIMEOUT = 374
READONLY = 164
TOO_MANY_SESSIONS = 202

# From ClickHouse's `exceptionCodeToHTTPStatus`; what is not listed is a failure of the server.
_STATUSES = {
    HTTPStatus.BAD_REQUEST: {6, 26, 27, 36, 38, 41, 43, 44, 46, 47, 53, 62, 69, 70, 72, 115, 117, 131, 271, 386, 457},
    HTTPStatus.NOT_FOUND: {60, 63, 73, 81, 128, 192, 372},
    HTTPStatus.FORBIDDEN: {164, 497, 516},
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: {307},
    HTTPStatus.NOT_IMPLEMENTED: {48, 601},
}


class QueryError(Exception):
    """A query that failed; its text is ClickHouse's own.

    Args:
        code: ClickHouse's number for the kind of error.
        text: the message as clients know it, `Code: N. DB::Exception: ...`.
    """

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code

    @property
    def status(self) -> HTTPStatus:
        """The HTTP status that ClickHouse answers with."""
        return next(
            (status for status, codes in _STATUSES.items() if self.code in codes), HTTPStatus.INTERNAL_SERVER_ERROR
        )


def refusal(code: int, name: str, message: str) -> QueryError:
    """Make an error of this server look like one of the engine's."""
    return QueryError(code, f"Code: {code}. DB::Exception: {message}. ({name})")


def from_engine(message: str) -> QueryError:
    """Read the number out of what the engine says."""
    found = re.search(r"Code: (\d+)\.", message)
    return QueryError(int(found.group(1)) if found else 1002, message)
