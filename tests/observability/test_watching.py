"""An operator's view of the running pipeline: every panel shows something, and a stopped worker raises an alert."""

import json
import math
import time
from typing import Any

import httpx
import pytest

from sinks.clickhouse.client import open_client
from tests.deploy.compose import ROOT
from tests.kit.waiting import PATIENCE_SECONDS
from tests.observability.watched import Watched

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("watched"), pytest.mark.takes(25)]

PANELS = [
    (panel["title"], target)
    for name in ("pipeline", "customers")
    for panel in json.loads((ROOT / f"deploy/grafana/dashboards/{name}.json").read_text("utf-8"))["panels"]
    for target in panel.get("targets", [])
]
PROMETHEUS = [(title, target["expr"]) for title, target in PANELS if target["datasource"]["type"] == "prometheus"]
CLICKHOUSE = [(title, target["rawSql"]) for title, target in PANELS if "rawSql" in target]


def _points(watched: Watched, expression: str) -> list[float]:
    """Every number that a panel would draw over the run."""
    step = max((time.time() - watched.began) / 300, 1.0)
    asked = {"query": expression, "start": f"{watched.began}", "end": f"{time.time()}", "step": f"{step}"}
    answer = httpx.get(f"{watched.prometheus.url}/api/v1/query_range", params=asked, timeout=PATIENCE_SECONDS)
    series: list[dict[str, Any]] = answer.raise_for_status().json()["data"]["result"]
    return [float(value) for one in series for _, value in one["values"] if math.isfinite(float(value))]


def test_every_panel_asks_one_of_the_two_sources() -> None:
    assert len(PROMETHEUS) + len(CLICKHOUSE) == len(PANELS)


@pytest.mark.parametrize(("title", "expression"), PROMETHEUS)
def test_every_panel_of_prometheus_shows_something(watched: Watched, title: str, expression: str) -> None:
    assert _points(watched, expression), title


@pytest.mark.parametrize(("title", "statement"), CLICKHOUSE)
def test_every_panel_of_clickhouse_shows_something(watched: Watched, title: str, statement: str) -> None:
    filled = _filled(statement)
    with open_client(watched.pipeline.clickhouse) as client:
        rows = client.query(filled).result_rows

    assert any(value not in {None, ""} for row in rows for value in row), title


def _filled(statement: str) -> str:
    """Return a query with Grafana's macro filled as its ClickHouse source does, for the dashboard's 90 days."""
    before, *others = statement.split("$__timeFilter(")
    filled = [before]
    for other in others:
        column, _, after = other.partition(")")
        filled.append(f"{column} >= toDateTime(now() - INTERVAL 90 DAY) AND {column} <= toDateTime(now()){after}")
    return "".join(filled)


def test_an_event_is_traced_from_its_publisher_to_its_score(watched: Watched) -> None:
    def traced() -> str:
        told = watched.pipeline.run("trace", "live-1", variables={"COLUMNS": "160"}, check=False)
        return told.stdout + told.stderr

    assert watched.pipeline.wait_until(lambda: "risk_scores/" in traced()), traced()
    told = traced()
    with open_client(watched.pipeline.clickhouse) as client:
        trace = client.command("SELECT trace_id FROM interactions FINAL WHERE event_id = 'live-1'")
        stored = client.command("SELECT count() FROM interactions FINAL WHERE trace = {t:String}", {"t": trace})

    assert len(str(trace)) == 32
    assert stored == 1
    assert f"trace {trace}\n" in told
    assert "interactions/" in told
    assert "not found" not in told
    assert "not known" not in told


def test_nothing_is_wrong_while_all_is_well(watched: Watched) -> None:
    def unwell() -> list[dict[str, Any]]:
        return watched.prometheus.query('up == 0 or ALERTS{alertstate="firing"}')

    assert watched.pipeline.wait_until(lambda: not unwell()), unwell()


def _told_of_worker(watched: Watched, status: str) -> list[dict[str, Any]]:
    told = watched.webhook.told("StaylineProcessDown", status)
    return [alert for alert in told if alert["labels"]["job"] == "worker"]


def test_a_stopped_worker_is_told_to_the_webhook_with_its_runbook(watched: Watched) -> None:
    worker = watched.processes["worker"]
    watched.pipeline.forget(worker)
    watched.webhook.alerts.clear()  # whoever was scraped before it had started was down for a moment

    worker.kill()

    assert watched.pipeline.wait_until(lambda: bool(_told_of_worker(watched, "firing")))
    (alert, *_) = _told_of_worker(watched, "firing")
    assert alert["annotations"]["runbook"] == "docs/runbooks.md#staylineprocessdown"


def test_a_worker_that_is_back_clears_the_alert(watched: Watched) -> None:
    watched.start("worker")

    assert watched.pipeline.wait_until(lambda: bool(_told_of_worker(watched, "resolved")))
