"""The playbook: the default is valid and documented, and every mistake in a file is told in one clear line."""

import re
import tomllib
from pathlib import Path

import pytest

from retention.catalogue.playbook import Action, Playbook
from retention.catalogue.read import PlaybookError, read_playbook
from retention.catalogue.sentences import sentences_of
from retention.catalogue.vocabulary import COLUMNS, JUDGEMENTS, OCCASIONS
from streams.retention_file import default_text

GUIDE = (Path(__file__).parents[3] / "docs" / "retention.md").read_text("utf-8")
_ACTION = """
[actions.call]
says = "Call"
cost = 6
capacity_per_day = 40
team = "service"
channels = ["phone"]
cooldown_days = 60
within_days = 3
"""
_RULE = """
[[rules]]
name = "all"
when = "always"
then = ["call"]
"""


def told_of(text: str) -> str:
    """The message that a playbook leads to."""
    with pytest.raises(PlaybookError) as wrong:
        read_playbook(text)
    assert "\n" not in str(wrong.value)
    return str(wrong.value)


def test_the_default_is_valid() -> None:
    assert list(read_playbook(default_text()).actions) == [
        "call",
        "fix_issue",
        "offer_10",
        "remind",
        "thank_you",
        "ask_review",
    ]


def test_the_default_names_every_setting() -> None:
    given = tomllib.loads(default_text())
    settings = {
        f"{section}.{name}"
        for section in ("contacts", "exploration", "holdout", "occasions")
        for name in type(getattr(read_playbook(default_text()), section)).model_fields
    }

    assert {f"{section}.{name}" for section in given for name in given[section]} >= settings


def test_a_short_playbook_takes_the_defaults_of_the_rest() -> None:
    playbook = read_playbook(_ACTION + _RULE)

    assert playbook.contacts.never == {"consent": "no"}
    assert playbook.actions["call"].holdout_share == 0.3


def test_comments_do_not_change_the_version() -> None:
    assert read_playbook(_ACTION + _RULE).version == read_playbook("# mine\n" + _ACTION + "\n\n" + _RULE).version


def test_any_other_value_changes_the_version() -> None:
    changed = _ACTION.replace("cost = 6", "cost = 7")

    assert read_playbook(_ACTION + _RULE).version != read_playbook(changed + _RULE).version


