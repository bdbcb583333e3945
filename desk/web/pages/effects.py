"""Results of acting: effects with intervals and verdicts, return on spend, gain by depth, and trust in risks."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from desk.reading.effects import DepthGain, MeasuredEffect
from desk.reading.trust import QualityDay
from desk.web.drawing.interval_plot import IntervalPlot, PlotPoint, interval_plot
from desk.web.parts import parts_of
from runtime.pages.text import TRUSTWORTHY, USABLE, calibration_verdict
from schemas.records.verdict import verdict_in_words

_RANKING = "expected_gain"


class RiskTrust(msgspec.Struct, frozen=True):
    """Trust that risks deserve at present.

    Attributes:
        answers: Number of questions settled.
        verdict: A sentence.
        log_loss: Mean log-loss of the risks.
        prior_log_loss: That of saying the share of leavers of the days before.
        days: Days that it rests on, the earliest first.
        losses: Plot of log-loss by day, beside that of saying the usual share.
        errors: Plot of the calibration error by day.
    """

    answers: int
    verdict: str
    log_loss: float
    prior_log_loss: float
    days: Sequence[QualityDay]
    losses: IntervalPlot | None
    errors: IntervalPlot | None


async def show_effects(request: Request) -> Response:
    """Show what acting brought."""
    parts = parts_of(request)
    reader = parts.pages.reader(request)
    figures = await run_in_threadpool(parts.sources.effects)
    whole = [one for one in figures.effects if one.scope == "all"]
    return parts.pages.draw(
        request,
        "effects.html.j2",
        whole=whole,
        stop=[one for one in whole if should_stop(one)],
        by_segment=[one for one in figures.effects if one.scope == "segment"],
        weeks=weeks_by_action(figures.effects),
        returns=figures.returns,
        depths=depths_by_action(figures.depths),
        trust=risk_trust(figures.days),
        hits=figures.hits,
        words=verdict_in_words,
        day_in_words=lambda place: reader.calendar_day(date.fromordinal(round(place))),
        loss_in_words=lambda loss: reader.number(loss, 2),
        points_in_words=lambda error: reader.number(100 * error, 1),
    )


def should_stop(effect: MeasuredEffect) -> bool:
    """Return True if an action harms, or surely brings less than it costs."""
    cost, high = effect.cost, effect.always_high
    return effect.verdict == "harms" or (cost is not None and high is not None and high < cost)


def weeks_by_action(effects: Iterable[MeasuredEffect]) -> dict[str, tuple[IntervalPlot, list[MeasuredEffect]]]:
    """Return, by action, the effect of each week as a plot and as rows, the earliest first."""
    weekly = sorted(
        (one for one in effects if one.scope == "week" and one.week is not None), key=lambda one: (one.action, one.week)
    )
    return {
        action: (plot, rows)
        for action, own in groupby(weekly, key=lambda one: one.action)
        if (rows := list(own)) and (plot := interval_plot([_week_point(one) for one in rows], may_cut=True))
    }


def depths_by_action(depths: Iterable[DepthGain]) -> dict[str, tuple[IntervalPlot, list[DepthGain]]]:
    """Return, by action, the gain at each depth of those whose expected gain is highest, as a plot and as rows."""
    ranked = sorted((one for one in depths if one.ranking == _RANKING), key=lambda one: (one.action, one.depth))
    return {
        action: (plot, rows)
        for action, own in groupby(ranked, key=lambda one: one.action)
        if (rows := list(own)) and (plot := interval_plot([PlotPoint(0.0, 0.0, 0.0, 0.0), *map(_depth_point, rows)]))
    }


def risk_trust(days: Sequence[QualityDay]) -> RiskTrust | None:
    """Return how far the risks of some days can be trusted, weighed by answers; None without any."""
    answers = sum(day.labels for day in days)
    if not answers:
        return None
    ordered = sorted(days, key=lambda one: one.day)
    return RiskTrust(
        answers=answers,
        verdict=calibration_verdict(sum(day.labels * day.calibration_error for day in days) / answers),
        log_loss=sum(day.labels * day.log_loss for day in days) / answers,
        prior_log_loss=sum(day.labels * day.prior_log_loss for day in days) / answers,
        days=ordered,
        losses=interval_plot(
            [PlotPoint(one.day.toordinal(), one.log_loss) for one in ordered],
            compared=[PlotPoint(one.day.toordinal(), one.prior_log_loss) for one in ordered],
        ),
        errors=interval_plot(
            [PlotPoint(one.day.toordinal(), one.calibration_error) for one in ordered],
            within=(0.0, TRUSTWORTHY, USABLE),
        ),
    )


def _week_point(one: MeasuredEffect) -> PlotPoint:
    return PlotPoint(one.week.toordinal() if one.week else 0, one.effect, one.low, one.high)


def _depth_point(one: DepthGain) -> PlotPoint:
    return PlotPoint(one.depth, one.gain, one.low, one.high)
