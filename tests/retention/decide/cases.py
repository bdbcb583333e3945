"""Strategies for playbooks, customers at scores, and their lives under decisions."""

from typing import Any

from hypothesis import strategies as st

from customers.state import NEVER, Customer
from retention.catalogue.compiled import CompiledPlaybook, compile_playbook
from retention.catalogue.playbook import Playbook
from retention.decide.eligibility.situation import DecisionCase
from retention.decide.memory.state import RetentionState
from retention.decide.policy_state import PolicyInForce, PolicyState, policy_in_force
from schemas.moments import DAY_MS
from schemas.records.score import ReasonInWords, Score

NOW = 20_000 * DAY_MS
"""An instant to decide at: 2024-10-04, a Friday."""

SEGMENTS = ("keep_at_all_costs", "win_back", "look_after", "let_be")
ACTIONS = ("call", "mail", "gift")


def action(**settings: Any) -> dict[str, Any]:  # noqa: ANN401 - any setting
    """Settings of an action that costs one and keeps a tenth of the value at risk."""
    return {
        "says": "Do it",
        "cost": 1.0,
        "capacity_per_day": 100,
        "team": "service",
        "channels": ["phone", "email"],
        "cooldown_days": 30.0,
        "holdout_share": 0.0,
        "within_days": 3.0,
        "keeps": 0.1,
        **settings,
    }


def rule(**settings: Any) -> dict[str, Any]:  # noqa: ANN401 - any setting
    """Settings of a rule that lets everybody be called."""
    return {"name": "all", "when": "always", "then": ["call"], **settings}


def book_of(**sections: Any) -> CompiledPlaybook:  # noqa: ANN401 - any section
    """A playbook with one action, one rule and no exploration, unless sections say otherwise."""
    given = {
        "exploration": {"share": 0.0, "sharpness": 1e6},
        "actions": {"call": action()},
        "rules": [rule()],
        **sections,
    }
    return compile_playbook(Playbook.model_validate(given))


def policy_of(learnt: PolicyState | None = None, **sections: Any) -> PolicyInForce:  # noqa: ANN401 - any section
    """A policy from such a playbook."""
    return policy_in_force(book_of(**sections), learnt or PolicyState())


def score_of(**fields: Any) -> Score:  # noqa: ANN401 - any field
    """A score with 100 at risk."""
    given = {
        "risk": 0.8,
        "reasons": (ReasonInWords("silence", 0.5, "No purchase for 40 days"),),
        "value_at_risk": 100.0,
        "segment": "keep_at_all_costs",
        "model_version": "rule-1",
        "life_cycle": "slipping",
        "value_tier": "high",
        "yearly_margin": 150.0,
    }
    return Score(**{**given, **fields})


def customer_of(now: int = NOW, **fields: Any) -> Customer:  # noqa: ANN401 - any field
    """A customer who bought four times, thirty days apart, the last time forty days ago."""
    last = now - 40 * DAY_MS
    given = {
        "first_seen": last - 90 * DAY_MS,
        "first_purchase": last - 90 * DAY_MS,
        "last_purchase": last,
        "gaps": [30 * DAY_MS] * 3,
        "purchases": 4,
        "spend": 200.0,
    }
    return Customer(**{**given, **fields})


def case_of(
    customer_id: str = "c-1",
    now: int = NOW,
    customer: Customer | None = None,
    score: Score | None = None,
    state: RetentionState | None = None,
) -> DecisionCase:
    """A customer at a score."""
    return DecisionCase(customer_id, customer or customer_of(now), now, score or score_of(), state or RetentionState())


amounts = st.floats(0.0, 500.0).map(lambda value: round(value, 2))
days = st.integers(1, 60).map(float)
shares = st.floats(0.0, 1.0)


@st.composite
def playbooks(draw: st.DrawFn) -> CompiledPlaybook:
    """Any playbook of three actions."""
    return book_of(
        contacts={
            "at_most": draw(st.integers(1, 3)),
            "within_days": draw(days),
            "quiet_days": draw(st.lists(st.sampled_from(("saturday", "sunday", "2024-10-07")), unique=True)),
            "utc_offset_hours": draw(st.integers(-12, 14)),
        },
        exploration={"share": draw(shares), "sharpness": draw(st.floats(0.0, 100.0)), "rest_days": draw(days)},
        actions={
            name: action(
                cost=draw(st.floats(0.0, 5.0)),
                cooldown_days=draw(days),
                holdout_share=draw(st.sampled_from((0.0, 0.3, 1.0))),
                capacity_per_day=draw(st.integers(0, 3)),
                within_days=float(draw(st.integers(1, 10))),
                timing=draw(st.sampled_from(("now", "rhythm"))),
                purchase_ends=draw(st.booleans()),
                keeps=draw(st.floats(0.05, 1.0)),
            )
            for name in ACTIONS
        },
        rules=[
            rule(name="worst", when="segment is keep_at_all_costs", then=list(ACTIONS)),
            rule(name="some", when="risk >= 0.5 or complaint_open", then=[draw(st.sampled_from(ACTIONS))]),
            rule(name="nobody", when="segment is let_be", then=["none"]),
            rule(name="others", when="always", then=list(ACTIONS[1:])),
        ],
    )


@st.composite
def customers(draw: st.DrawFn, now: int = NOW) -> Customer:
    """Any customer who may have bought, complained and been judged."""
    gaps = draw(st.lists(st.integers(1, 100 * DAY_MS), max_size=7))
    last = now - draw(st.integers(0, 100 * DAY_MS))
    before = st.just(NEVER) | st.integers(now - 400 * DAY_MS, now)
    return Customer(
        first_seen=last - sum(gaps),
        first_purchase=last - sum(gaps),
        last_purchase=last,
        gaps=gaps,
        purchases=len(gaps) + 1,
        last_unresolved=draw(before),
        last_resolved=draw(before),
        last_harmful_return=draw(before),
        last_judged=draw(before),
        sentiment=draw(st.integers(-2, 2)),
        leaving=draw(st.booleans()),
    )


scores = st.builds(
    score_of,
    risk=shares,
    value_at_risk=amounts,
    segment=st.sampled_from(SEGMENTS),
    life_cycle=st.sampled_from(("", "new", "growing", "steady", "slipping", "gone", "won_back")),
    value_tier=st.sampled_from(("", "high", "middle", "low")),
)


def batches(size: int = 12) -> st.SearchStrategy[list[DecisionCase]]:
    """Any customers at scores, each once."""
    ids = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=size, unique=True)
    return ids.flatmap(
        lambda names: st.tuples(
            *[st.builds(case_of, st.just(name), st.just(NOW), customers(), scores) for name in names]
        )
    ).map(list)
