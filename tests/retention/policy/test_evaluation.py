"""Other playbooks on a log whose truth is known, and rules found in it."""

from collections.abc import Callable, Sequence
from functools import cache

import msgspec
import numpy as np
import pytest

from retention.catalogue.compiled import CompiledPlaybook, compile_playbook
from retention.catalogue.parse import parse_condition
from retention.catalogue.read import read_playbook
from retention.outcomes.logged import as_columns, usable
from retention.policy.evaluation import evaluate_playbook
from retention.policy.learnt_rules import playbook_text, rules_of_log
from retention.policy.reproduce import UNKNOWN, LoggedRules, reproduce
from schemas.records.logged_decision import LoggedDecision
from streams.retention_file import default_text, load_playbook
from tests.retention.logged import COSTS, TRUE_GAINS, as_logged, write_decisions

BOOK = compile_playbook(load_playbook())
GIFT = """
[actions.gift]
says = "Send a gift"
cost = 1
capacity_per_day = 100
team = "marketing"
channels = ["post"]
cooldown_days = 90
within_days = 7
brings = 50
"""


@cache
def _log() -> list[LoggedDecision]:
    return list(as_logged(write_decisions(1, 6_000)))


def playbook(rules: str, further: str = "") -> CompiledPlaybook:
    """The default's actions with other rules."""
    actions = default_text().split("[[rules]]")[0]
    return compile_playbook(read_playbook(actions + further + rules))


def rule(when: str, then: str) -> str:
    return f'[[rules]]\nname = "{when}"\nwhen = "{when}"\nthen = ["{then}"]\n'


def truth(choice: Sequence[str]) -> float:
    """Mean of what choices bring less their cost."""
    return float(np.mean([TRUE_GAINS[action] - COSTS[action] for action in choice]))


def test_calls_for_those_whom_calls_help_are_better_and_estimated_as_they_are() -> None:
    calls = playbook(rule("segment is keep_at_all_costs", "call"))
    found = evaluate_playbook(_log(), calls, BOOK)

    assert found.comparison.verdict == "better"
    nothing = float(np.mean([one.value_at_risk / 4.0 for one in _log()]))
    assert found.comparison.value.doubly_robust.fixed.contains(truth(choices(calls)) + nothing)
    assert (found.decisions, found.unknown, found.left_out) == (6_000, 0, 0)


def test_an_action_is_chosen_only_where_its_guess_pays() -> None:
    chosen = choices(playbook(rule("segment is keep_at_all_costs", "call")))

    assert {one.value_at_risk for one, choice in zip(_log(), chosen, strict=True) if choice == "call"} == {150.0, 400.0}


def test_offers_that_cost_more_than_they_bring_are_worse() -> None:
    offers = playbook(rule("segment is keep_at_all_costs", "offer_10") + rule("segment is win_back", "offer_10"))

    assert evaluate_playbook(_log(), offers, BOOK).comparison.verdict == "worse"


def test_an_action_that_was_never_done_has_no_support() -> None:
    found = evaluate_playbook(_log(), playbook(rule("always", "gift"), GIFT), BOOK)

    assert found.comparison.verdict == "no_support"
    assert found.comparison.value.unsupported == 1.0


def test_a_few_decisions_cannot_tell_and_say_how_many_could() -> None:
    found = evaluate_playbook(_log()[:400], playbook(rule("segment is win_back", "offer_10")), BOOK)

    assert found.comparison.verdict == "cannot_tell"
    assert found.comparison.more > 0
    assert "cannot tell (about " in str(found.comparison)


def test_a_playbook_that_has_learnt_leaves_out_what_does_not_pay() -> None:
    offers = playbook(rule("segment is keep_at_all_costs", "offer_10") + rule("segment is win_back", "offer_10"))

    found = evaluate_playbook(_log(), offers, BOOK)

    assert found.learnt is not None
    nothing = float(np.mean([one.value_at_risk / 4.0 for one in _log()]))
    assert found.comparison.value.doubly_robust.value < nothing - 0.5
    assert found.learnt.value.doubly_robust.fixed.contains(nothing)


