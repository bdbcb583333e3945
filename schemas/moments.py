"""Moments as whole milliseconds since 1970 in UTC, the unit of Kafka's timestamps, and back."""

from datetime import UTC, datetime, timedelta
from typing import Final

SECOND_MS: Final = 1_000
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970, rounded down; exact for every moment that a datetime can hold."""
    return (moment - _EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """The moment in UTC that lies so many milliseconds after 1970."""
    return _EPOCH + milliseconds * _MILLISECOND


def text_of_ms(milliseconds: int) -> str:
    """RFC 3339 text in UTC, to the second where nothing is lost by that."""
    timespec = "milliseconds" if milliseconds % 1000 else "seconds"
    return from_ms(milliseconds).replace(tzinfo=None).isoformat(timespec=timespec) + "Z"
