"""Text that pages share: numbers as people read them, and verdicts on the quality of risks."""

from datetime import timedelta
from typing import Final

TRUSTWORTHY: Final = 0.02
"""Calibration error up to which a risk can be taken as a probability."""

USABLE: Final = 0.05
"""Calibration error up to which a risk is roughly right."""

_ROUNDS_TO_ZERO: Final = 0.005


def spoken(name: str) -> str:
    """Return a name with spaces, or "unknown" if it is empty."""
    return name.replace("_", " ") or "unknown"


def amount(value: float) -> str:
    """Return an amount of money without cents."""
    return f"{value:,.0f}"


def share(value: float | None) -> str:
    """Return a share in percent, or a dash if it is unknown."""
    return "\N{EN DASH}" if value is None else f"{value:.0%}"


def chance(probability: float | None) -> str:
    """Return a probability in percent that is never shown as certain, or a dash if it is unknown."""
    if probability is None or _ROUNDS_TO_ZERO < probability < 1.0 - _ROUNDS_TO_ZERO:
        return share(probability)
    return "<1%" if probability <= _ROUNDS_TO_ZERO else ">99%"


def spoken_age(age: timedelta) -> str:
    """Return in whole days how long ago something was, or nothing if that is a day or less."""
    if age <= timedelta(days=1):
        return ""
    days = round(age / timedelta(days=1))
    return f"{days:,} day{'' if days == 1 else 's'}"


def calibration_verdict(error: float) -> str:
    """Return in a sentence how far risks can be taken as probabilities.

    Args:
        error: Mean distance of predicted and observed shares, between 0 and 1.
    """
    differ = f"predicted and observed shares differ by {100 * error:.1f} percentage points on average."
    if error <= TRUSTWORTHY:
        return f"Risks can be taken at their word: {differ}"
    if error <= USABLE:
        return f"Risks are roughly right: {differ}"
    return f"Use the risks to rank customers, not as probabilities: {differ}"


def ranking_verdict(auc: float, remark: str = "") -> str:
    """Return in a sentence how well risks rank customers.

    Args:
        auc: Area under the ROC curve.
        remark: Added to the note on chance.
    """
    return (
        "Of one customer who left and one who stayed, the one who left had the higher risk in "
        f"{auc:.1%} of cases (50% is chance{remark})."
    )
