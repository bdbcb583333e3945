"""Prometheus's own tool checks the rules, and plays every alert once firing and once silent."""

import subprocess
from typing import Any

import pytest
import yaml

from deploy.local.debian import debian_program
from tests.deploy.compose import ROOT
from tests.kit.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.servers

RULES = ROOT / "deploy/prometheus/rules.yml"
PLAYED = [ROOT / "tests/deploy/prometheus" / name for name in ("rules_test.yml", "rules_of_days_test.yml")]
GROUPS: list[dict[str, Any]] = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
NAMES = [rule["alert"] for group in GROUPS for rule in group["rules"] if "alert" in rule]
RECORDS = [rule["record"] for group in GROUPS for rule in group["rules"] if "record" in rule]


def _cases() -> list[dict[str, Any]]:
    return [case for file in PLAYED for case in yaml.safe_load(file.read_text("utf-8"))["tests"]]


def _promtool(*words: str) -> subprocess.CompletedProcess[str]:
    tool = debian_program("prometheus", "promtool")
    return subprocess.run([tool, *words], capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)


def test_the_rules_are_well_formed() -> None:
    checked = _promtool("check", "rules", str(RULES))

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_alert_fires_when_it_should_and_says_what() -> None:
    played = _promtool("test", "rules", *map(str, PLAYED))

    assert played.returncode == 0, played.stdout + played.stderr


@pytest.mark.parametrize("name", NAMES)
def test_every_alert_is_played_firing_and_silent(name: str) -> None:
    outcomes = [
        bool(asked["exp_alerts"])
        for case in _cases()
        for asked in case.get("alert_rule_test", [])
        if asked["alertname"] == name
    ]

    assert sorted(outcomes) == [False, True]


@pytest.mark.parametrize("name", RECORDS)
def test_every_recorded_series_is_played(name: str) -> None:
    assert name in {asked["expr"] for case in _cases() for asked in case.get("promql_expr_test", [])}


@pytest.mark.parametrize("name", NAMES)
def test_every_alert_has_a_severity(name: str) -> None:
    found = [rule["labels"]["severity"] for group in GROUPS for rule in group["rules"] if rule.get("alert") == name]

    assert found in (["critical"], ["warning"])
