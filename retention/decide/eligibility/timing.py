"""Timing of decisions: by the customer's own rhythm, and on no quiet day."""

from dataclasses import dataclass
from typing import Final

from customers.state import Customer
from retention.catalogue.playbook import Action
from retention.catalogue.quiet_days import QuietDays
from schemas.moments import DAY_MS, to_ms
from schemas.records.score import NextPurchase

_OVERDUE_GAPS: Final = 1.5
"""Silence in usual gaps after which the next purchase is overdue, where no model says more."""


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """Time in which something is to be done.

    Attributes:
        do_after: Its beginning, ms since 1970.
        due_by: Its end, ms since 1970.
    """

    do_after: int
    due_by: int


def overdue_at(customer: Customer, next_purchase: NextPurchase | None, now: int) -> int:
    """Return the instant at which a customer's next purchase is overdue, ms since 1970.

    It is the upper end of the predicted interval; before there is a prediction, one and a half usual gaps after the
    last purchase; and now, where there is no rhythm yet.
    """
    if next_purchase is not None:
        return to_ms(next_purchase.latest_at)
    if customer.purchases <= 1:
        return now
    gap = (customer.last_purchase - customer.first_purchase) / (customer.purchases - 1)
    return customer.last_purchase + round(_OVERDUE_GAPS * gap)


def begin_of(action: Action, now: int, overdue: int) -> int | None:
    """Return the instant from which on an action makes sense, ms since 1970; None if it is too early to decide for it.

    An action that follows the customer's rhythm is decided for when its time is nearer than it may take; a purchase
    before then would make it needless.

    Args:
        action: The action.
        now: Instant of the decision, ms since 1970.
        overdue: Instant at which the next purchase is overdue, ms since 1970.
    """
    if action.timing != "rhythm" or overdue <= now:
        return now
    return overdue if overdue - now <= round(action.within_days * DAY_MS) else None


def window_of(action: Action, begin: int, quiet: QuietDays) -> TimeWindow:
    """Return the time in which an action is to be done.

    Args:
        action: The action.
        begin: Instant from which on it makes sense, ms since 1970.
        quiet: Days on which nothing is done, which do not count.
    """
    do_after = _first_open(begin, quiet)
    return TimeWindow(do_after, _after(do_after, round(action.within_days * DAY_MS), quiet))


def _first_open(moment: int, quiet: QuietDays) -> int:
    """Return the first instant from one on that lies on no quiet day."""
    day = quiet.day_of(moment)
    while day in quiet:
        day += 1
        moment = quiet.start_of(day)
    return moment


def _after(moment: int, length: int, quiet: QuietDays) -> int:
    """Return the instant that lies a length of time after another, counting no quiet days."""
    if not (quiet.weekdays or quiet.dates):
        return moment + length
    left, day = length, quiet.day_of(moment)
    while True:
        ends = quiet.start_of(day + 1)
        if day not in quiet:
            if moment + left <= ends:
                return moment + left
            left -= ends - moment
        moment, day = ends, day + 1
