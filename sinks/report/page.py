"""The page: all figures asked, drawn, and put into the template."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from clickhouse_connect.driver.client import Client
from jinja2 import Environment, PackageLoader, StrictUndefined

from sinks.queries.model_quality import Quality, quality
from sinks.report import business, plots, predictions, retention
from sinks.report import text as words
from sinks.report.period import Period, period_of
from sinks.report.retention import Standing

_TOP: Final = 10


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the page shows, as ClickHouse told it.

    Attributes:
        period: What the page speaks of.
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
        top: Who is not gone and would cost most to lose.
        quality: Of all answers that the model had given.
        tenths: The same by risk.
        months: The same by month.
    """

    period: Period
    now: business.Activity
    before: business.Activity
    steps: Sequence[business.Activity]
    segments: Mapping[str, Sequence[Standing]]
    stages: Mapping[str, Sequence[Standing]]
    moves: Sequence[retention.Move]
    losses: Sequence[retention.Loss]
    cohorts: Sequence[business.CohortMonth]
    drivers: Sequence[business.ContactDriver]
    pairs: Sequence[business.Pair]
    top: Sequence[retention.AtRisk]
    quality: Quality
    tenths: Sequence[predictions.Tenth]
    months: Sequence[predictions.MonthlyQuality]


def gather(client: Client, days: int) -> Figures | None:
    """Ask everything; None where the database holds nothing yet.

    Args:
        client: A connection to the database.
        days: How far the page looks back from the last moment in the log.
    """
    period = period_of(client, days)
    if period is None:
        return None
    return Figures(
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
        top=retention.most_at_risk(client, _TOP),
        quality=quality(client, with_rule=False),
        tenths=predictions.tenths(client),
        months=predictions.months(client),
    )


def write_page(figures: Figures | None, currency: str, horizon_days: float) -> str:
    """The page as HTML; it needs no network.

    Args:
        figures: What it shows; None where there is nothing yet.
        currency: Of all amounts.
        horizon_days: Leaving means buying nothing for so long.
    """
    environment = Environment(
        loader=PackageLoader("sinks", "report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters.update(spoken=words.spoken, share=words.share, chance=words.chance, amount=words.amount)
    told: dict[str, Any] = {} if figures is None else _told(figures, currency)
    template = environment.get_template("page.html.j2")
    return template.render(figures=figures, currency=currency, horizon=f"{horizon_days:g}", **told)


def _told(figures: Figures, currency: str) -> dict[str, Any]:
    """What is computed from the figures for the template."""
    standing = {segment: steps[-1] for segment, steps in figures.segments.items()}
    return {
        "plots": _plots(figures, currency),
        "standing": standing,
        "at_risk": sum(one.value_at_risk for one in standing.values()),
        "lost": sum(loss.value_lost for loss in figures.losses),
        "leavers": sum(loss.customers for loss in figures.losses),
        "return_rate": words.return_rate(figures.now),
        "revenue_change": words.change(figures.now.revenue, figures.before.revenue),
        "judgement": words.judgement(figures.quality),
        "recent_days": retention.RECENT_DAYS,
    }


def _plots(figures: Figures, currency: str) -> dict[str, str]:
    """Each plot for which there is something to draw, by name."""
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
        "surprise": (bool(figures.months), lambda: plots.plot_surprise(figures.months)),
    }  # fmt: skip
    return {name: drawn() for name, (there, drawn) in draw.items() if there}


def _anybody(kinds: Mapping[str, Sequence[Standing]]) -> bool:
    return any(one.customers for steps in kinds.values() for one in steps)


def _risk_of_who_is_there(stages: Mapping[str, Sequence[Standing]]) -> list[float | None]:
    there = [steps for stage, steps in stages.items() if stage != "gone"]
    totals = [(sum(one.risk for one in step), sum(one.customers for one in step)) for step in zip(*there, strict=True)]
    return [risk / customers if customers else None for risk, customers in totals]
