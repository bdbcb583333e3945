"""Make the page: query all figures, draw them, and render the template."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from clickhouse_connect.driver.client import Client

from runtime.pages.templates import page_template
from runtime.pages.text import calibration_verdict, ranking_verdict, spoken_age
from schemas.records.verdict import verdict_in_words
from sinks.queries.model_quality import Quality, quality
from sinks.report import action_plots, business, plots, predictions, retention
from sinks.report.actions import ActionFigures, action_figures
from sinks.report.period import Period, period_of
from sinks.report.retention import GroupTotals

_TOP: Final = 10


class ReportFigures(msgspec.Struct, frozen=True, kw_only=True):
    """All figures of the page, as queried.

    Attributes:
        period: The days that the page covers.
        now: The whole period.
        before: The period of the same length before it.
        steps: Step by step.
        segments: Customers of each segment at the end of every step.
        stages: Customers in each stage of life at the end of every step.
        moves: Between segments, in the period.
        losses: Of the last 90 days.
        cohorts: Who came back.
        drivers: What contacts are about.
        pairs: What is bought together.
        top: Who is likely to leave, not gone yet, and would cost most to lose.
        quality: Of all answers that the model had given.
        tenths: The same by risk.
        months: The same by month.
        actions: What acting brought, over all time.
    """

    period: Period
    now: business.Activity
    before: business.Activity
    steps: Sequence[business.Activity]
    segments: Mapping[str, Sequence[GroupTotals]]
    stages: Mapping[str, Sequence[GroupTotals]]
    moves: Sequence[retention.Move]
    losses: Sequence[retention.Loss]
    cohorts: Sequence[business.CohortMonth]
    drivers: Sequence[business.ContactDriver]
    pairs: Sequence[business.Pair]
    top: Sequence[retention.AtRisk]
    quality: Quality
    tenths: Sequence[predictions.Tenth]
    months: Sequence[predictions.MonthlyQuality]
    actions: ActionFigures


def gather(client: Client, days: int) -> ReportFigures | None:
    """Query all figures; return None if the database is empty.

    Args:
        client: A connection to the database.
        days: Days back from the last moment in the log.
    """
    period = period_of(client, days)
    if period is None:
        return None
    return ReportFigures(
        period=period,
        now=business.activity_in_all(client, period),
        before=business.activity_in_all(client, msgspec.structs.replace(period, end=period.begin)),
        steps=business.activity(client, period),
        segments=retention.by_segment(client, period),
        stages=retention.by_stage(client, period),
        moves=retention.moves(client, period),
        losses=retention.losses(client, period),
        cohorts=business.cohorts(client),
        drivers=business.contact_drivers(client),
        pairs=business.also_bought(client),
        top=retention.most_at_risk(client, period, _TOP),
        quality=quality(client, with_rule=False),
        tenths=predictions.tenths(client),
        months=predictions.months(client),
        actions=action_figures(client),
    )


def write_page(figures: ReportFigures | None, currency: str, horizon_days: float, now: datetime) -> str:
    """Return the page as HTML that needs no network.

    Args:
        figures: What it shows, or None if there is nothing yet.
        currency: Of all amounts.
        horizon_days: Leaving means buying nothing for so long.
        now: When it is made, UTC.
    """
    computed: dict[str, Any] = {} if figures is None else _computed(figures, currency, now)
    template = page_template("sinks", "report")
    return template.render(figures=figures, currency=currency, horizon=f"{horizon_days:g}", **computed)


def _computed(figures: ReportFigures, currency: str, now: datetime) -> dict[str, Any]:
    """Return what the template needs beside the figures."""
    end = figures.period.end
    standing = {segment: steps[-1] for segment, steps in figures.segments.items()}
    return {
        "plots": _plots(figures, currency),
        "standing": standing,
        "at_risk": sum(one.value_at_risk for one in standing.values()),
        "lost": sum(loss.value_lost for loss in figures.losses),
        "leavers": sum(loss.customers for loss in figures.losses),
        "return_rate": _return_rate(figures.now),
        "revenue_change": _change(figures.now.revenue, figures.before.revenue),
        "made_later": spoken_age(now - end),
        "top_ages": {one.customer_id: spoken_age(end - one.scored_at) for one in figures.top},
        "verdict": _quality_verdict(figures.quality),
        "recent_days": retention.RECENT_DAYS,
        "in_words": verdict_in_words,
    }


def _plots(figures: ReportFigures, currency: str) -> dict[str, str]:
    """Return each plot for which there is something to draw, by name."""
    period = figures.period
    draw: dict[str, tuple[bool, Callable[[], str]]] = {
        "revenue": (any(step.revenue or step.refunds for step in figures.steps),
            lambda: plots.plot_revenue(period, figures.steps, currency)),
        "value_at_risk": (_anybody(figures.segments),
            lambda: plots.plot_value_at_risk(period, figures.segments, currency)),
        "stages": (_anybody(figures.stages), lambda: plots.plot_stages(period, figures.stages)),
        "risk": (_anybody(figures.stages), lambda: plots.plot_risk(period, _risk_of_who_is_there(figures.stages))),
        "cohorts": (any(month.months for month in figures.cohorts), lambda: plots.plot_cohorts(figures.cohorts)),
        "moves": (bool(figures.moves), lambda: plots.plot_moves(figures.moves)),
        "losses": (any(loss.value_lost for loss in figures.losses),
            lambda: plots.plot_losses(figures.losses, currency)),
        "reliability": (bool(figures.tenths), lambda: plots.plot_reliability(figures.tenths)),
        "effects": (bool(figures.actions.effects),
            lambda: action_plots.plot_effects(figures.actions.effects, currency)),
        "returns": (any(one.action and one.margin is not None for one in figures.actions.returns),
            lambda: action_plots.plot_returns(figures.actions.returns, currency)),
        "log_loss": (bool(figures.months), lambda: plots.plot_log_loss(figures.months)),
    }  # fmt: skip
    by_depth = {
        f"gain_by_depth_{action}": action_plots.plot_gain_by_depth(rows, currency, action)
        for action, rows in figures.actions.depths.items()
    }
    return by_depth | {name: drawn() for name, (there, drawn) in draw.items() if there}


def _anybody(kinds: Mapping[str, Sequence[GroupTotals]]) -> bool:
    return any(one.customers for steps in kinds.values() for one in steps)


def _risk_of_who_is_there(stages: Mapping[str, Sequence[GroupTotals]]) -> list[float | None]:
    there = [steps for stage, steps in stages.items() if stage != "gone"]
    totals = [(sum(one.risk for one in step), sum(one.customers for one in step)) for step in zip(*there, strict=True)]
    return [risk / customers if customers else None for risk, customers in totals]


def _change(now: float, before: float) -> str:
    """Return the change against the period before, in percent."""
    if before <= 0.0:
        return "nothing to compare with before"
    moved = now / before - 1.0
    return f"{moved:+.0%} against the period before".replace("-", "\N{MINUS SIGN}")


def _return_rate(activity: business.Activity) -> float | None:
    """Return the number of units sent back for each unit sold, or None if nothing was sold."""
    return activity.returned_units / activity.units if activity.units else None


def _quality_verdict(quality: Quality) -> str:
    """Return what the model's quality means, or nothing if no answer is known yet."""
    if quality.calibration_error is None:
        return ""
    ranking = "" if quality.auc is None else f" {ranking_verdict(quality.auc)}"
    return calibration_verdict(quality.calibration_error) + ranking
