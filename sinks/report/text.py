"""What the page says in words."""

from sinks.queries.model_quality import Quality
from sinks.report.business import Activity

_TRUSTWORTHY = 0.02
_USABLE = 0.05


def spoken(name: str) -> str:
    """A name as people say it."""
    return name.replace("_", " ") or "unknown"


def amount(value: float) -> str:
    """Money without cents, which nobody reads."""
    return f"{value:,.0f}"


def share(value: float | None) -> str:
    """A share in percent, or a dash where it is not known."""
    return "\N{EN DASH}" if value is None else f"{value:.0%}"


def chance(probability: float | None) -> str:
    """A probability in percent, which never claims to be sure."""
    if probability is None or 0.005 <= probability < 0.995:  # noqa: PLR2004 - what rounds to 0% and 100%
        return share(probability)
    return "<1%" if probability < 0.5 else ">99%"  # noqa: PLR2004


def change(now: float, before: float) -> str:
    """How much more or less than in the period before."""
    if before <= 0.0:
        return "nothing to compare with before"
    moved = now / before - 1.0
    return f"{moved:+.0%} against the period before".replace("-", "\N{MINUS SIGN}")


def return_rate(activity: Activity) -> float | None:
    """Units sent back a unit sold, None where nothing was sold."""
    return activity.returned_units / activity.units if activity.units else None


def judgement(quality: Quality) -> str:
    """What the figures of the model's quality mean."""
    if quality.calibration_error is None or quality.log_loss is None or quality.base_log_loss is None:
        return ""
    points = f"{100 * quality.calibration_error:.1f} percentage points"
    if quality.calibration_error <= _TRUSTWORTHY:
        trust = f"Risks can be taken at their word: they are off by {points} on average."
    elif quality.calibration_error <= _USABLE:
        trust = f"Risks are roughly what they say: they are off by {points} on average."
    else:
        trust = f"Use the risks to rank customers, not as probabilities: they are off by {points} on average."
    ranking = (
        "" if quality.auc is None else f" A leaver had the higher risk than a stayer in {quality.auc:.0%} of pairs."
    )
    return trust + ranking
