"""The client of ClickHouse: made from settings, its errors sorted by what the caller does next."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, Error
from urllib3.exceptions import HTTPError, MaxRetryError, ReadTimeoutError

from schemas.errors import FatalError, ServerUnreachableError, StaylineError, UsageError
from schemas.settings.connections import ClickHouseSettings

_CONNECT_SECONDS: Final = 5

PASSING_CODES: Final = frozenset(
    {
        75,  # CANNOT_WRITE_TO_FILE_DESCRIPTOR
        76,  # CANNOT_OPEN_FILE
        77,  # CANNOT_CLOSE_FILE
        159,  # TIMEOUT_EXCEEDED
        160,  # TOO_SLOW
        173,  # CANNOT_ALLOCATE_MEMORY
        198,  # DNS_ERROR
        202,  # TOO_MANY_SIMULTANEOUS_QUERIES
        203,  # NO_FREE_CONNECTION
        209,  # SOCKET_TIMEOUT
        210,  # NETWORK_ERROR
        225,  # NO_ZOOKEEPER
        236,  # ABORTED
        241,  # MEMORY_LIMIT_EXCEEDED
        242,  # TABLE_IS_READ_ONLY
        252,  # TOO_MANY_PARTS
        279,  # ALL_CONNECTION_TRIES_FAILED
        285,  # TOO_FEW_LIVE_REPLICAS
        319,  # UNKNOWN_STATUS_OF_INSERT
        394,  # QUERY_WAS_CANCELLED
        425,  # SYSTEM_ERROR
        439,  # CANNOT_SCHEDULE_TASK
        745,  # SERVER_OVERLOADED
        999,  # KEEPER_EXCEPTION
    }
)
"""ClickHouse's error codes that may not occur at a later try."""

_REFUSED_CODES: Final = frozenset({192, 193, 194, 492, 497, 516})
"""Unknown user, wrong or missing password, access denied."""

_MISSING_CODES: Final = frozenset({60, 81})
"""Unknown table, unknown database."""

_NO_ROOM: Final = 243
"""Not enough space for an insert, or for what must stay free."""

_FULL_DISK: Final = ("No space left on device", "Disk quota exceeded")
"""Messages of a full disk under other codes, such as that of any C++ exception."""

_LONGEST_MESSAGE: Final = 600


@contextmanager
def open_client(settings: ClickHouseSettings, *, database: str | None = None) -> Iterator[Client]:
    """Connect, and close when the block ends.

    Args:
        settings: Where ClickHouse is.
        database: The default database of unqualified names; the settings' own when not given, none when empty.

    Raises:
        ServerUnreachableError: It does not answer, now or while the block runs.
        UsageError: It refuses the user or the password.
        FatalError: It refuses a query.
    """
    address = urlsplit(settings.url)
    with errors_sorted(settings, "connecting"):
        client = clickhouse_connect.get_client(
            interface=address.scheme,
            host=address.hostname,
            port=address.port or (8443 if address.scheme == "https" else 8123),
            proxy_path=address.path,
            username=settings.user,
            password=settings.password.get_secret_value(),
            database=settings.database if database is None else database or None,
            ca_cert=_path(settings.ca_file),
            client_cert=_path(settings.certificate_file),
            client_cert_key=_path(settings.key_file),
            connect_timeout=_CONNECT_SECONDS,
            send_receive_timeout=max(1, round(settings.timeout_seconds)),
            # A request whose response was not read to its end would leave its session locked on the server.
            autogenerate_session_id=False,
            compress=False,
            dedicated_pool=True,
            tz_mode="aware",
            client_name="stayline",
        )
    try:
        with errors_sorted(settings, "asking"):
            yield client
    finally:
        client.close()


def _path(file: Path | None) -> str | None:
    return None if file is None else str(file)


@contextmanager
def errors_sorted(settings: ClickHouseSettings, doing: str) -> Iterator[None]:
    """Turn the driver's errors inside the block into ours.

    Args:
        settings: Where ClickHouse is, for the message.
        doing: The action, such as ``inserting into alerts``.

    Raises:
        ServerUnreachableError: ClickHouse does not answer or is overloaded; the same may succeed later.
        UsageError: The user or the password is refused.
        FatalError: ClickHouse refuses what was sent; the same will never succeed.
    """
    try:
        yield
    except (ClickHouseError, HTTPError) as error:
        raise sorted_error(error, settings, doing) from error


def sorted_error(error: Exception, settings: ClickHouseSettings, doing: str) -> StaylineError:
    """Return our error for one of the driver's."""
    code = error.code if isinstance(error, Error) else None
    said = " ".join(_reason(error).split())[:_LONGEST_MESSAGE]
    if code in _REFUSED_CODES:
        return UsageError(
            f"ClickHouse at {settings.url} refuses user {settings.user} ({said}); "
            "set STAYLINE_CLICKHOUSE__USER and STAYLINE_CLICKHOUSE__PASSWORD"
        )
    if code in _MISSING_CODES:
        return FatalError(f"{doing}: database {settings.database} is not complete ({said}); run stayline migrate")
    if code == _NO_ROOM or any(words in said for words in _FULL_DISK):
        return ServerUnreachableError(f"ClickHouse at {settings.url} has no room left ({doing}: {said}); free its disk")
    if any(isinstance(cause, ReadTimeoutError) for cause in _causes(error)):
        return ServerUnreachableError(
            f"ClickHouse at {settings.url} is there, but did not answer within {settings.timeout_seconds:g} s "
            f"({doing}); see what keeps it busy (system.processes), or raise STAYLINE_CLICKHOUSE__TIMEOUT_SECONDS"
        )
    if code in PASSING_CODES or (code is None and not _is_refusal(error)):
        return ServerUnreachableError(
            f"ClickHouse at {settings.url} does not serve ({doing}: {said}); start it, or set STAYLINE_CLICKHOUSE__URL"
        )
    return FatalError(f"{doing}: ClickHouse refuses ({said})")


def _reason(error: Exception) -> str:
    """Return why no connection came about, as the operating system says it; else the error's own text."""
    for cause in _causes(error):
        if isinstance(cause, MaxRetryError) and cause.reason is not None:
            said = str(cause.reason)
            return said if "certificate" in said else said.rpartition(": ")[2]
    return str(error)


def _causes(error: Exception) -> Iterator[BaseException]:
    """Yield an error, what it was raised from, and what stopped urllib3 from trying again."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        if isinstance(cause, MaxRetryError) and cause.reason is not None:
            yield cause.reason
        cause = cause.__cause__


def _is_refusal(error: Exception) -> bool:
    """Return True if a response without ClickHouse's code is final: a wrong address, not a proxy's 5xx or 429."""
    return "HTTP status 4" in str(error) and "HTTP status 429" not in str(error)
