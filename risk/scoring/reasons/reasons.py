"""Reasons for a risk, worded as sentences with the customer's own numbers.

Single weights of correlated features mislead; so reasons are given for groups of features, each with its contribution
to the log-odds relative to the average customer. Those contributions and the average add up to the risk. The reasons
given are those that move the risk the way a reader sees it: what raises it at a risk of one half or more, or above the
average; otherwise whatever is strongest, and what points the same way. A group speaks only if its sentence is true of
the customer and says just that (``risk.scoring.reasons.wording``).
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from math import log
from typing import Final

from scipy.special import expit

from customers.state import Customer
from risk.scoring.model.regression import GROUPS
from risk.scoring.reasons.wording import LOWERING, RAISING, Setting
from schemas.records.score import ReasonInWords

MAX_REASONS: Final = 3
AVERAGE: Final = "average"
"""Group of the reason that the average customer's risk alone is."""

_WORTH_NAMING: Final = 0.05
"""Least contribution, log-odds, that is worth a sentence."""

_SHOWN_AS_HALF: Final = log(0.495 / 0.505)
"""Log-odds from which a risk is shown as 50 % or more."""

_TEN_THOUSAND: Final = 10_000
"""Effects are published to four digits."""


def reasons_of(
    customer: Customer, parts: Sequence[float], log_odds: float, now: int, setting: Setting
) -> tuple[ReasonInWords, ...]:
    """Return the strongest reasons for the risk, at most ``MAX_REASONS``, all of which move it the same way.

    At a risk of one half or more these are reasons for leaving; above the average, too, if there are any; below it if
    the strongest of all is one. Otherwise they are reasons for staying. If no group has anything to say, the average
    customer's risk is the reason where it lies on the same side of one half, and else the comparison with it.

    Args:
        customer: State at the instant.
        parts: Contribution of each of ``GROUPS`` to the log-odds of leaving.
        log_odds: Log-odds of leaving.
        now: Instant, ms since 1970.
        setting: Horizon and currency.
    """
    average = log_odds - sum(parts)
    leaving = _sayable(customer, parts, now, setting, 1.0)
    if log_odds >= _SHOWN_AS_HALF:
        return tuple(islice(leaving, MAX_REASONS)) or (_average(average, log_odds, 1.0),)
    strongest = next(leaving, None)
    if strongest is not None and log_odds > average:
        return (strongest, *islice(leaving, MAX_REASONS - 1))
    staying = tuple(islice(_sayable(customer, parts, now, setting, -1.0), MAX_REASONS))
    if strongest is not None and (not staying or strongest.effect > -staying[0].effect):
        return (strongest, *islice(leaving, MAX_REASONS - 1))
    return staying or (_average(average, log_odds, -1.0),)


def reasons_for_leaving(
    customer: Customer, parts: Sequence[float], now: int, setting: Setting
) -> tuple[ReasonInWords, ...]:
    """Return the strongest reasons that raise the risk, however high it is, at most ``MAX_REASONS``.

    Args:
        customer: State at the instant.
        parts: Contribution of each of ``GROUPS`` to the log-odds of leaving.
        now: Instant, ms since 1970.
        setting: Horizon and currency.
    """
    return tuple(islice(_sayable(customer, parts, now, setting, 1.0), MAX_REASONS))


def _sayable(
    customer: Customer, parts: Sequence[float], now: int, setting: Setting, sign: float
) -> Iterator[ReasonInWords]:
    """Yield the reasons that raise (sign 1) or lower (-1) the risk and are true, each once, the strongest first."""
    wordings = RAISING if sign > 0.0 else LOWERING
    pairs = zip(parts, GROUPS, strict=True)
    named = sorted([(sign * part, group) for part, group in pairs if sign * part >= _WORTH_NAMING], reverse=True)
    said: list[str] = []
    for strength, group in named:
        text = wordings[group](customer, now, setting)
        if text is not None and text not in said:
            said.append(text)
            yield _reason(group, sign * strength, text)


def _average(average: float, log_odds: float, sign: float) -> ReasonInWords:
    """Return the average customer's risk as the reason, or the customer's beside it.

    Args:
        average: Log-odds of the average customer.
        log_odds: Log-odds of this one.
        sign: 1 at a risk of one half or more, -1 below it.
    """
    risk = f"{expit(average):.0%}"
    if sign * average >= _WORTH_NAMING:
        return _reason(AVERAGE, average, f"The average customer's risk is {risk}")
    beside = log_odds - average
    likely = "About as" if abs(beside) < _WORTH_NAMING else "More" if beside > 0.0 else "Less"
    than = "as" if likely == "About as" else "than"
    return _reason(AVERAGE, beside, f"{likely} likely to leave {than} the average customer, whose risk is {risk}")


def _reason(group: str, effect: float, text: str) -> ReasonInWords:
    # Rounding to an integer takes a third of the time of rounding to digits.
    return ReasonInWords(group, round(effect * _TEN_THOUSAND) / _TEN_THOUSAND, text)
