"""Pages: lines of one customer partition in one Kafka message, with the clock in the headers.

The value is NDJSON in the columns of the ClickHouse table, so that the sink passes it on unparsed. A page without lines
is a heartbeat: it carries the clock to a partition without events.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar

import msgspec

from schemas.events.interaction import Interaction, decode_interaction
from schemas.moments import Publication, publication_of
from schemas.pages.hourly_counts import HourlyCounts, decode_counts, encode_counts
from schemas.pages.watermark import Progress, decode_progress, encode_progress

PAGE_VERSION: Final = 3
"""Version of lines and headers; a reader refuses newer ones.

Version 2 added forgetting a customer, version 3 lines of actions taken and judgements. A page has the lowest version
that its content allows, so that an older reader takes what it knows and stops at the rest.
"""

_FORGETS_VERSION: Final = 2
_LINES_VERSION: Final = 1

PARTS_PARTITION: Final = 0
"""Customer partition whose pages have the counts of parts."""

MAX_LINES: Final = 500
MAX_BYTES: Final = 256 * 1024

Headers = list[tuple[str, bytes]]

Line = TypeVar("Line")


class PageError(ValueError):
    """A message on ``interactions`` is not a page that this program can read."""


class NewerPageError(PageError):
    """A message is a page of a newer version; only an upgrade of this program helps."""


class _Stamped(msgspec.Struct):
    stamped_at: datetime
    occurred_at: datetime


_decode_stamped: Final = msgspec.json.Decoder(_Stamped).decode


class Page(msgspec.Struct, frozen=True):
    """Headers of a page.

    Attributes:
        source: Id of the intake that wrote it.
        lines: Number of lines.
        clock: Watermark of that source alone, ms since 1970.
        progress: Progress of the source in each of its raw partitions.
        forgets: Customer to be forgotten; empty except on a page that forgets.
        hours: Number of events in each hour that the source has completed since its last page of this partition.
        parts: The same by part of a raw topic, on pages of one customer partition alone.
        tells: True if there may be lines of actions taken or judgements.
    """

    source: str
    lines: int
    clock: int
    progress: Progress
    forgets: str = ""
    hours: HourlyCounts = {}
    parts: HourlyCounts = {}
    tells: bool = False


def encode_headers(page: Page) -> Headers:
    """Return the Kafka headers of a page."""
    forgets = [("forgets", page.forgets.encode())] if page.forgets else []
    hours = [("hours", encode_counts(page.hours))] if page.hours else []
    parts = [("parts", encode_counts(page.parts))] if page.parts else []
    return [
        ("page", b"%d" % (PAGE_VERSION if page.tells else _FORGETS_VERSION if forgets else _LINES_VERSION)),
        ("source", page.source.encode()),
        ("lines", b"%d" % page.lines),
        ("clock", b"%d" % page.clock),
        ("progress", encode_progress(page.progress)),
        *forgets,
        *hours,
        *parts,
    ]


def decode_headers(headers: Mapping[str, bytes] | Sequence[tuple[str, bytes]]) -> Page:
    """Decode a page's headers.

    Raises:
        PageError: A header is missing or unreadable.
        NewerPageError: The page is of a newer version.
    """
    try:
        found = dict(headers)
        version = int(found["page"])
        _check_version(version)
        return Page(
            source=found["source"].decode(),
            lines=int(found["lines"]),
            clock=int(found["clock"]),
            progress=decode_progress(found["progress"]),
            forgets=found.get("forgets", b"").decode(),
            hours=decode_counts(found["hours"]) if "hours" in found else {},
            parts=decode_counts(found["parts"]) if "parts" in found else {},
            tells=version == PAGE_VERSION,
        )
    except KeyError as missing:
        raise PageError(f"not a page: header {missing} is missing") from None
    except PageError:
        raise
    except (ValueError, TypeError, AttributeError) as error:
        raise PageError(f"not a page: {error}") from None


def _check_version(version: int) -> None:
    if version > PAGE_VERSION:
        raise NewerPageError(f"page version {version} is newer than {PAGE_VERSION}; upgrade this process first")


def encode_lines(lines: Sequence[bytes]) -> bytes:
    """Join encoded interactions; every line ends with a newline, so that pages can be concatenated."""
    return b"\n".join(lines) + b"\n" if lines else b""


def first_publication(value: bytes) -> Publication | None:
    """Return the publication of a page's first event.

    Args:
        value: Value of the page; only its first line is read.

    Returns:
        The publication, or None if the page has no lines or its first one is unreadable.
    """
    if not value:
        return None
    end = value.find(b"\n")
    try:
        first = _decode_stamped(value if end < 0 else value[:end])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return publication_of(first.stamped_at, first.occurred_at)


def decode_lines(value: bytes) -> list[Interaction]:
    """Decode the interactions of a page.

    Raises:
        PageError: A line is not an interaction.
    """
    return decode_lines_as(value, decode_interaction)


def decode_lines_as(value: bytes, decode_line: Callable[[bytes], Line]) -> list[Line]:
    """Decode the lines of a page by a function.

    Args:
        value: Value of the page.
        decode_line: Decodes one line.

    Raises:
        PageError: A line cannot be decoded.
    """
    try:
        return [decode_line(line) for line in value.splitlines() if line]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PageError(f"not a page: {error}") from None
