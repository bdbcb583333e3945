"""Reasons for a risk, worded as sentences with the customer's own numbers.

Single weights of correlated features mislead; so reasons are given for groups of features, each with its contribution
to the log-odds relative to the average customer.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from customers.features import has_open_complaint
from customers.state import NEVER, Customer
from risk.scoring.model import GROUPS
from schemas.moments import DAY_MS
from schemas.records import ReasonInWords

MAX_REASONS: Final = 3
_WORTH_NAMING: Final = 0.05
"""Least contribution, log-odds, that is worth a sentence."""

_TEN_THOUSAND: Final = 10_000
"""Effects are published to four digits."""

Wording = Callable[[Customer, int, str], str | None]
"""Words a reason from the customer, the instant in ms since 1970 and the currency; None if there is nothing to say."""


def reasons_of(customer: Customer, parts: Sequence[float], now: int, currency: str) -> tuple[ReasonInWords, ...]:
    """Return the strongest reasons for leaving, or for staying if there are none; at most ``MAX_REASONS``.

    Args:
        customer: State at the instant.
        parts: Contribution of each of ``GROUPS`` to the log-odds of leaving.
        now: Instant, ms since 1970.
        currency: Currency of the amounts.
    """
    named = sorted([one for one in zip(parts, GROUPS, strict=True) if one[0] >= _WORTH_NAMING], reverse=True)
    if not named:
        named = sorted([one for one in zip(parts, GROUPS, strict=True) if one[0] <= -_WORTH_NAMING])
    reasons: list[ReasonInWords] = []
    for effect, group in named:
        text = _WORDINGS[group](customer, now, currency)
        if text is not None:
            # Rounding to an integer takes a third of the time of rounding to digits.
            reasons.append(ReasonInWords(group, round(effect * _TEN_THOUSAND) / _TEN_THOUSAND, text))
            if len(reasons) == MAX_REASONS:
                break
    return tuple(reasons)


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


def _silence(customer: Customer, now: int, currency: str) -> str | None:
    del currency
    if not customer.purchases:
        return f"No purchase in the {days_of(now - customer.first_seen)} since the first contact"
    silent = days_of(now - customer.last_purchase)
    if customer.purchases == 1:
        return f"No purchase for {silent} since the only one"
    return f"No purchase for {silent}; the usual gap is {_usual_gap(customer)}"


def _rhythm(customer: Customer, now: int, currency: str) -> str | None:
    del now, currency
    if not customer.purchases:
        return "Has not bought yet"
    if customer.purchases == 1:
        return "Bought only once"
    return f"{count_of(customer.purchases, 'purchase', 'purchases')}, {_usual_gap(customer)} apart on average"


def _usual_gap(customer: Customer) -> str:
    span = customer.last_purchase - customer.first_purchase
    return days_of(span / (customer.purchases - 1))


def _spend(customer: Customer, now: int, currency: str) -> str | None:
    del now
    if not customer.purchases:
        return None
    purchases = count_of(customer.purchases, "purchase", "purchases")
    return f"Spent {customer.spend:,.2f} {currency} in {purchases}"


def _tenure(customer: Customer, now: int, currency: str) -> str | None:
    del currency
    return f"Customer for {days_of(now - customer.first_purchase)}" if customer.purchases else None


def _returns(customer: Customer, now: int, currency: str) -> str | None:
    if not customer.returns:
        return None
    if customer.last_harmful_return != NEVER:
        ago = days_of(now - customer.last_harmful_return)
        return f"Sent back something defective or not as described {ago} ago"
    number = count_of(customer.returns, "return", "returns")
    return f"{number} with {customer.refunds:,.2f} {currency} refunded"


def _contacts(customer: Customer, now: int, currency: str) -> str | None:
    del currency
    if not customer.contacts:
        return None
    if has_open_complaint(customer):
        return f"A complaint has been unresolved for {days_of(now - customer.last_unresolved)}"
    number = count_of(customer.contacts, "support contact", "support contacts")
    return f"{number}, the latest {days_of(now - customer.last_contact)} ago"


def _judgement(customer: Customer, now: int, currency: str) -> str | None:
    del currency
    if customer.last_judged == NEVER:
        return None
    ago = days_of(now - customer.last_judged)
    if customer.leaving:
        return f"An agent expected the customer to leave, {ago} ago"
    mood = f"{customer.sentiment:+d}" if customer.sentiment else "0"
    return f"An agent judged the mood as {mood} on a scale from -2 to +2, {ago} ago"


_WORDINGS: Final[dict[str, Wording]] = {
    "silence": _silence,
    "rhythm": _rhythm,
    "spend": _spend,
    "tenure": _tenure,
    "returns": _returns,
    "contacts": _contacts,
    "judgement": _judgement,
}
