"""Expected rows of the views of judgements and recommendations, computed from the records in plain Python."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from math import sqrt
from typing import Final, NamedTuple

from schemas.events.interaction import Interaction
from schemas.records.decisions import DecisionOutcome, RetentionDecision
from schemas.records.feed_hole import FeedHole
from schemas.records.score import RiskScore
from tests.sinks.clickhouse.rollups import Rows, share

DAY: Final = timedelta(days=1)
_Z: Final = 1.959963984540054


class _Answer(NamedTuple):
    """A judgement whose horizon is over."""

    by: str
    person: bool
    model: bool | None


class _Followed(NamedTuple):
    """An experiment: its weight, and the purchases that were recommended within its horizon."""

    held_out: bool
    weight: float
    purchases: list[Interaction]

    @property
    def value(self) -> float:
        return float(sum((line.amount for line in self.purchases), Decimal(0)))


def judgement_hits(
    lines: Sequence[Interaction], scores: Sequence[RiskScore], holes: Iterable[FeedHole], horizon: timedelta
) -> Rows:
    clock = max(line.stamped_at for line in lines)
    said = [line for line in lines if line.type == "judgement" and line.likely_to_leave is not None]
    said = [line for line in said if _silence(line.occurred_at, horizon, holes) <= horizon / 10]
    waiting = [line.by for line in said if line.occurred_at + horizon > clock]
    answers = [_answer(line, lines, scores, horizon) for line in said if line.occurred_at + horizon <= clock]
    people = {line.by for line in said} | ({""} if said else set())
    return {
        by: _hits([one for one in answers if by in ("", one.by)], sum(by in ("", one) for one in waiting))
        for by in people
    }


def _silence(start: datetime, horizon: timedelta, holes: Iterable[FeedHole]) -> timedelta:
    spans = (
        max(min(hole.ends_at, start + horizon) - max(hole.starts_at, start), timedelta(0))
        for hole in holes
        if hole.topic == "purchases"
    )
    return sum(spans, timedelta(0))


def _answer(
    line: Interaction, lines: Iterable[Interaction], scores: Iterable[RiskScore], horizon: timedelta
) -> _Answer:
    at, who = line.occurred_at, line.customer_id
    left = not any(
        one.type == "purchase" and one.customer_id == who and at < one.occurred_at <= at + horizon for one in lines
    )
    before = [score for score in scores if score.customer_id == who and score.scored_at < line.stamped_at]
    last = max(before, key=lambda score: (score.scored_at, score.cause == "interaction"), default=None)
    model = None if last is None else (last.risk >= 0.5) == left
    return _Answer(line.by, line.likely_to_leave == left, model)


def _hits(answers: Sequence[_Answer], waiting: int) -> tuple[object, ...]:
    compared = [one for one in answers if one.model is not None]
    disagreements = [one for one in compared if one.person != one.model]
    right = sum(one.person for one in disagreements)
    low, high = wilson(right, len(disagreements))
    verdict = "person" if (low or 0) > 0.5 else "model" if (1 if high is None else high) < 0.5 else "cannot_tell"
    return (
        len(answers),
        waiting,
        share(sum(one.person for one in answers), len(answers)),
        len(compared),
        share(sum(one.model is True for one in compared), len(compared)),
        len(disagreements),
        right,
        share(right, len(disagreements)),
        low,
        high,
        verdict,
    )


def wilson(part: int, whole: int) -> tuple[float | None, float | None]:
    """Return Wilson's interval of a share at 95 %."""
    if not whole:
        return None, None
    p, z2 = part / whole, _Z * _Z
    half = _Z * sqrt(p * (1 - p) / whole + z2 / (4 * whole**2))
    return (p + z2 / (2 * whole) - half) / (1 + z2 / whole), (p + z2 / (2 * whole) + half) / (1 + z2 / whole)


def referrals(lines: Sequence[Interaction], decisions: Sequence[RetentionDecision]) -> Rows:
    rows: Rows = {}
    for line in recommended(lines):
        who, at = line.extra["referred_by"], line.occurred_at
        first = min(one.occurred_at for one in lines if one.type == "purchase" and one.customer_id == line.customer_id)
        before = [one for one in decisions if one.customer_id == who and one.action != "none" and one.decided_at < at]
        last = max(before, key=lambda one: one.decided_at, default=None)
        named = ("", "", None) if last is None or last.decided_at < at - 90 * DAY else _named(last)
        rows[line.event_id] = (line.customer_id, at, line.amount, at == first, who, *named)
    return rows


def _named(decision: RetentionDecision) -> tuple[str, str, bool]:
    return decision.decision_id, decision.action, decision.held_out


def recommended(lines: Iterable[Interaction]) -> list[Interaction]:
    """Return the purchases that somebody else recommended."""
    bought = [line for line in lines if line.type == "purchase"]
    return [line for line in bought if line.extra.get("referred_by", "") not in {"", line.customer_id}]


def referral_effects(lines: Sequence[Interaction], outcomes: Iterable[DecisionOutcome]) -> Rows:
    by_action: Mapping[str, list[_Followed]] = defaultdict(list)
    bought = recommended(lines)
    for one in outcomes:
        if not one.void and one.action != "none" and 0 < one.held_out_probability < 1:
            until = one.decided_at + timedelta(days=one.horizon_days)
            own = [line for line in bought if line.extra["referred_by"] == one.customer_id]
            followed = [line for line in own if one.decided_at < line.occurred_at <= until]
            probability = one.held_out_probability if one.held_out else 1 - one.held_out_probability
            by_action[one.action].append(_Followed(one.held_out, 1 / probability, followed))
    return {action: _effect(experiments) for action, experiments in by_action.items()}


def _effect(experiments: Sequence[_Followed]) -> tuple[object, ...]:
    told = [one for one in experiments if not one.held_out]
    held_out = [one for one in experiments if one.held_out]
    difference = low = high = None
    if told and held_out:
        (mean, variance), (base, base_variance) = _arm(told), _arm(held_out)
        difference, half = mean - base, _Z * sqrt(variance + base_variance)
        if min(len(told), len(held_out)) >= 30:
            low, high = difference - half, difference + half
    counts = [sum(len(one.purchases) for one in arm) for arm in (told, held_out)]
    revenue = [sum((line.amount for one in arm for line in one.purchases), Decimal(0)) for arm in (told, held_out)]
    return len(told), len(held_out), *counts, *revenue, difference, low, high


def _arm(experiments: Sequence[_Followed]) -> tuple[float, float]:
    """Return Hájek's mean of an arm, and its variance."""
    weights = sum(one.weight for one in experiments)
    mean = sum(one.weight * one.value for one in experiments) / weights
    return mean, sum((one.weight * (one.value - mean)) ** 2 for one in experiments) / weights**2
