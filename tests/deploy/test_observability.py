"""Dashboards and alerts name only metrics that exist, and every alert says what to do."""

import json
import re
from typing import Any

import pytest
import yaml

from schemas.settings.processes import METRICS_PORTS
from tests.deploy.compose import ROOT, services
from tests.deploy.running import Composed

pytestmark = pytest.mark.xdist_group("composed")

PROMETHEUS = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8"))
RULES = [
    rule
    for group in yaml.safe_load((ROOT / "deploy/prometheus/rules.yml").read_text())["groups"]
    for rule in group["rules"]
]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
DASHBOARD = json.loads((ROOT / "deploy/grafana/dashboards/pipeline.json").read_text("utf-8"))
RUNBOOKS = (ROOT / "docs/runbooks.md").read_text("utf-8")
_METRIC = re.compile(r"\bstayline_\w+")


def _targets() -> dict[str, str]:
    return {job["job_name"]: job["static_configs"][0]["targets"][0] for job in PROMETHEUS["scrape_configs"]}


def _shown() -> str:
    panels: list[dict[str, Any]] = DASHBOARD["panels"]
    return "\n".join(target["expr"] for panel in panels for target in panel.get("targets", []))


def _files() -> list[str]:
    return [str(path.relative_to(ROOT)) for path in (ROOT / "deploy").rglob("*.yml")]


@pytest.mark.parametrize("name", METRICS_PORTS)
def test_every_process_is_scraped_where_it_serves(name: str) -> None:
    assert _targets()[name] == f"{name}:{METRICS_PORTS[name]}"


def test_whatever_is_scraped_is_a_service() -> None:
    names = {target.partition(":")[0] for target in _targets().values()}

    assert names - {"localhost"} <= set(services())


@pytest.mark.parametrize("path", _files())
def test_every_file_is_yaml(path: str) -> None:
    assert yaml.safe_load((ROOT / path).read_text("utf-8"))


@pytest.mark.parametrize("name", ALERTS)
def test_every_alert_says_what_and_where_to_read_on(name: str) -> None:
    annotations = ALERTS[name]["annotations"]
    path, _, section = annotations["runbook"].partition("#")

    assert annotations["summary"]
    assert path == "docs/runbooks.md"
    assert section == name.lower()
    assert f"## {name}\n" in RUNBOOKS


def test_every_runbook_has_an_alert() -> None:
    assert set(re.findall(r"^## (Stayline\w+)$", RUNBOOKS, re.MULTILINE)) == set(ALERTS)


def test_the_dashboard_shows_only_recorded_rules_that_exist() -> None:
    recorded = {rule["record"] for rule in RULES if "record" in rule}

    assert set(re.findall(r"\bstayline:[a-z_]+:[a-z_0-9]+", _shown())) == recorded


@pytest.mark.servers
def test_rules_and_dashboard_ask_only_for_measures_that_are_scraped(composed: Composed) -> None:
    scraped = set().union(*(composed.metrics(name) for name in METRICS_PORTS))
    asked = {metric for rule in RULES for metric in _METRIC.findall(rule["expr"])} | set(_METRIC.findall(_shown()))

    assert asked - scraped == set()


@pytest.mark.servers
def test_the_guide_names_every_measure_and_no_other(composed: Composed) -> None:
    scraped = {metric for name in METRICS_PORTS for metric in composed.metrics(name) if metric.startswith("stayline_")}
    guide = (ROOT / "docs/running.md").read_text("utf-8")
    families = {metric for metric in scraped if not metric.endswith(("_bucket", "_sum", "_count"))}

    assert set(re.findall(r"^\| `(stayline_\w+)`", guide, re.MULTILINE)) == families
