"""Sentences about a customer's state, by group of features, for a risk that is raised and for one that is lowered.

A sentence is said only where it is true of the state and points the way it is given for: a silence is named once it is
longer than the customer's own usual gap, a rhythm once there are purchases enough to have one, a complaint as
unresolved while it is. Sentences name days, not times since: so they stay true for as long as nothing happens.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from customers.features.features import has_open_complaint
from customers.state import NEVER, PURCHASES_90, SPEND_90, Customer
from schemas.moments import DAY_MS, from_ms

_SEVERAL: Final = 3
"""Number of purchases from which a customer has a usual gap."""

_UNKNOWN_RHYTHM: Final = 0.1
"""Silence that is worth naming where there is no usual gap, as a share of the horizon."""

_SELDOM: Final = 0.75
"""A usual gap longer than this share of the horizon is a seldom one."""

_SLOWED: Final = 1.5
"""The last gap is longer if it is this many times the usual one."""

_SMALLER: Final = 0.9
"""Recent purchases are smaller if they come to this share of the mean one."""

_LEAST_RECENT: Final = 0.1
"""Decayed number of recent purchases below which their mean says nothing."""

_LONGEST_NAME: Final = 32
"""Characters shown of the name of whoever judged; the rest is cut."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Setting of all sentences.

    Attributes:
        horizon_ms: Horizon of the risk, ms.
        currency: Currency of the amounts.
    """

    horizon_ms: int
    currency: str


Wording = Callable[[Customer, int, Setting], str | None]
"""Words what a group of features says about a customer at an instant, ms since 1970; None if nothing that way."""


def count_of(number: int, one: str, many: str) -> str:
    """Return a number with its noun, singular or plural."""
    return f"{number} {one if number == 1 else many}"


def days_of(milliseconds: float) -> str:
    """Return a length of time in whole days, in words."""
    return _in_words(round(milliseconds / DAY_MS))


@lru_cache(maxsize=10_000)
def _in_words(days: int) -> str:
    """Return a number of days in words; cached, since formatting it takes longer than the rest of a sentence."""
    return "less than a day" if days < 1 else count_of(days, "day", "days")


def date_of(moment: int) -> str:
    """Return the day of a moment, ms since 1970, in UTC: 4 May 2026."""
    return _date(moment // DAY_MS)


@lru_cache(maxsize=10_000)
def _date(day: int) -> str:
    return f"{from_ms(day * DAY_MS):%-d %B %Y}"


def usual_gap(customer: Customer) -> float:
    """Return the mean time between a customer's purchases, ms; there must be two."""
    return (customer.last_purchase - customer.first_purchase) / (customer.purchases - 1)


def is_overdue(customer: Customer, now: int, setting: Setting) -> bool:
    """Return True if a customer's silence is longer than usual for them, in whole days.

    Before there is a usual gap, a tenth of the horizon takes its place.
    """
    since = customer.last_purchase if customer.purchases else customer.first_seen
    usual = usual_gap(customer) if customer.purchases >= _SEVERAL else _UNKNOWN_RHYTHM * setting.horizon_ms
    return round((now - since) / DAY_MS) > max(round(usual / DAY_MS), 0)


def _silence_raises(customer: Customer, now: int, setting: Setting) -> str | None:
    if not is_overdue(customer, now, setting):
        return None
    if not customer.purchases:
        return f"No purchase since the first contact, on {date_of(customer.first_seen)}"
    if customer.purchases == 1:
        return f"No purchase since the only one, on {date_of(customer.last_purchase)}"
    if customer.purchases < _SEVERAL:
        return f"No purchase since {date_of(customer.last_purchase)}, after {customer.purchases} in all"
    return f"No purchase since {date_of(customer.last_purchase)}; the usual gap is {days_of(usual_gap(customer))}"


def _rhythm_raises(customer: Customer, now: int, setting: Setting) -> str | None:
    if not customer.purchases:
        return "Has not bought yet"
    if customer.purchases == 1:
        return "Bought only once"
    gap = usual_gap(customer)
    if customer.purchases >= _SEVERAL and customer.gaps[-1] > max(_SLOWED * gap, DAY_MS):
        return f"Came back after {days_of(customer.gaps[-1])} the last time; the usual gap is {days_of(gap)}"
    if gap > _SELDOM * setting.horizon_ms:
        return f"Buys seldom: {count_of(customer.purchases, 'purchase', 'purchases')}, {days_of(gap)} apart on average"
    if is_overdue(customer, now, setting):
        return _silence_raises(customer, now, setting)
    return "Only 2 purchases so far" if customer.purchases < _SEVERAL else None


