"""Reasons for a risk, worded as sentences with the customer's own numbers.

Single weights of correlated features mislead; so reasons are given for groups of features, each with its contribution
to the log-odds relative to the average customer. Those contributions and the average add up to the risk. The reasons
given are those that move the risk the way a reader sees it: what raises it at a risk of one half or more, or above the
average; otherwise whatever is strongest, and what points the same way. A group speaks only if its sentence is true of
the customer and says just that (``risk.scoring.wording``).
"""

from collections.abc import Mapping, Sequence
from typing import Final

from scipy.special import expit

from customers.state import Customer
from risk.scoring.model import GROUPS
from risk.scoring.wording import LOWERING, RAISING, Setting, Wording
from schemas.records import ReasonInWords

MAX_REASONS: Final = 3
AVERAGE: Final = "average"
"""Group of the reason that the average customer's risk alone is."""

_WORTH_NAMING: Final = 0.05
"""Least contribution, log-odds, that is worth a sentence."""

_TEN_THOUSAND: Final = 10_000
"""Effects are published to four digits."""


def reasons_of(
    customer: Customer, parts: Sequence[float], log_odds: float, setting: Setting
) -> tuple[ReasonInWords, ...]:
    """Return the strongest reasons for the risk, at most ``MAX_REASONS``, all of which move it the same way.

    At a risk of one half or more these are reasons for leaving; above the average, too, if there are any; below it if
    the strongest of all is one. Otherwise they are reasons for staying. If no group has anything to say, the average
    customer's risk is the reason, where it lies on the same side of one half.

    Args:
        customer: State at the instant.
        parts: Contribution of each of ``GROUPS`` to the log-odds of leaving.
        log_odds: Log-odds of leaving.
        setting: Instant, horizon and currency.
    """
    average = log_odds - sum(parts)
    leaving = reasons_for_leaving(customer, parts, setting)
    if log_odds >= 0.0:
        return leaving or _average(average, 1.0)
    if leaving and log_odds > average:
        return leaving
    staying = _strongest(customer, parts, setting, LOWERING, -1.0)
    if leaving and (not staying or leaving[0].effect > -staying[0].effect):
        return leaving
    return staying or _average(average, -1.0)


def reasons_for_leaving(customer: Customer, parts: Sequence[float], setting: Setting) -> tuple[ReasonInWords, ...]:
    """Return the strongest reasons that raise the risk, however high it is, at most ``MAX_REASONS``.

    Args:
        customer: State at the instant.
        parts: Contribution of each of ``GROUPS`` to the log-odds of leaving.
        setting: Instant, horizon and currency.
    """
    return _strongest(customer, parts, setting, RAISING, 1.0)


def _strongest(
    customer: Customer, parts: Sequence[float], setting: Setting, wordings: Mapping[str, Wording], sign: float
) -> tuple[ReasonInWords, ...]:
    named = sorted(
        [(sign * part, group) for part, group in zip(parts, GROUPS, strict=True) if sign * part >= _WORTH_NAMING],
        reverse=True,
    )
    reasons: list[ReasonInWords] = []
    said: set[str] = set()
    for strength, group in named:
        text = wordings[group](customer, setting)
        if text is not None and text not in said:
            said.add(text)
            reasons.append(_reason(group, sign * strength, text))
            if len(reasons) == MAX_REASONS:
                break
    return tuple(reasons)


def _average(log_odds: float, sign: float) -> tuple[ReasonInWords, ...]:
    if sign * log_odds < _WORTH_NAMING:
        return ()
    return (_reason(AVERAGE, log_odds, f"The average customer's risk is {expit(log_odds):.0%}"),)


def _reason(group: str, effect: float, text: str) -> ReasonInWords:
    # Rounding to an integer takes a third of the time of rounding to digits.
    return ReasonInWords(group, round(effect * _TEN_THOUSAND) / _TEN_THOUSAND, text)
