"""Numbers, money and times as one reader wants them: by the browser's language and the reader's time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_skeleton, format_time, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent

ZONE_COOKIE: Final = "stayline_zone"
_DEFAULT: Final = Locale("en", "GB")
_LONGEST_HEADER: Final = 200
_ROUNDS_TO_ZERO: Final = 0.005
_NOON: Final = time(12)
_SOON: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reader:
    """Formats values for one reader; text stays English, numbers and dates follow the locale.

    Attributes:
        locale: Of numbers and dates.
        zone: Of times.
        currency: Reporting currency.
        now: Present time, for times that are told relative to it.
    """

    locale: Locale
    zone: tzinfo
    currency: str
    now: datetime

    def money(self, value: float | None, *, cents: bool = False) -> str:
        """Return an amount in the reporting currency, or a dash if it is unknown."""
        if value is None:
            return "\N{EN DASH}"
        if cents:
            return format_currency(value, self.currency, locale=self.locale)
        pattern = self.locale.currency_formats["standard"].pattern.replace(".00", "")
        return format_currency(value, self.currency, pattern, locale=self.locale, currency_digits=False)

    def number(self, value: float | None, digits: int = 0) -> str:
        """Return a number with so many digits after the point, or a dash if it is unknown."""
        if value is None:
            return "\N{EN DASH}"
        return format_decimal(round(value, digits), locale=self.locale, decimal_quantization=False)

    def roughly(self, value: int) -> str:
        """Return a number with two digits that count."""
        return self.number(round(value, min(0, 2 - len(str(value)))))

    def percent(self, value: float | None) -> str:
        """Return a share or probability in whole per cent, or a dash if it is unknown."""
        return "\N{EN DASH}" if value is None else format_percent(value, locale=self.locale)

    def chance(self, probability: float | None) -> str:
        """Return a probability in whole per cent that is never shown as certain, or a dash if it is unknown."""
        if probability is None or _ROUNDS_TO_ZERO < probability < 1.0 - _ROUNDS_TO_ZERO:
            return self.percent(probability)
        return f"<{self.percent(0.01)}" if probability <= _ROUNDS_TO_ZERO else f">{self.percent(0.99)}"

    def moment(self, at: datetime) -> str:
        """Return date and time in the reader's zone; the year only where it is another one."""
        return f"{self.day(at)}, {format_time(at, 'short', tzinfo=self.zone, locale=self.locale)}"

    def day(self, at: datetime) -> str:
        """Return the date in the reader's zone; the year only where it is another one."""
        return format_skeleton("MMMd" if self._is_this_year(at) else "yMMMd", at, tzinfo=self.zone, locale=self.locale)

    def calendar_day(self, day: date) -> str:
        """Return a day of the calendar that belongs to no zone; the year only where it is another one."""
        at = datetime.combine(day, _NOON, UTC)
        skeleton = "MMMd" if day.year == self.now.year else "yMMMd"
        return format_skeleton(skeleton, at, tzinfo=UTC, locale=self.locale)

    def full(self, at: datetime) -> str:
        """Return date, time and zone in full."""
        return format_datetime(at, "full", tzinfo=self.zone, locale=_DEFAULT)

    def long_day(self, at: datetime) -> str:
        """Return the date in full, without a time."""
        return format_date(at.astimezone(self.zone), "long", locale=_DEFAULT)

    def ago(self, at: datetime) -> str:
        """Return in words how long ago something was, or in how long it will be."""
        return format_timedelta(at - self.now, add_direction=True, threshold=1.2, locale=_DEFAULT)

    def is_soon(self, at: datetime) -> bool:
        """Return True for a time less than a day ahead, or past."""
        return at - self.now < _SOON

    @property
    def zone_name(self) -> str:
        """Name of the zone as browsers have it."""
        return str(getattr(self.zone, "key", "UTC"))

    def _is_this_year(self, at: datetime) -> bool:
        return at.astimezone(self.zone).year == self.now.astimezone(self.zone).year


def reader_of(languages: str, zone: str, currency: str, now: datetime) -> Reader:
    """Return how a reader wants values; whatever is unknown there gets the default.

    Args:
        languages: Header Accept-Language.
        zone: Name of the time zone, as the browser told it.
        currency: Reporting currency.
        now: Present time, UTC.
    """
    return Reader(_locale(languages), _zone(zone), currency, now)


def _locale(languages: str) -> Locale:
    for part in languages[:_LONGEST_HEADER].split(","):
        name = part.partition(";")[0].strip()
        try:
            return Locale.parse(name, sep="-")
        except (UnknownLocaleError, ValueError, TypeError):
            continue
    return _DEFAULT


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
