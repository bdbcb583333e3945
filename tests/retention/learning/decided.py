"""Outcomes of decisions of a simulated business in which the effect of every action is known."""

from typing import Any

import numpy as np

from customers.features.feature_names import FEATURE_NAMES, FEATURE_SET
from retention.catalogue.compiled import CompiledPlaybook
from risk.scoring.epochs import Epochs
from schemas.moments import DAY_MS, from_ms
from schemas.records.decisions import DecisionOutcome
from tests.retention.decide.cases import action, book_of, rule

EPOCHS = Epochs(DAY_MS, 3)
FIRST = 20_000 * DAY_MS
"""The border from which outcomes are settled."""

SHARE = 0.3


def book_with(*names: str, **changes: Any) -> CompiledPlaybook:  # noqa: ANN401 - any setting
    """A playbook of these actions, all for everybody; each costs one and holds three in ten out."""
    actions = {name: action(holdout_share=SHARE, horizon_days=30.0, **changes) for name in names}
    return book_of(actions=actions, rules=[rule(then=list(names))])


def outcome_of(**fields: Any) -> DecisionOutcome:  # noqa: ANN401 - any field
    """An outcome of a call that was carried out, settled at noon of the first day."""
    settled_at = FIRST + DAY_MS // 2
    given = {
        "decision_id": "d-1",
        "customer_id": "",
        "decided_at": from_ms(settled_at - 31 * DAY_MS),
        "settled_at": from_ms(settled_at),
        "action": "call",
        "held_out": False,
        "result": "done",
        "bought": True,
        "purchases": 1,
        "margin": 20.0,
        "refunds": 0.0,
        "cost": 1.0,
        "horizon_days": 30.0,
        "rule": "all",
        "segment": "keep_at_all_costs",
        "risk": 0.5,
        "value_at_risk": 100.0,
        "policy_version": "p-1",
        "probability": {"call": 0.7, "none": 0.3},
        "held_out_probability": SHARE,
        "expected_margin": 15.0,
        "expected_gain": 10.0,
        "gain_score": 12.0,
        "guesses": {"call": 10.0},
        "feature_set": FEATURE_SET,
        "features": (0.0,) * len(FEATURE_NAMES),
    }
    return DecisionOutcome(**{**given, **fields})


def simulated(effects: dict[str, float], decisions: int, seed: int = 0, days: int = 60) -> list[DecisionOutcome]:
    """Outcomes of decisions that were drawn evenly over the actions, by the order in which they were settled.

    Args:
        effects: What each action brings the margin of a customer with 100 at risk, in proportion to what is at risk.
        decisions: Number of outcomes.
        seed: The same seed gives the same outcomes.
        days: Number of days over which they are settled.
    """
    random = np.random.default_rng(seed)
    names = list(effects)
    moments = np.sort(random.integers(0, days * DAY_MS, decisions)).tolist()
    return [_drawn(effects, names, number, moment, random) for number, moment in enumerate(moments)]


def _drawn(
    effects: dict[str, float], names: list[str], number: int, moment: int, random: np.random.Generator
) -> DecisionOutcome:
    name, held_out = names[random.integers(len(names))], bool(random.random() < SHARE)
    value, features = random.uniform(20.0, 180.0), random.normal(size=len(FEATURE_NAMES)).tolist()
    expected, guess = 15.0 + 5.0 * features[0], 0.1 * value
    gain = 0.0 if held_out else effects[name] * value / 100.0
    margin = expected + gain + float(random.normal(0.0, 10.0))
    surprise = -(margin - expected) / SHARE if held_out else (margin - expected - guess) / (1.0 - SHARE)
    chance = (1.0 - SHARE) / len(names)
    return outcome_of(
        decision_id=f"d-{number:06}",
        decided_at=from_ms(FIRST + moment - 31 * DAY_MS),
        settled_at=from_ms(FIRST + moment),
        action=name,
        held_out=held_out,
        margin=margin,
        value_at_risk=value,
        probability={**dict.fromkeys(names, chance), "none": 1.0 - chance * len(names)},
        expected_margin=expected,
        expected_gain=guess,
        gain_score=guess + surprise,
        guesses=dict.fromkeys(names, guess),
        features=tuple(features),
    )
