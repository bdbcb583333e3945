"""Settled decisions of the default playbook with known truth, as the records that a worker would have written."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final, NamedTuple

from customers.features.feature_names import BOUGHT_ONCE, FEATURE_NAMES, FEATURE_SET, MEAN_GAP, PURCHASES, RECENCY
from schemas.records.decisions import DecisionOutcome, RetentionDecision
from schemas.records.logged_decision import LoggedDecision
from schemas.records.score import LifeCycle, ReasonInWords, RiskScore, Segment, ValueTier
from streams.retention_file import load_playbook
from tests.sinks.records import decision, outcome, score

START: Final = datetime(2026, 1, 5, tzinfo=UTC)
TRUE_GAINS: Final = {"none": 0.0, "call": 30.0, "offer_10": 1.0, "remind": 0.0}
COSTS: Final = {"none": 0.0, "call": 6.0, "offer_10": 3.0, "remind": 0.1}
HELD_OUT: Final = 0.3
_EXPECTED_GAIN: Final = 12.5

_GROUPS: Final[Sequence[tuple[str, Segment, LifeCycle, ValueTier, dict[str, float]]]] = (
    ("keep at all costs", "keep_at_all_costs", "steady", "high", {"call": 0.5, "offer_10": 0.4, "none": 0.1}),
    ("keep at all costs", "keep_at_all_costs", "steady", "high", {"offer_10": 0.8, "none": 0.2}),
    ("win back", "win_back", "gone", "middle", {"offer_10": 0.8, "none": 0.2}),
    ("overdue", "look_after", "slipping", "high", {"remind": 0.7, "none": 0.3}),
)
"""Rule, segment, stage, tier, and propensities; in the second group, a call is in its cooldown."""


class Written(NamedTuple):
    """Record of one decision, as it is written."""

    decision: RetentionDecision
    outcome: DecisionOutcome
    score: RiskScore


def write_decisions(seed: int, number: int) -> list[Written]:
    """Return decisions of which the effect of each action is ``TRUE_GAINS``, one a customer."""
    random, version = Random(seed), load_playbook().version  # noqa: S311 - a log, no secret
    return [_written(random, version, f"c{place}") for place in range(number)]


def as_logged(written: Sequence[Written]) -> Iterator[LoggedDecision]:
    """Yield the decisions as they are read back."""
    for one in written:
        yield LoggedDecision(
            customer_id=one.decision.customer_id,
            decided_at=one.decision.decided_at,
            action=one.decision.action,
            held_out=one.decision.held_out,
            propensity=one.decision.propensity,
            probability=one.outcome.probability,
            policy_version=one.decision.policy_version,
            rule=one.decision.rule,
            margin=one.outcome.margin,
            spent=one.outcome.cost,
            cost=one.decision.cost,
            horizon_days=one.outcome.horizon_days,
            expected_margin=one.outcome.expected_margin,
            risk=one.decision.risk,
            value_at_risk=one.decision.value_at_risk,
            segment=one.decision.segment,
            reasons=tuple(reason.feature for reason in one.decision.reasons),
            feature_set=one.outcome.feature_set,
            features=one.outcome.features,
            yearly_margin=one.score.yearly_margin,
            life_cycle=one.score.life_cycle,
            value_tier=one.score.value_tier,
        )


def _written(random: Random, version: str, customer_id: str) -> Written:
    rule, segment, life_cycle, value_tier, propensity = random.choice(_GROUPS)
    action = random.choices(list(propensity), list(propensity.values()))[0]
    held_out = action != "none" and random.random() < HELD_OUT
    in_effect = {name: share * (1.0 - HELD_OUT) for name, share in propensity.items() if name != "none"}
    value = random.choice((60.0, 150.0, 400.0))
    expected = value / 4.0
    margin = expected + (0.0 if held_out else TRUE_GAINS[action]) + random.gauss(0.0, 20.0)
    decided_at = START + timedelta(hours=random.randrange(2_000))
    shared = {
        "decision_id": f"{customer_id}-d",
        "decided_at": decided_at,
        "action": action,
        "held_out": held_out,
        "policy_version": f"{version}-7",
        "rule": rule,
        "risk": random.choice((0.7, 0.8, 0.9)),
        "value_at_risk": value,
        "segment": segment,
    }
    reasons = (ReasonInWords(random.choice(("silence", "returns")), 1.0, "It is so."),)
    return Written(
        decision(customer_id, propensity=propensity, cost=COSTS[action], reasons=reasons, **shared),
        outcome(
            customer_id,
            margin=margin,
            expected_margin=expected,
            expected_gain=_EXPECTED_GAIN,
            gain_score=None if action == "none" else _gain_score(margin - expected, held_out=held_out),
            bought=margin > 0.0,
            cost=0.0 if held_out else COSTS[action],
            probability={**in_effect, "none": 1.0 - sum(in_effect.values())},
            held_out_probability=0.0 if action == "none" else HELD_OUT,
            feature_set=FEATURE_SET,
            features=_features(random),
            **shared,
        ),
        score(
            customer_id,
            scored_at=decided_at,
            yearly_margin=3.0 * value,
            life_cycle=life_cycle,
            value_tier=value_tier,
        ),
    )


def _gain_score(surprise: float, *, held_out: bool) -> float:
    """Return the doubly robust score of a margin beyond the expected one."""
    weighted = -surprise / HELD_OUT if held_out else (surprise - _EXPECTED_GAIN) / (1.0 - HELD_OUT)
    return _EXPECTED_GAIN + weighted


def _features(random: Random) -> tuple[float, ...]:
    """Five purchases, 30 days apart, the last one 60 or 90 days ago."""
    values = [0.0] * len(FEATURE_NAMES)
    values[PURCHASES], values[BOUGHT_ONCE] = 1.6094379124341003, 0.0
    values[RECENCY] = random.choice((4.110873864173311, 4.51085950651685))
    values[MEAN_GAP] = 3.4339872044851463
    return tuple(values)
