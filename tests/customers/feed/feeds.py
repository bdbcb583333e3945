"""Feeds for tests: stamps of events of businesses with opening hours, and the holes found in them."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from random import Random

from customers.feed.feed_watch import PURCHASES, FeedWatch
from customers.feed.holes import Hole
from schemas.moments import DAY_MS, HOUR_MS, to_ms

START = to_ms(datetime(2024, 1, 1, tzinfo=UTC))
"""A Monday."""

SUNDAY = 6


def any_time(days: int, a_day: float, seed: int = 1) -> Iterator[int]:
    """Yield stamps of a feed that is heard by day and night at one mean rate."""
    random, at = Random(seed), 0.0  # noqa: S311 - repeatable, not secret
    while (at := at + random.expovariate(a_day)) < days:
        yield START + int(at * DAY_MS)


def opening_hours(
    days: int,
    a_day: int,
    *,
    hours_on: Callable[[int], tuple[int, int]] = lambda _day: (8, 20),
    open_on: Callable[[int], bool] = lambda day: day % 7 != SUNDAY,
) -> Iterator[int]:
    """Yield stamps of a shop with opening hours, spread evenly over these.

    Args:
        days: Length.
        a_day: Events on an open day.
        hours_on: Hours at which the shop opens and closes, by day.
        open_on: Tells the days on which it opens.
    """
    for day in filter(open_on, range(days)):
        opens, closes = hours_on(day)
        for number in range(a_day):
            yield START + day * DAY_MS + int((opens + (closes - opens) * number / a_day) * HOUR_MS)


def without(stamps: Iterable[int], first_day: float, days: float) -> list[int]:
    """Return stamps without those of some days."""
    start = START + int(first_day * DAY_MS)
    return [stamp for stamp in stamps if not start <= stamp < start + days * DAY_MS]


def holes_in(stamps: Iterable[int], until: int | None = None) -> list[Hole]:
    """Return the holes of a feed, known as of an instant or of its last event; ms since 1970."""
    watch, last = FeedWatch(), 0
    for last in stamps:
        watch.pass_to(last - 1)
        watch.count(PURCHASES, last // HOUR_MS)
    watch.pass_to(last if until is None else until)
    return watch.holes.known
