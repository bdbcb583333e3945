"""Converts moments to milliseconds since 1970 in UTC, the unit of Kafka's timestamps, and back."""

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

SECOND_MS: Final = 1_000
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


class Publication(NamedTuple):
    """The publication of an event.

    Attributes:
        at_ms: Kafka's timestamp of the raw message, ms since 1970.
        is_own_time: True if that is the event's own time, as it is in a history, so that the message may have been
            published at any later moment.
    """

    at_ms: int
    is_own_time: bool


def publication_of(stamped_at: datetime, occurred_at: datetime) -> Publication:
    """Return an event's publication.

    Args:
        stamped_at: Kafka's timestamp of the raw message.
        occurred_at: The event's own time.
    """
    at_ms = to_ms(stamped_at)
    return Publication(at_ms, at_ms == to_ms(occurred_at))


def to_ms(moment: datetime) -> int:
    """Return milliseconds since 1970, rounded down, without the rounding errors of floats."""
    return (moment - _EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """Return the moment in UTC of milliseconds since 1970."""
    return _EPOCH + milliseconds * _MILLISECOND


def text_of_ms(milliseconds: int) -> str:
    """Return RFC 3339 text in UTC, to the second if there are no milliseconds."""
    timespec = "milliseconds" if milliseconds % 1000 else "seconds"
    return from_ms(milliseconds).replace(tzinfo=None).isoformat(timespec=timespec) + "Z"