def test_from_a_handful_of_outcomes_no_gain_is_told() -> None:
    found = evaluate_playbook(_log()[:60], BOOK, BOOK)

    assert found.comparison.verdict == "too_few"
    assert str(found.comparison).startswith("cannot tell yet (too few outcomes: ")


def test_below_a_hundred_outcomes_nothing_is_learnt() -> None:
    assert evaluate_playbook(_log()[:90], BOOK, BOOK).learnt is None


def choices(book: CompiledPlaybook, some: Sequence[LoggedDecision] | None = None) -> list[str]:
    log = _log() if some is None else some
    whole = as_columns(log, book.names)
    found = reproduce(book, whole.log.actions, whole.columns, log, LoggedRules.of(BOOK, log)).choices()
    return ["?" if one == UNKNOWN else whole.log.actions[one] for one in found.tolist()]


def test_the_playbook_itself_chooses_only_what_the_log_allowed() -> None:
    assert all(choice == "none" or choice in one.propensity for choice, one in zip(choices(BOOK), _log(), strict=True))


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ("purchases = 5 and days_silent < 70", lambda one: one.features[0] < 4.2),
        ("gaps_silent > 2.5", lambda one: one.features[0] > 4.2),
        ("reasons has returns", lambda one: one.reasons == ("returns",)),
        ("life_cycle is gone or value_tier is high", lambda one: one.life_cycle == "gone" or one.value_tier == "high"),
        ("yearly_margin > 1000", lambda one: one.value_at_risk == 400.0),
        ("complaint_open or risk > 0.85", lambda one: one.risk == 0.9),
    ],
)
def test_conditions_hold_as_they_held_at_the_decision(when: str, holds: Callable[[LoggedDecision], bool]) -> None:
    book = playbook(rule(when, "gift"), GIFT)

    assert [choice == "gift" for choice in choices(book)] == [holds(one) for one in _log()]


def test_what_was_not_recorded_makes_the_choice_unknown_unless_another_condition_settles_it() -> None:
    book = playbook(rule("occasions has won_back and segment is win_back", "gift") + rule("always", "remind"), GIFT)

    expected = ["?" if one.segment == "win_back" else "other" for one in _log()]
    assert ["?" if choice == "?" else "other" for choice in choices(book)] == expected


def test_a_condition_of_the_logs_own_rules_is_known_where_they_were_asked() -> None:
    advocate = BOOK.playbook.rules[-1].when
    mine = [msgspec.structs.replace(one, rule="advocate", propensity={"ask_review": 1.0}) for one in _log()[:10]]
    book = playbook(rule(advocate, "gift"), GIFT)

    assert choices(book, mine) == ["gift"] * 10
    older = [msgspec.structs.replace(one, policy_version="older") for one in mine]
    assert set(choices(book, older)) <= {"?", "none"}
    assert "?" in choices(book, older)


def test_decisions_that_say_nothing_of_other_playbooks_are_left_out() -> None:
    one = _log()[0]
    useless = [
        msgspec.structs.replace(one, probability={"none": 1.0}),
        msgspec.structs.replace(one, feature_set="another"),
        msgspec.structs.replace(one, yearly_margin=None),
    ]

    assert usable([*useless, one]) == [one]


def test_rules_found_in_the_log_send_calls_to_those_whom_they_help() -> None:
    found = rules_of_log(_log())

    assert 1 <= len(found) <= 4
    called = [one for one in found if one.action == "call"]
    assert called
    assert all(one.gain.fixed.low > 0.0 for one in called)
    assert not any(one.action == "offer_10" and one.gain.fixed.low > 0.0 for one in found)


def test_rules_are_printed_as_a_part_of_the_playbook() -> None:
    found = rules_of_log(_log())

    pasted = playbook(playbook_text(found)).playbook.rules
    assert [(one.when, one.then) for one in pasted] == [(one.when, (one.action,)) for one in found]
    assert all(str(parse_condition(one.when)) for one in pasted)
    assert playbook_text(found).count("# When ") == len(found)


def test_a_word_that_excludes_another_is_written_alone() -> None:
    assert not any(" is not " in one.when and " and segment is keep" in one.when for one in rules_of_log(_log()))


def test_without_decisions_there_are_no_rules() -> None:
    assert rules_of_log([]) == []
