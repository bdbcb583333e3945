"""Text of the report alone; what it shares with other pages is in ``runtime.pages.text``."""

from runtime.pages.text import calibration_verdict, ranking_verdict
from sinks.queries.model_quality import Quality
from sinks.report.business import Activity


def change(now: float, before: float) -> str:
    """Return the change against the period before, in percent."""
    if before <= 0.0:
        return "nothing to compare with before"
    moved = now / before - 1.0
    return f"{moved:+.0%} against the period before".replace("-", "\N{MINUS SIGN}")


def return_rate(activity: Activity) -> float | None:
    """Return the number of units sent back for each unit sold, or None if nothing was sold."""
    return activity.returned_units / activity.units if activity.units else None


def quality_verdict(quality: Quality) -> str:
    """Return what the model's quality means, or nothing if no answer is known yet."""
    if quality.calibration_error is None:
        return ""
    ranking = "" if quality.auc is None else f" {ranking_verdict(quality.auc)}"
    return calibration_verdict(quality.calibration_error) + ranking
