"""Every change of a playbook is told in sentences, and nothing of it is left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.catalogue.changes import changes_between
from retention.catalogue.playbook import Action, Playbook, Rule
from retention.catalogue.read import read_playbook
from streams.retention_file import default_text

BOOK = read_playbook(default_text())
RULES = list(BOOK.rules)


def _with(**sections: object) -> Playbook:
    return Playbook.model_validate({**BOOK.model_dump(), **sections})


def test_the_same_playbook_changes_nothing() -> None:
    changes = changes_between(BOOK, read_playbook(f"# another comment\n{default_text()}"))
    assert (changes.added, changes.removed, changes.changed) == ((), (), ())


def test_a_rule_that_comes_and_one_that_goes_are_sentences_with_their_place() -> None:
    new = {"name": "first orders", "when": "purchases = 1", "then": ["remind"]}
    changes = changes_between(BOOK, _with(rules=[new, *(rule.model_dump() for rule in RULES[1:])]))
    assert changes.added[0].startswith("Rule 1 (first orders): When ")
    assert changes.removed[0].startswith(f"Rule 1 ({RULES[0].name}): When ")
    assert changes.changed == ()


def test_a_changed_setting_has_both_values() -> None:
    call = {**BOOK.actions["call"].model_dump(), "cost": 7.5, "template": "letter"}
    changes = changes_between(BOOK, _with(actions={**BOOK.model_dump()["actions"], "call": call}))
    (sentence,) = changes.changed
    assert sentence.startswith("Action call: cost is 7.5 instead of 6; ")
    assert 'template is "letter" instead of ' in sentence


def test_another_order_of_the_rules_is_a_change() -> None:
    changes = changes_between(BOOK, _with(rules=[rule.model_dump() for rule in reversed(RULES)]))
    assert (changes.added, changes.removed) == ((), ())
    assert changes.changed[0].startswith(f"The order of the rules is {RULES[-1].name}, ")


@given(st.permutations(range(len(RULES))), st.integers(min_value=1), st.sampled_from(sorted(Action.model_fields)))
def test_playbooks_of_different_versions_differ_in_a_sentence(order: list[int], kept: int, field: str) -> None:
    call = BOOK.actions["call"].model_dump()
    call[field] = {
        "says": "Ring", "team": "others", "channels": ["post"], "template": "x", "timing": "rhythm",
        "purchase_ends": not call["purchase_ends"], "capacity_per_day": 1, "keeps": 0.99, "holdout_share": 0.91,
    }.get(field, 123.0)  # fmt: skip
    rules = [RULES[place].model_dump() for place in order][:kept]
    after = _with(rules=rules, actions={**BOOK.model_dump()["actions"], "call": call})
    changes = changes_between(BOOK, after)
    assert any(f"{field} is" in sentence for sentence in changes.changed)
    gone = {rule.name for rule in RULES} - {rule["name"] for rule in rules}
    assert len(changes.removed) == len(gone)
    assert after.version != BOOK.version


@pytest.mark.parametrize(
    ("section", "setting", "value", "told"),
    [
        ("contacts", "at_most", 5, "Section contacts: at_most is 5 instead of 2."),
        ("contacts", "quiet_days", ["monday"], 'quiet_days is ["monday"] instead of'),
        ("contacts", "never", {"vip": "yes"}, 'never is {vip = "yes"} instead of'),
        ("exploration", "share", 0.5, "Section exploration: share is 0.5 instead of 0.02."),
        ("holdout", "season_days", 30.0, "Section holdout: season_days is 30 instead of 91."),
        ("occasions", "advocate_purchases", 9, "Section occasions: advocate_purchases is 9 instead of 5."),
    ],
)
def test_every_limit_is_told(section: str, setting: str, value: object, told: str) -> None:
    changed = {**BOOK.model_dump()[section], setting: value}
    assert told in changes_between(BOOK, _with(**{section: changed})).changed[0]


def test_a_share_of_a_rule_that_is_taken_away_is_unset() -> None:
    rule = RULES[0].model_dump()
    before = _with(rules=[{**rule, "keeps": 0.5}])
    after = _with(rules=[{**rule, "keeps": None}])
    assert changes_between(before, after).changed == (f"Rule {Rule(**rule).name}: keeps is unset instead of 0.5.",)
