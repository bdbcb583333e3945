"""Why a risk is what it is, in sentences made of the customer's own numbers.

Single weights of correlated features mislead; so features speak in groups, each with what it adds to the log-odds
against the average customer.
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
"""Log-odds; less than this is noise to a reader."""

_TEN_THOUSAND: Final = 10_000
"""Effects are told to four digits."""

Speak = Callable[[Customer, int, str], str | None]


def reasons_of(customer: Customer, parts: Sequence[float], now: int, currency: str) -> tuple[ReasonInWords, ...]:
    """The strongest reasons for leaving; where there are none, the strongest for staying.

    Args:
        customer: The state.
        parts: What each of ``GROUPS`` adds to the log-odds of leaving.
        now: Instant, ms since 1970.
        currency: Of the amounts.
    """
    named = sorted([one for one in zip(parts, GROUPS, strict=True) if one[0] >= _WORTH_NAMING], reverse=True)
    if not named:
        named = sorted([one for one in zip(parts, GROUPS, strict=True) if one[0] <= -_WORTH_NAMING])
    reasons: list[ReasonInWords] = []
    for effect, group in named:
        text = _SPEAKERS[group](customer, now, currency)
        if text is not None:
            # Rounding to a whole number takes a third of the time of rounding to digits.
            reasons.append(ReasonInWords(group, round(effect * _TEN_THOUSAND) / _TEN_THOUSAND, text))
            if len(reasons) == MAX_REASONS:
                break
    return tuple(reasons)


def count_of(number: int, one: str, many: str) -> str:
    """A number with its noun, singular or plural."""
    return f"{number} {one if number == 1 else many}"


def days_of(milliseconds: float) -> str:
    """A length of time in whole days."""
    return _in_words(round(milliseconds / DAY_MS))


@lru_cache(maxsize=10_000)
def _in_words(days: int) -> str:
    """So many days; a sentence needs two of them, and making them anew takes longer than the rest of it."""
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


_SPEAKERS: Final[dict[str, Speak]] = {
    "silence": _silence,
    "rhythm": _rhythm,
    "spend": _spend,
    "tenure": _tenure,
    "returns": _returns,
    "contacts": _contacts,
    "judgement": _judgement,
}
