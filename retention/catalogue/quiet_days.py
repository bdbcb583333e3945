"""Local days, and those of them on which nobody is contacted.

Local time is a fixed distance from UTC, or that of a zone of the IANA database with its daylight saving time. A day of
a zone may have 23 or 25 hours. The zone is data of the playbook: nothing here asks for the time, nor where it runs.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Self
from zoneinfo import ZoneInfo

from retention.catalogue.playbook import WEEKDAYS, Contacts
from schemas.moments import DAY_MS, HOUR_MS, from_ms, to_ms

_EPOCH: Final = date(1970, 1, 1)
_MS: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class QuietDays:
    """Days on which nobody is contacted.

    Attributes:
        weekdays: Days of the week, Monday is 0.
        dates: Days since 1970.
        offset_ms: Local time less UTC, ms, where there is no zone.
        zone: Zone of local time; None where the distance is fixed.
    """

    weekdays: frozenset[int]
    dates: frozenset[int]
    offset_ms: int
    zone: ZoneInfo | None = None

    @classmethod
    def of(cls, contacts: Contacts) -> Self:
        """Return the quiet days of the settings."""
        given = contacts.quiet_days
        return cls(
            weekdays=frozenset(WEEKDAYS.index(day) for day in given if day in WEEKDAYS),
            dates=frozenset((date.fromisoformat(day) - _EPOCH).days for day in given if day not in WEEKDAYS),
            offset_ms=round(contacts.utc_offset_hours * HOUR_MS),
            zone=ZoneInfo(contacts.time_zone) if contacts.time_zone else None,
        )

    def local_ms(self, moment: int) -> int:
        """Return the local time of an instant in ms since 1970, as if it were UTC, ms."""
        if self.zone is None:
            return moment + self.offset_ms
        return moment + (from_ms(moment).astimezone(self.zone).utcoffset() or timedelta()) // _MS

    def day_of(self, moment: int) -> int:
        """Return the local day of an instant in ms since 1970, as days since 1970."""
        return self.local_ms(moment) // DAY_MS

    def start_of(self, day: int) -> int:
        """Return the instant at which a local day begins, ms since 1970.

        Where midnight is left out, it begins at the change; where midnight comes twice, at the second one.
        """
        if self.zone is None:
            return day * DAY_MS - self.offset_ms
        midnight = datetime.fromordinal(_EPOCH.toordinal() + day).replace(tzinfo=self.zone)
        begins = to_ms(midnight.astimezone(UTC))
        return begins if self.day_of(begins) >= day else to_ms(midnight.replace(fold=1).astimezone(UTC))

    def __contains__(self, day: int) -> bool:
        """Return True if nobody is contacted on a day, days since 1970; the first of January 1970 was a Thursday."""
        return (day + 3) % len(WEEKDAYS) in self.weekdays or day in self.dates
