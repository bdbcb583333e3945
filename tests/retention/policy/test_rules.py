"""Rules learnt from a log."""

import tomllib

import numpy as np
import pytest

from retention.catalogue.parse import parse_condition
from retention.effects.intervals import Estimate
from retention.outcomes.columns import Matrix
from retention.outcomes.log import DecisionLog
from retention.policy.rules import Feature, LearntRule, learn_rules, net_scores
from tests.retention.logs import random_log

ABOUT = (Feature("risk"), Feature("segment", word="win_back"), Feature("complaint_open", is_flag=True))


def _log(seed: int, gain: float = 8.0) -> tuple[DecisionLog, Matrix]:
    """Return a log in which a call brings something to those with an open complaint alone, and its features."""
    random = np.random.default_rng(seed)
    features = np.column_stack([random.random(6_000), random.random(6_000) < 0.4, random.random(6_000) < 0.3]) * 1.0
    done = random.integers(0, 2, 6_000)
    outcome = gain * done * features[:, 2] + random.normal(size=6_000)
    log = DecisionLog(("none", "call"), np.arange(6_000), done, np.full((6_000, 2), 0.5), outcome, features)
    return log, features


def test_the_rule_says_for_whom_an_action_pays() -> None:
    log, features = _log(1)

    rules = {rule.when: rule for rule in learn_rules(log, features, ABOUT, np.array([0.0, 2.0]))}

    called = [when for when, rule in rules.items() if rule.action == "call"]
    assert all("complaint_open" in when and "not complaint_open" not in when for when in called)
    assert called
    assert len(rules) <= 4
    whole = sum(rules[when].gain.value * rules[when].customers for when in called)
    assert whole / sum(rules[when].customers for when in called) == pytest.approx(6.0, abs=0.3)


def test_the_gain_is_told_by_customers_who_did_not_choose_the_rule() -> None:
    # Where no action brings anything, rules that were searched for bring nothing to the others.
    gains = []
    for seed in range(40):
        log, features = _log(seed, gain=0.0)
        rules = learn_rules(log, features, ABOUT, np.zeros(2))
        gains.append(sum(rule.gain.value * rule.customers for rule in rules) / 3_000)

    assert abs(np.mean(gains)) < 3.0 * np.std(gains) / np.sqrt(40)


def test_what_is_printed_can_be_pasted_into_the_playbook() -> None:
    log, features = _log(2)

    rules = learn_rules(log, features, ABOUT, np.array([0.0, 2.0]))
    parsed = tomllib.loads("\n".join(rule.as_toml(f"learnt_{number}") for number, rule in enumerate(rules)))

    assert all(str(parse_condition(rule["when"])) for rule in parsed["rules"])
    assert [(rule["when"], rule["then"]) for rule in parsed["rules"]] == [(rule.when, [rule.action]) for rule in rules]
    assert any("customers" in str(rule) and "95 %" in str(rule) for rule in rules)


def test_a_sentence_says_if_the_rule_pays_or_cannot_be_told_to() -> None:
    def rule(gain: float, support: int = 200) -> str:
        return str(LearntRule("always", "call", 300, Estimate(gain, 1.0, 300, 300), support))

    assert rule(3.0).endswith("it pays.")
    assert rule(-3.0).endswith("it does not pay.")
    assert rule(1.0).endswith("cannot tell yet whether it pays.")
    assert rule(3.0, support=8).endswith("too few to tell.")


def test_conditions_are_written_in_the_grammar_of_the_playbook() -> None:
    risk, segment, complaint = ABOUT

    assert risk.condition(0.25, above=False) == "risk <= 0.25"
    assert segment.condition(0.0, above=False) == "segment is not win_back"
    assert segment.condition(0.0, above=True) == "segment is win_back"
    assert complaint.condition(0.0, above=False) == "not complaint_open"


def test_an_action_that_is_not_allowed_counts_as_doing_nothing() -> None:
    log = random_log(7)

    scores = net_scores(log, np.array([0.0, 1.0, 0.5]))

    forbidden = log.probability[:, 1] == 0.0
    assert forbidden.any()
    assert np.array_equal(scores[forbidden, 1], scores[forbidden, 0])
