"""Results of acting: effects with intervals and verdicts, return on spend, gain by depth, and trust in risks."""

from collections.abc import Iterable, Sequence

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from desk.reading.effects import DepthGain, MeasuredEffect
from desk.reading.trust import QualityDay
from desk.web.parts import parts_of
from runtime.pages.text import calibration_verdict
from schemas.records.verdict import verdict_in_words

_RANKING = "expected_gain"


class RiskTrust(msgspec.Struct, frozen=True):
    """Trust that risks deserve at present.

    Attributes:
        answers: Number of questions settled.
        verdict: A sentence.
        log_loss: Mean log-loss of the risks.
        prior_log_loss: That of saying the share of leavers of the days before.
    """

    answers: int
    verdict: str
    log_loss: float
    prior_log_loss: float


async def show_effects(request: Request) -> Response:
    """Show what acting brought."""
    parts = parts_of(request)
    figures = await run_in_threadpool(parts.sources.effects)
    whole = [one for one in figures.effects if one.scope == "all"]
    return parts.pages.draw(
        request,
        "effects.html.j2",
        whole=whole,
        stop=[one for one in whole if should_stop(one)],
        by_segment=[one for one in figures.effects if one.scope == "segment"],
        by_week=[one for one in figures.effects if one.scope == "week"][-60:],
        returns=figures.returns,
        depths=depth_table(figures.depths),
        trust=risk_trust(figures.days),
        hits=figures.hits,
        words=verdict_in_words,
    )


def should_stop(effect: MeasuredEffect) -> bool:
    """Return True if an action harms, or surely brings less than it costs."""
    cost, high = effect.cost, effect.always_high
    return effect.verdict == "harms" or (cost is not None and high is not None and high < cost)


def depth_table(depths: Iterable[DepthGain]) -> dict[str, list[DepthGain]]:
    """Return, by action, the gain at each depth of those whose expected gain is highest."""
    table: dict[str, list[DepthGain]] = {}
    for one in depths:
        if one.ranking == _RANKING:
            table.setdefault(one.action, []).append(one)
    return table


def risk_trust(days: Sequence[QualityDay]) -> RiskTrust | None:
    """Return how far the risks of some days can be trusted, weighed by answers; None without any."""
    answers = sum(day.labels for day in days)
    if not answers:
        return None
    return RiskTrust(
        answers=answers,
        verdict=calibration_verdict(sum(day.labels * day.calibration_error for day in days) / answers),
        log_loss=sum(day.labels * day.log_loss for day in days) / answers,
        prior_log_loss=sum(day.labels * day.prior_log_loss for day in days) / answers,
    )
