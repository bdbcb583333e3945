"""Text about the results of a backtest."""

from collections.abc import Sequence

from risk.evaluation.outlook_results import NextPurchaseQuality, OutlookQuality, outlook_quality
from risk.evaluation.quality import PredictionQuality
from risk.evaluation.results import Results
from risk.scoring.outlook import KINDS
from runtime.pages.text import calibration_verdict, ranking_verdict
from schemas.moments import DAY_MS, text_of_ms
from streams.backtest.report.figures import Gain
from streams.backtest.report.run import Run


def tell(run: Run, results: Results) -> list[str]:
    """Return the figures as lines for a terminal."""
    lines = [
        f"{run.events:,} events taken, {sum(run.refused.values()):,} refused, {run.customers:,} customers",
        f"{run.answered:,} questions answered, {len(results.customer_ids):,} risks given",
    ]
    if run.answered < run.min_examples:
        lines.append(_too_few(run))
    lines += holes(run)
    judged = results.since(run.judged_since)
    for name, rows in (("last third", judged), ("everything", results.matured)):
        quality, rule = results.quality(rows), results.quality_by_rule(rows)
        if quality is None or rule is None:
            continue
        lines += [
            f"{name}: {quality.count:,} risks evaluated, {quality.base_rate:.1%} left",
            _figures(quality, rule),
        ]
    lines += tell_outlook(outlook_quality(results.outlook, judged))
    if not judged.any():
        lines.append(_nothing_judged(run, results))
    return lines


def findings(
    run: Run, results: Results, quality: PredictionQuality | None, rule: PredictionQuality | None, gain: Gain | None
) -> list[str]:
    """Return the meaning of the headline figures, one or two sentences each."""
    if quality is None or rule is None:
        return [_nothing_judged(run, results)]
    found = []
    if run.answered < run.min_examples:
        found.append(_too_few(run))
    if 0.0 < quality.base_rate < 1.0:
        found += [ranking_verdict(quality.auc, _rule_remark(rule)), _log_loss_verdict(quality)]
    found.append(calibration_verdict(quality.calibration_error))
    if gain is not None:
        tenth = gain.at(0.1)
        found.append(
            f"Whoever calls the riskiest tenth reaches {tenth:.0%} of those who leave, {tenth / 0.1:.1f} times as many "
            f"as by chance; more than {min(0.1 / quality.base_rate, 1.0):.0%} is not possible, since "
            f"{quality.base_rate:.0%} leave."
        )
    return found


def _too_few(run: Run) -> str:
    return (
        f"Only {run.answered:,} questions were answered, and {run.min_examples:,} are needed before a model is "
        "trusted: the rule gave all risks."
    )


def tell_outlook(quality: OutlookQuality | None) -> list[str]:
    """Return the quality of outlooks as lines for a terminal."""
    if quality is None:
        return []
    lines = [
        f"outlook, last third: log-loss {quality.log_loss:.4f} (running frequencies "
        f"{quality.log_loss_by_frequency:.4f}); calibration error "
        + ", ".join(f"{name} {one.calibration_error:.4f}" for name, one in zip(KINDS, quality.kinds, strict=True))
    ]
    if quality.when is not None:
        lines.append(_when(quality.when))
    return lines


def outlook_rows(quality: OutlookQuality | None) -> list[tuple[str, str, str]]:
    """Return the quality of outlooks as rows of a table: name, model, running frequencies."""
    if quality is None:
        return []
    rows = [("log-loss of the four kinds", f"{quality.log_loss:.4f}", f"{quality.log_loss_by_frequency:.4f}")]
    rows += [
        (f"calibration error, {name} ({one.base_rate:.1%} did)", f"{one.calibration_error:.4f}", "")
        for name, one in zip(KINDS, quality.kinds, strict=True)
    ]
    if (when := quality.when) is not None:
        covered = ", ".join(f"{share:.1%}" for share in when.covered)
        rows.append(("bought by the day said for 10%, 50%, 90%", covered, ""))
        rows.append(("pinball loss of these days", f"{when.pinball:.2f}", f"{when.pinball_by_frequency:.2f}"))
    return rows


def _when(when: NextPurchaseQuality) -> str:
    covered = ", ".join(f"{share:.1%}" for share in when.covered)
    return (
        f"next purchase, of {when.count:,} who bought: {covered} had by the days said for 10%, 50%, 90%, "
        f"{when.days_wide:.0f} days apart on average"
    )


def holes(run: Run) -> list[str]:
    """Return a sentence about each hole of the history, and about what did not count for it."""
    found = [
        f"Nothing was heard on {topic} from {text_of_ms(hole.start)} "
        + (f"to {text_of_ms(hole.end)}" if hole.end else "to the end")
        + f": about {hole.missing:,.0f} events are missing."
        for topic, hole in run.holes
    ]
    if run.void:
        found.append(f"{run.void:,} questions do not count, since their horizons lay in holes of the purchases.")
    return found


def strongest(importance: Sequence[tuple[str, float]]) -> str:
    """Return a sentence with the groups of features that move risks most."""
    moving = [group for group, effect in importance if effect > 0.0][:2]
    if not moving:
        return ""
    return f"What moves risks most is {' and then '.join(moving)}."


def period(run: Run) -> str:
    """Return the days of the first and the last event."""
    return f"{text_of_ms(run.first)[:10]} to {text_of_ms(run.last)[:10]}"


def _figures(quality: PredictionQuality, rule: PredictionQuality) -> str:
    return (
        f"  AUC {quality.auc:.4f} (rule {rule.auc:.4f}), log-loss {quality.log_loss:.4f} "
        f"(rule {rule.log_loss:.4f}, base rate {quality.prior_log_loss:.4f}), "
        f"calibration error {quality.calibration_error:.4f}"
    )


def _nothing_judged(run: Run, results: Results) -> str:
    """Return why no risk of the last third can be compared with what came."""
    passed = (results.at >= run.judged_since) & (results.at + round(run.horizon_days * DAY_MS) <= run.last)
    if passed.any():
        return (
            f"Nothing can be judged yet: more than a tenth of the {run.horizon_days:g} days after each of the "
            f"{passed.sum():,} risks of the last third lies in holes of the purchases. Risks given after the last hole "
            f"can be judged {run.horizon_days:g} days later."
        )
    span = (run.last - run.first) / DAY_MS
    return (
        f"Nothing can be judged yet: of the {span:.0f} days that the history spans, {run.horizon_days:g} must pass "
        "after a risk was given, and none was given in the last third of the time before that."
    )


def _rule_remark(rule: PredictionQuality) -> str:
    return f"; the plain rule of silence against the usual gap: {rule.auc:.1%}"


def _log_loss_verdict(quality: PredictionQuality) -> str:
    less = 1.0 - quality.log_loss / quality.prior_log_loss
    if less <= 0.0:
        return "The answers were no less surprising than if everyone had been given the same risk."
    return (
        f"The answers were {less:.0%} less surprising (log-loss) than if everyone had been given the same true average."
    )
