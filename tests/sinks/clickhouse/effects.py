"""Views of decisions as ``retention`` computes them from the same outcomes."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from math import inf
from typing import Final

import numpy as np
from numpy.typing import NDArray

from retention.effects.few_buyers import interval_with_few_buyers
from retention.effects.intervals import Estimate, always_valid_factor, clustered_error, decisions_needed, estimate_mean
from retention.effects.sample_ratio import sample_ratio
from retention.effects.verdict import verdict_of
from retention.outcomes.log import DecisionLog
from retention.policy.depth import gain_by_depth
from schemas.records.decisions import DecisionOutcome
from tests.sinks.clickhouse.rollups import Rows

DEPTHS: Final = tuple(number / 20 for number in range(1, 21))
Key = tuple[str, str, str, date | None]
Outcomes = Sequence[DecisionOutcome]


def retention_effects(outcomes: Outcomes) -> Rows:
    """Effects by action, segment and week."""
    parts: dict[Key, list[DecisionOutcome]] = {}
    for one in _first_ones(outcomes):
        for key in _keys(one):
            parts.setdefault(key, []).append(one)
    return {key: _effect(part) for key, part in parts.items()}


def retention_return(outcomes: Outcomes) -> Rows:
    """Returns by action, and of all together."""
    counted = [one for one in outcomes if not one.void and one.action != "none"]
    actions = sorted({one.action for one in counted})
    return {scope: _return(counted, [scope] if scope else actions) for scope in ([*actions, ""] if actions else [])}


def gains_by_depth(outcomes: Outcomes) -> Rows:
    """Gains at twenty depths of four rankings."""
    rows: Rows = {}
    for action in {one.action for one in _first_ones(outcomes)}:
        part = [one for one in _first_ones(outcomes) if one.action == action]
        told = [one.cost for one in part if not one.held_out]
        net = np.array([one.gain_score or 0.0 for one in part]) - (sum(told) / len(told) if told else 0.0)
        rankings = {
            "expected_gain": np.array([one.expected_gain for one in part]),
            "value_at_risk": np.array([one.value_at_risk for one in part]),
            "risk": np.array([one.risk for one in part]),
        }
        for row in gain_by_depth(net, _customers(part), rankings, DEPTHS):
            within = row.gain.fixed
            rows[action, row.ranking, row.depth] = (row.gain.value, *_bounds(within.low, within.high), len(part))
    return rows


def sample_ratios(outcomes: Outcomes) -> Rows:
    """Shares held out by action."""
    rows: Rows = {}
    for action in {one.action for one in _first_ones(outcomes)}:
        part = [one for one in _first_ones(outcomes) if one.action == action]
        held_out = np.array([one.held_out_probability for one in part])
        log = DecisionLog(
            actions=("none", action),
            customer=_customers(part),
            done=np.array([not one.held_out for one in part], np.int64),
            probability=np.column_stack([held_out, 1.0 - held_out]),
            outcome=np.zeros(len(part)),
            covariates=np.zeros((len(part), 0)),
        )
        found = sample_ratio(log)
        rows[action] = (found.decisions, found.expected, found.found, found.p_value, found.is_mismatch)
    return rows


def _first_ones(outcomes: Outcomes) -> list[DecisionOutcome]:
    return [one for one in outcomes if one.gain_score is not None]


def _keys(one: DecisionOutcome) -> Iterator[Key]:
    day = one.decided_at.date()
    yield one.action, "all", "", None
    yield one.action, "segment", one.segment, None
    yield one.action, "week", "", day - timedelta(days=day.weekday())


def _effect(part: Outcomes) -> tuple[object, ...]:
    told = [one for one in part if not one.held_out]
    estimate = estimate_mean(np.array([one.gain_score for one in part], np.float64), _customers(part))
    bought = [one for one in part if one.bought]
    fewest = min(len({one.customer_id for one in bought if one.held_out is arm}) for arm in (False, True))
    verdict = verdict_of(estimate, fewest)
    fixed = interval_with_few_buyers(
        estimate,
        np.array([one.margin for one in part], np.float64),
        np.array([one.bought for one in part], np.bool_),
        np.array([one.held_out_probability for one in part]),
    )
    always = estimate.always if verdict != "no_support" else None
    return (
        len(told),
        len(part) - len(told),
        estimate.customers,
        estimate.value,
        *((fixed.low, fixed.high) if fixed else (None, None)),
        *((always.low, always.high) if always else (None, None)),
        sum(one.cost for one in told) / len(told) if told else None,
        verdict,
        decisions_needed(estimate) if verdict in {"cannot_tell", "no_support"} else 0,
    )


def _return(counted: Outcomes, actions: Sequence[str]) -> tuple[object, ...]:
    part = [one for one in counted if one.action in actions]
    told = sum(not one.held_out for one in part)
    cost = sum(one.cost for one in part)
    margin = _total(part, lambda one: one.gain_score or 0.0)
    kept = _total(part, _kept_by_it)
    return (
        told,
        len(part) - told,
        len(_first_ones(part)),
        cost,
        *margin,
        *(amount / cost if amount is not None and cost else None for amount in margin),
        *kept,
        cost / kept[0] if kept[0] is not None and kept[0] > 0.0 else None,
        sum(one.value_at_risk for one in part) / sum(one.risk for one in part),
    )


def _kept_by_it(one: DecisionOutcome) -> float:
    weight = -1.0 / one.held_out_probability if one.held_out else 1.0 / (1.0 - one.held_out_probability)
    return weight * (one.bought - (1.0 - one.risk))


def _total(
    part: Outcomes, score: Callable[[DecisionOutcome], float]
) -> tuple[float | None, float | None, float | None]:
    """Return the sum over told decisions of what each action brings on average, with its interval."""
    first = _first_ones(part)
    if not first:
        return None, None, None
    total, off = 0.0, np.zeros(len(first))
    for action in {one.action for one in first}:
        told = sum(one.action == action and not one.held_out for one in part)
        rows = np.array([one.action == action for one in first])
        scores = np.array([score(one) for one in first if one.action == action])
        total += told * float(scores.mean())
        off[rows] = told / len(scores) * (scores - scores.mean())
    error, customers = clustered_error(off * len(first), _customers(first))
    estimate = Estimate(total, error, len(first), customers)
    assert always_valid_factor(customers) < inf
    return total, *_bounds(estimate.always.low, estimate.always.high)


def _bounds(low: float, high: float) -> tuple[float | None, float | None]:
    return (None, None) if low == -inf else (low, high)


def _customers(part: Outcomes) -> NDArray[np.int64]:
    return np.unique([one.customer_id for one in part], return_inverse=True)[1].astype(np.int64)