def test_a_zone_changes_the_version_and_its_absence_does_not() -> None:
    zone = read_playbook('[contacts]\ntime_zone = "Europe/Berlin"\n' + _ACTION + _RULE)
    unset = read_playbook('[contacts]\ntime_zone = ""\n' + _ACTION + _RULE)

    assert unset.version == read_playbook(_ACTION + _RULE).version == "42f0882956b6"
    assert zone.version != unset.version


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[contacts]\ntime_zone = "Mars"\n' + _ACTION + _RULE,
            "contacts.time_zone is 'Mars': expected a zone of the IANA database such as \"Europe/Berlin\"",
        ),
        (
            '[contacts]\ntime_zone = "Europe/Berlin"\nutc_offset_hours = 1\n' + _ACTION + _RULE,
            "contacts: time_zone and utc_offset_hours exclude each other",
        ),
        ("x = [", "not TOML: Invalid value (at end of document)"),
        ("x = " + 5_000 * "9", "not TOML: Exceeds the limit"),
        ("x = " + 20_000 * "[" + 20_000 * "]", "not TOML of a playbook: it is nested too deep"),
        (_RULE, "actions is missing"),
        (_ACTION, "rules is missing"),
        ("contact = 3\n" + _ACTION + _RULE, "contact is no setting; did you mean contacts?"),
        (_ACTION + "spead = 1" + _RULE, "actions.call.spead is no setting; allowed are says, cost, "),
        (_ACTION + _RULE + "if = 1", "rule 1 (all): if is no setting; allowed are name, when, then, keeps, brings"),
        ("[contacts]\nat_mst = 1\n" + _ACTION + _RULE, "contacts.at_mst is no setting; did you mean at_most?"),
        (_ACTION.replace("cost = 6", "cost = -6") + _RULE, "actions.call.cost is -6: Input should be greater than or"),
        (_ACTION.replace("cost = 6", 'cost = "6"') + _RULE, "actions.call.cost is '6': Input should be a valid number"),
        (_ACTION.replace("cost = 6\n", "") + _RULE, "actions.call.cost is missing"),
        (_ACTION.replace('["phone"]', "[]") + _RULE, "actions.call.channels is []: List should have at least 1 item"),
        (
            _ACTION.replace('["phone"]', '"phone"') + _RULE,
            "actions.call.channels is 'phone': Input should be a list,",
        ),
        ("actions = 3\n" + _RULE, "actions is 3: Input should be a table"),
        (_ACTION.replace("within_days = 3", "within_days = 1e-9") + _RULE, "actions.call.within_days is 1e-09: Input"),
        (
            "[holdout]\nseason_days = 1e-320\n" + _ACTION + _RULE,
            "holdout.season_days is 1e-320: Input should be",
        ),
        (_ACTION.replace(".call", ".Call") + _RULE, "actions.Call is 'Call': String should match pattern"),
        (_ACTION + 'timing = "later"' + _RULE, "actions.call.timing is 'later': Input should be 'now' or 'rhythm'"),
        (_ACTION.replace(".call", ".none") + _RULE, "actions.none is always there and needs no section"),
        ('[contacts]\nquiet_days = ["caturday"]' + _ACTION + _RULE, "contacts.quiet_days.0 is 'caturday': expected a"),
        (
            f"[contacts]\nquiet_days = {['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']}"
            + _ACTION
            + _RULE,
            "contacts: quiet_days must leave at least one day of the week",
        ),
        (_ACTION + _RULE.replace("always", "risk > 2"), "rule 1 (all): when is 'risk > 2': risk > 2: risk (probabi"),
        (_ACTION + _RULE.replace('["call"]', '["cal"]'), "rule 1 (all): then has 'cal', which is no action; did you"),
        (_ACTION + _RULE.replace('["call"]', '["call", "call"]'), "rule 1 (all): then has an action twice"),
        (_ACTION + _RULE.replace('["call"]', '["call", "none"]'), 'rule 1 (all): then has "none" beside actions'),
        (_ACTION + _RULE.replace('["call"]', "[]"), "rule 1 (all): then is []: List should have at least 1 item"),
        (_ACTION + _RULE + _RULE, "rules 1 and 2 are both named 'all'"),
    ],
)
def test_a_mistake_is_told_with_the_setting_its_value_and_what_is_allowed(text: str, message: str) -> None:
    assert told_of(text).startswith(message)


def test_every_mistake_is_told_at_once() -> None:
    wrong = _ACTION.replace("cost = 6", "cost = -6") + _RULE.replace("always", "rsk > 1")

    assert told_of(wrong).count("; ") == 2


def test_a_playbook_reads_as_sentences() -> None:
    sentences = sentences_of(read_playbook(default_text()))

    assert "Rule 1 (open complaint): When a complaint is open and value tier is high or middle, then fix_issue." in (
        sentences
    )
    assert "A customer gets at most 2 contacts in 30 days, over all actions, and none on Sunday." in sentences
    assert 'A customer whose events say extra.consent = "no" is never contacted.' in sentences


def test_a_rule_of_its_own_expectation_says_so() -> None:
    playbook = read_playbook(_ACTION + _RULE + "keeps = 0.2\nbrings = 3")

    assert "Rule 1 (all): When nothing else applies, then call, expected to bring 20% of the value at risk and 3." in (
        sentences_of(playbook)
    )


def test_every_setting_is_documented_where_it_is_declared() -> None:
    documents = Playbook.model_json_schema()["$defs"].values()

    assert [
        f"{one['title']}.{name}"
        for one in documents
        for name, field in one["properties"].items()
        if "description" not in field
    ] == []


@pytest.mark.parametrize("word", [*Action.model_fields, *COLUMNS, *JUDGEMENTS.words, *OCCASIONS.words])
def test_the_guide_names_every_setting_of_actions_and_every_word_of_conditions(word: str) -> None:
    assert f"`{word}`" in GUIDE


def test_the_default_of_every_setting_of_an_action_is_in_the_guide() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ?(.*?) ?\| [A-Z`]", GUIDE, re.MULTILINE))

    assert {name: rows[name] for name in Action.model_fields} == {
        name: "" if field.is_required() or field.default == "" else f"{_as_written(field.default)}"
        for name, field in Action.model_fields.items()
    }


def _as_written(default: object) -> str:
    if isinstance(default, float):
        return f"{default:g}"
    return f"`{str(default).lower()}`"
