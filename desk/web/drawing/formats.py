"""Numbers, money and times of one locale and zone, as text that is made once and kept.

Babel reads its patterns anew for every value. A queue repeats its amounts and times from look to look, and of new
values the patterns are ready.
"""

from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Final

from babel import Locale
from babel.dates import format_datetime, format_skeleton, format_time
from babel.numbers import format_percent, parse_pattern

ENGLISH: Final = Locale("en", "GB")
"""Of the text around numbers and dates."""

_KEPT: Final = 2_048
"""Texts of each kind that are kept; those not asked for longest go first."""


class Formats:
    """Texts of values; each attribute is a function that keeps what it returned."""

    def __init__(self, locale: Locale, zone: tzinfo, currency: str) -> None:
        """Read the patterns.

        Args:
            locale: Of numbers and dates.
            zone: Of times.
            currency: Reporting currency.
        """
        self.locale, self.zone, self.currency = locale, zone, currency
        self._cents = locale.currency_formats["standard"]
        self._whole = parse_pattern(self._cents.pattern.replace(".00", ""))
        self._decimal = locale.decimal_formats[None]
        self.money: Callable[[float, bool], str] = lru_cache(_KEPT)(self._money)
        self.number: Callable[[float], str] = lru_cache(_KEPT)(self._number)
        self.percent: Callable[[float], str] = lru_cache(_KEPT)(self._percent)
        self.day: Callable[[datetime, bool], str] = lru_cache(_KEPT)(self._day)
        self.time: Callable[[datetime], str] = lru_cache(_KEPT)(self._time)
        self.full: Callable[[datetime], str] = lru_cache(_KEPT)(self._full)

    def _money(self, value: float, cents: bool) -> str:
        pattern = self._cents if cents else self._whole
        return str(pattern.apply(value, self.locale, currency=self.currency, currency_digits=cents))

    def _number(self, value: float) -> str:
        return str(self._decimal.apply(value, self.locale, decimal_quantization=False))

    def _percent(self, value: float) -> str:
        return str(format_percent(value, locale=self.locale))

    def _day(self, at: datetime, with_year: bool) -> str:
        return str(format_skeleton("yMMMd" if with_year else "MMMd", at, tzinfo=self.zone, locale=self.locale))

    def _time(self, at: datetime) -> str:
        return str(format_time(at, "short", tzinfo=self.zone, locale=self.locale))

    def _full(self, at: datetime) -> str:
        return str(format_datetime(at, "full", tzinfo=self.zone, locale=ENGLISH))
