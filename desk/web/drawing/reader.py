"""Numbers, money and times as one reader wants them: by the browser's language and the reader's time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_timedelta

from desk.web.drawing.formats import ENGLISH, Formats

ZONE_COOKIE: Final = "stayline_zone"
_LONGEST_HEADER: Final = 200
_ROUNDS_TO_ZERO: Final = 0.005
_NOON: Final = time(12)
_MOST_KEPT: Final = 16
"""Pairs of a header and a zone whose texts are kept; a team shares a few."""

_SOON: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reader:
    """Formats values for one reader; text stays English, numbers and dates follow the locale.

    Attributes:
        formats: Texts of numbers and dates in the reader's locale and zone.
        now: Present time, for times that are told relative to it.
    """

    formats: Formats
    now: datetime

    @property
    def zone(self) -> tzinfo:
        """Time zone."""
        return self.formats.zone

    def money(self, value: float | None, *, cents: bool = False) -> str:
        """Return an amount in the reporting currency, or a dash if it is unknown."""
        return "\N{EN DASH}" if value is None else self.formats.money(value, cents)

    def number(self, value: float | None, digits: int = 0) -> str:
        """Return a number with so many digits after the point, or a dash if it is unknown."""
        return "\N{EN DASH}" if value is None else self.formats.number(round(value, digits))

    def roughly(self, value: int) -> str:
        """Return a number with two digits that count."""
        return self.number(round(value, min(0, 2 - len(str(value)))))

    def percent(self, value: float | None) -> str:
        """Return a share or probability in whole per cent, or a dash if it is unknown."""
        return "\N{EN DASH}" if value is None else self.formats.percent(value)

    def chance(self, probability: float | None) -> str:
        """Return a probability in whole per cent that is never shown as certain, or a dash if it is unknown."""
        if probability is None or _ROUNDS_TO_ZERO < probability < 1.0 - _ROUNDS_TO_ZERO:
            return self.percent(probability)
        return f"<{self.percent(0.01)}" if probability <= _ROUNDS_TO_ZERO else f">{self.percent(0.99)}"

    def moment(self, at: datetime) -> str:
        """Return date and time in the reader's zone; the year only where it is another one."""
        return f"{self.day(at)}, {self.formats.time(at)}"

    def day(self, at: datetime) -> str:
        """Return the date in the reader's zone; the year only where it is another one."""
        return self.formats.day(at, not self._is_this_year(at))

    def calendar_day(self, day: date) -> str:
        """Return a day of the calendar that belongs to no zone; the year only where it is another one."""
        at = datetime.combine(day, _NOON, UTC)
        skeleton = "MMMd" if day.year == self.now.year else "yMMMd"
        return format_skeleton(skeleton, at, tzinfo=UTC, locale=self.formats.locale)

    def full(self, at: datetime) -> str:
        """Return date, time and zone in full."""
        return self.formats.full(at)

    def long_day(self, at: datetime) -> str:
        """Return the date in full, without a time."""
        return format_date(at.astimezone(self.zone), "long", locale=ENGLISH)

    def ago(self, at: datetime) -> str:
        """Return in words how long ago something was, or in how long it will be."""
        return format_timedelta(at - self.now, add_direction=True, threshold=1.2, locale=ENGLISH)

    def is_soon(self, at: datetime) -> bool:
        """Return True for a time less than a day ahead, or past."""
        return at - self.now < _SOON

    @property
    def zone_name(self) -> str:
        """Name of the zone as browsers have it."""
        return str(getattr(self.zone, "key", "UTC"))

    def _is_this_year(self, at: datetime) -> bool:
        return at.astimezone(self.zone).year == self.now.astimezone(self.zone).year


class Readers:
    """Readers by what their browsers say; the texts of as many locales and zones as are kept are shared by them."""

    def __init__(self, currency: str) -> None:
        """Begin with none.

        Args:
            currency: Reporting currency.
        """
        self._currency = currency
        self._formats = lru_cache(_MOST_KEPT)(self._new_formats)

    def of(self, languages: str, zone: str, now: datetime) -> Reader:
        """Return how a reader wants values; whatever is unknown there gets the default.

        Args:
            languages: Header Accept-Language.
            zone: Name of the time zone, as the browser told it.
            now: Present time, UTC.
        """
        return Reader(self._formats(languages[:_LONGEST_HEADER], zone), now)

    def _new_formats(self, languages: str, zone: str) -> Formats:
        return Formats(_locale(languages), _zone(zone), self._currency)


def _locale(languages: str) -> Locale:
    for part in languages.split(","):
        name = part.partition(";")[0].strip()
        try:
            return Locale.parse(name, sep="-")
        except (UnknownLocaleError, ValueError, TypeError):
            continue
    return ENGLISH


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