def _spend_raises(customer: Customer, now: int, setting: Setting) -> str | None:
    del now
    recent = customer.sums[PURCHASES_90]
    if customer.purchases < _SEVERAL or recent < _LEAST_RECENT:
        return None
    spent, mean = customer.sums[SPEND_90] / recent, customer.spend / customer.purchases
    if spent > _SMALLER * mean:
        return None
    return f"Recent purchases came to {spent:,.2f} {setting.currency}, earlier ones to more: {mean:,.2f} on average"


def _tenure_raises(customer: Customer, now: int, setting: Setting) -> str | None:
    if not customer.purchases or now - customer.first_purchase > setting.horizon_ms:
        return None
    return f"New: first bought on {date_of(customer.first_purchase)}"


def _returns_raise(customer: Customer, now: int, setting: Setting) -> str | None:
    del now
    if not customer.returns:
        return None
    if customer.last_harmful_return != NEVER:
        return f"Sent back something defective or not as described on {date_of(customer.last_harmful_return)}"
    number = count_of(customer.returns, "return", "returns")
    return f"{number} with {customer.refunds:,.2f} {setting.currency} refunded"


def _contacts_raise(customer: Customer, now: int, setting: Setting) -> str | None:
    if has_open_complaint(customer):
        return f"A complaint of {date_of(customer.last_unresolved)} is unresolved"
    return _contacts(customer, now, setting)


def _judgement_raises(customer: Customer, now: int, setting: Setting) -> str | None:
    if customer.last_judged != NEVER and customer.leaving:
        return f"Judged likely to leave by {_judge(customer)}, on {date_of(customer.last_judged)}"
    return _mood(customer, now, setting) if customer.sentiment < 0 else None


def _silence_lowers(customer: Customer, now: int, setting: Setting) -> str | None:
    if not customer.purchases or is_overdue(customer, now, setting):
        return None
    return f"Bought last on {date_of(customer.last_purchase)}"


def _rhythm_lowers(customer: Customer, now: int, setting: Setting) -> str | None:
    del now, setting
    if customer.purchases <= 1:
        return None
    on_average = " on average" if customer.purchases >= _SEVERAL else ""
    return f"{customer.purchases} purchases, {days_of(usual_gap(customer))} apart{on_average}"


def _spend_lowers(customer: Customer, now: int, setting: Setting) -> str | None:
    del now
    if not customer.purchases:
        return None
    purchases = count_of(customer.purchases, "purchase", "purchases")
    return f"Spent {customer.spend:,.2f} {setting.currency} in {purchases}"


def _tenure_lowers(customer: Customer, now: int, setting: Setting) -> str | None:
    if not customer.purchases or now - customer.first_purchase < setting.horizon_ms:
        return None
    return f"Customer since {date_of(customer.first_purchase)}"


def _nothing(customer: Customer, now: int, setting: Setting) -> str | None:
    del customer, now, setting
    return None


def _contacts_lower(customer: Customer, now: int, setting: Setting) -> str | None:
    return None if has_open_complaint(customer) else _contacts(customer, now, setting)


def _judgement_lowers(customer: Customer, now: int, setting: Setting) -> str | None:
    return _mood(customer, now, setting) if customer.sentiment > 0 and not customer.leaving else None


def _contacts(customer: Customer, now: int, setting: Setting) -> str | None:
    del now, setting
    if not customer.contacts:
        return None
    number = count_of(customer.contacts, "support contact", "support contacts")
    return f"{number}, the latest on {date_of(customer.last_contact)}"


def _mood(customer: Customer, now: int, setting: Setting) -> str | None:
    del now, setting
    if customer.last_judged == NEVER:
        return None
    mood = f"{customer.sentiment:+d} on a scale from -2 to +2"
    return f"Mood judged as {mood} by {_judge(customer)}, on {date_of(customer.last_judged)}"


def _judge(customer: Customer) -> str:
    by = customer.judged_by
    return f"{by[: _LONGEST_NAME - 1]}…" if len(by) > _LONGEST_NAME else by or "an agent"


RAISING: Final[dict[str, Wording]] = {
    "silence": _silence_raises,
    "rhythm": _rhythm_raises,
    "spend": _spend_raises,
    "tenure": _tenure_raises,
    "returns": _returns_raise,
    "contacts": _contacts_raise,
    "judgement": _judgement_raises,
}
"""Sentences about groups that raise a risk."""

LOWERING: Final[dict[str, Wording]] = {
    "silence": _silence_lowers,
    "rhythm": _rhythm_lowers,
    "spend": _spend_lowers,
    "tenure": _tenure_lowers,
    "returns": _nothing,
    "contacts": _contacts_lower,
    "judgement": _judgement_lowers,
}
"""Sentences about groups that lower it."""
