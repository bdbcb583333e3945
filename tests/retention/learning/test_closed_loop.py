"""Deciding and learning in a loop: what is learnt brings more than wrong rules, and hardly less than right ones."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from customers.features.feature_names import FEATURE_NAMES
from retention.catalogue.compiled import CompiledPlaybook
from retention.catalogue.playbook import NONE
from retention.decide.decide import decide
from retention.learning.policy_learner import PolicyLearner
from retention.policy.epoch_policy import EpochPolicy
from risk.learning.epoch_learner import EpochLearner
from risk.learning.learner import Learner
from schemas.moments import DAY_MS, from_ms, to_ms
from schemas.records.decisions import DecisionOutcome, RetentionDecision
from tests.kit.suite.cases import cases
from tests.retention.decide.cases import action, book_of, case_of, rule, score_of
from tests.retention.learning.decided import EPOCHS, FIRST, SHARE, outcome_of

_WEEKS = 52
_WEEK_MS = 7 * DAY_MS
_A_WEEK = 120
_HORIZON_DAYS = 30.0
_COMPLAINT = FEATURE_NAMES.index("complaint_open")
_EXPLORED = 0.02
_BOOK = book_of(
    exploration={"share": _EXPLORED, "sharpness": 20.0},
    actions={
        "call": action(cost=4.0, keeps=0.1, holdout_share=SHARE, horizon_days=_HORIZON_DAYS),
        "mail": action(cost=1.0, keeps=0.08, holdout_share=SHARE, horizon_days=_HORIZON_DAYS),
    },
    rules=[rule(then=["call", "mail"])],
)

Truth = Callable[[str, float, bool], float]
"""Gain from an action for a customer of a value at risk, with a complaint or without."""


def _as_guessed(name: str, value: float, complains: bool) -> float:
    """The rules are right."""
    del complains
    return {"call": 0.1, "mail": 0.08}[name] * value


def _otherwise(name: str, value: float, complains: bool) -> float:
    """Calls help those with a complaint alone, and mail does harm."""
    return -5.0 if name == "mail" else 0.3 * value if complains else 0.0


@dataclass
class _Business:
    """Customers who come once each, decided for each week by a policy that learns, or by the rules alone."""

    truth: Truth
    seed: int
    learns: bool
    brought: list[float] = field(default_factory=list)
    taken: list[tuple[int, str]] = field(default_factory=list)

    def run(self) -> PolicyLearner:
        """Let the weeks pass; what actions bring less their costs is kept for each customer who is not held out."""
        learner, waiting = PolicyLearner(_BOOK, EPOCHS), list[DecisionOutcome]()
        epochs = EpochLearner(Learner(90.0), EPOCHS, companion=learner)
        for week in range(_WEEKS):
            now = FIRST + week * _WEEK_MS
            while waiting and to_ms(waiting[0].settled_at) < now:
                learner.add_outcome(waiting.pop(0))
            list(epochs.close(now, from_ms(0)))
            waiting += self._decide(week, now, EpochPolicy.of(_BOOK, learner.policy if self.learns else None))
        return learner

    def _decide(self, week: int, now: int, policy: EpochPolicy) -> list[DecisionOutcome]:
        random = np.random.default_rng([self.seed, week])
        values = random.normal(size=(len(FEATURE_NAMES), _A_WEEK))
        values[_COMPLAINT] = random.random(_A_WEEK) < 0.3
        at_risk, noise = random.uniform(20.0, 180.0, _A_WEEK), random.normal(0.0, 10.0, _A_WEEK)
        cases = [
            case_of(f"{week}-{place}", now, score=score_of(value_at_risk=float(at_risk[place])))
            for place in range(_A_WEEK)
        ]
        raised = {one.customer_id: one for one in decide(cases, policy.in_force, policy.estimates_of(values)).raised}
        self.brought += [0.0] * (_A_WEEK - len(raised))
        outcomes: list[DecisionOutcome] = []
        for place, case in enumerate(cases):
            if (decision := raised.get(case.customer_id)) is not None:
                effect = self._effect(decision, bool(values[_COMPLAINT, place]))
                self.taken.append((week, decision.action))
                self.brought.append(effect if decision.held_out or decision.action == NONE else effect - decision.cost)
                outcomes.append(_settled(_BOOK, decision, values[:, place].tolist(), effect + float(noise[place])))
        return outcomes

    def _effect(self, decision: RetentionDecision, complains: bool) -> float:
        if decision.held_out or decision.action == NONE:
            return 0.0
        return self.truth(decision.action, decision.value_at_risk, complains)


def _settled(
    book: CompiledPlaybook, decision: RetentionDecision, features: list[float], beyond: float
) -> DecisionOutcome:
    """The outcome of a decision whose margin was this much more than expected."""
    none, gain = decision.action == NONE, decision.expected_gain
    surprise = -beyond / SHARE if decision.held_out else (beyond - gain) / (1.0 - SHARE)
    chances = {name: chance * (1.0 - SHARE) for name, chance in decision.propensity.items() if name != NONE}
    return outcome_of(
        decision_id=decision.decision_id,
        decided_at=decision.decided_at,
        settled_at=from_ms(to_ms(decision.decided_at) + round(_HORIZON_DAYS * DAY_MS)),
        action=decision.action,
        held_out=decision.held_out,
        margin=15.0 + beyond,
        horizon_days=_HORIZON_DAYS,
        value_at_risk=decision.value_at_risk,
        risk=decision.risk,
        probability={**chances, NONE: 1.0 - sum(chances.values())},
        held_out_probability=SHARE,
        expected_margin=15.0,
        expected_gain=gain,
        gain_score=None if none else gain + surprise,
        guesses={name: one.keeps * decision.value_at_risk for name, one in book.playbook.actions.items()},
        features=tuple(features),
    )


def _played(truth: Truth, seed: int) -> tuple[_Business, _Business, PolicyLearner]:
    learnt, rules = _Business(truth, seed, learns=True), _Business(truth, seed, learns=False)
    learner = learnt.run()
    rules.run()
    return learnt, rules, learner


@pytest.mark.parametrize("seed", range(cases(2, usual=1)))
def test_where_the_rules_are_wrong_learning_brings_more_and_stops_what_harms(seed: int) -> None:
    learnt, rules, learner = _played(_otherwise, seed)
    late = [name for week, name in learnt.taken if week >= _WEEKS // 2]

    assert np.mean(learnt.brought) > np.mean(rules.brought) + 1.0
    assert learner.evidence["mail"].finding == "stopped"
    assert learner.evidence["call"].finding != "stopped"
    assert learner.policy is not None
    assert learner.policy.corrections is not None
    assert "mail" not in late
    assert late.count("call") > _A_WEEK


@pytest.mark.parametrize("seed", range(cases(2, usual=1)))
def test_where_the_rules_are_right_learning_costs_hardly_anything(seed: int) -> None:
    learnt, rules, learner = _played(_as_guessed, seed)

    assert np.mean(learnt.brought) > (1.0 - _EXPLORED) * np.mean(rules.brought)
    assert learner.stopped == {}
