"""News of a customer since the last decision or contact, as sentences.

They name days, not times since, so that they stay true.
"""

from collections.abc import Callable, Iterator
from typing import Final

from customers.features.features import has_open_complaint
from customers.state import NEVER, Customer
from retention.decide.eligibility.situation import DecisionCase
from retention.decide.memory.state import RetentionState, View
from risk.scoring.reasons.wording import date_of, days_of, usual_gap
from schemas.moments import DAY_MS, from_ms

LocalTime = Callable[[int], int]
"""Returns the local time of an instant, both in ms since 1970."""

_FIRST_LOOK_MS: Final = 30 * DAY_MS
"""Age up to which an event is new where there was no decision or contact yet."""

_RISK_STEP: Final = 0.1
"""Least change of risk that is worth a sentence."""


def what_changed(case: DecisionCase, local_ms: LocalTime) -> tuple[str, ...]:
    """Return what is new about a customer; the gravest first, empty if nothing is.

    Args:
        case: The customer at the score.
        local_ms: Returns the local time of an instant, both in ms, for the days that sentences name.
    """
    since = _last_look(case.state, case.now)
    customer = case.customer
    return tuple(
        sentence
        for sentence in (
            *_trouble(customer, since, local_ms),
            _note(case.state, since),
            _silence(customer, since, case.now, local_ms),
            *_moves(case),
            _purchase(customer, since, local_ms),
        )
        if sentence
    )


def _last_look(state: RetentionState, now: int) -> int:
    """Return the instant of the last decision or contact."""
    last = max([state.last_seen.at, *(at for at in state.contacts if at <= now)])
    return last if last != NEVER else now - _FIRST_LOOK_MS


def _trouble(customer: Customer, since: int, local_ms: LocalTime) -> Iterator[str]:
    if has_open_complaint(customer) and customer.last_unresolved > since:
        yield f"A complaint has been unresolved since {date_of(local_ms(customer.last_unresolved))}"
    elif customer.last_resolved > since:
        yield f"A contact was resolved on {date_of(local_ms(customer.last_resolved))}"
    if customer.last_harmful_return > since:
        day = date_of(local_ms(customer.last_harmful_return))
        yield f"Sent back something defective or not as described on {day}"
    elif customer.last_return > since:
        ordinal = f"Return number {customer.returns}" if customer.returns > 1 else "First return"
        yield f"{ordinal}, on {date_of(local_ms(customer.last_return))}"
    if customer.last_judged > since and customer.leaving:
        yield f"Judged likely to leave on {date_of(local_ms(customer.last_judged))}"


def _note(state: RetentionState, since: int) -> str:
    return f"{state.judged_by} noted: {state.note}" if state.judged_at > since else ""


def _silence(customer: Customer, since: int, now: int, local_ms: LocalTime) -> str:
    """Say that the silence passed the customer's usual gap, and when."""
    if customer.purchases <= 1:
        return ""
    gap = max(usual_gap(customer), DAY_MS)
    passed = customer.last_purchase + round(gap)
    if not since < passed <= now:
        return ""
    local = local_ms(passed)
    return f"The silence passed the usual gap of {days_of(gap)} on {from_ms(local):%A}, {date_of(local)}"


def _moves(case: DecisionCase) -> Iterator[str]:
    before: View = case.state.last_seen
    if before.at == NEVER:
        return
    if before.segment != case.score.segment:
        yield f"Moved from {_spaced(before.segment)} to {_spaced(case.score.segment)}"
    if abs(case.score.risk - before.risk) >= _RISK_STEP:
        verb = "rose" if case.score.risk > before.risk else "fell"
        yield f"The risk {verb} from {before.risk:.0%} to {case.score.risk:.0%}"


def _purchase(customer: Customer, since: int, local_ms: LocalTime) -> str:
    return f"Bought on {date_of(local_ms(customer.last_purchase))}" if customer.last_purchase > since else ""


def _spaced(name: str) -> str:
    return name.replace("_", " ")
